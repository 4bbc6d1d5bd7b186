import json
import sqlite3

import pytest

from bot.errors import SettingsError
from bot.gateway.erasure import erase_mentions
from bot.gateway.migrations import migrate
from bot.settings import Settings

SAID = {
    "anna": "my mail is Anna@Example.org.",
    "joanna": "joanna@example.org",
    "longer": "anna@example.org.uk",
    "none": "hello",
    "umlaut": "jürgen@example.org",
}


@pytest.fixture
def settings(tmp_path):
    settings = Settings(var=tmp_path)
    ledger = sqlite3.connect(settings.conversations_db, isolation_level=None)
    migrate(ledger)
    for sender, text in SAID.items():
        ledger.execute("INSERT INTO conversations (sender_id, channel, created_at) VALUES (?, 'web', '')", (sender,))
        row = (sender, json.dumps({"text": text}))
        ledger.execute("INSERT INTO messages (sender_id, seq, author, at, body) VALUES (?, 1, 'customer', '', ?)", row)
    ledger.execute("INSERT INTO feedback VALUES ('a1', 'none', 'down', 'write me: rated@example.org', '')")
    ledger.close()
    trackers = sqlite3.connect(settings.tracker_db)
    trackers.execute("CREATE TABLE events (sender_id TEXT, data TEXT)")
    trackers.executemany("INSERT INTO events VALUES (?, ?)", [(s, json.dumps({"text": t})) for s, t in SAID.items()])
    trackers.execute("INSERT INTO events VALUES ('tracker-only', ?)", (json.dumps({"value": "anna@example.org"}),))
    trackers.commit()
    trackers.close()
    return settings


def left(path, table):
    connection = sqlite3.connect(path)
    rows = {row[0] for row in connection.execute(f"SELECT DISTINCT sender_id FROM {table}")}
    connection.close()
    return rows


@pytest.mark.parametrize(
    ("address", "gone"),
    [
        ("anna@example.org", {"anna", "tracker-only"}),
        ("  ANNA@example.org ", {"anna", "tracker-only"}),
        ("jürgen@example.org", {"umlaut"}),
        ("rated@example.org", {"none"}),
        ("nobody@example.org", set()),
    ],
)
def test_only_who_said_the_whole_address_is_erased(settings, address, gone):
    assert erase_mentions(settings, address) == len(gone)
    assert left(settings.conversations_db, "messages") == set(SAID) - gone
    assert left(settings.tracker_db, "events") == (set(SAID) | {"tracker-only"}) - gone


@pytest.mark.parametrize("address", ["", "anna", "@", "a@b", "anna@example.org, ben@example.org"])
def test_what_is_no_address_erases_nothing(settings, address):
    with pytest.raises(SettingsError, match="not an e-mail address"):
        erase_mentions(settings, address)
    assert left(settings.conversations_db, "messages") == set(SAID)


def test_a_fresh_installation_has_nothing_to_erase(tmp_path):
    assert erase_mentions(Settings(var=tmp_path), "anna@example.org") == 0
