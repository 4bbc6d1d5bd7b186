import json
import sqlite3
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.errors import SettingsError
from bot.gateway import erasure
from bot.gateway.erasure import erase_mentions
from bot.gateway.storage.database import engine_of
from bot.settings import DialogueSettings, GatewaySettings, Settings

SAID = {
    "anna": "my mail is Anna@Example.org.",
    "joanna": "joanna@example.org",
    "longer": "anna@example.org.uk",
    "none": "hello",
    "umlaut": "jürgen@example.org",
}


@pytest.fixture
def settings(tmp_path, ledger_place):
    url = ledger_place if isinstance(ledger_place, str) else ""
    settings = Settings(var=tmp_path, gateway=GatewaySettings(ledger_url=url))
    ledger = engine_of(settings.ledger)
    ledger.open()
    connection = ledger.begin()
    for sender, text in SAID.items():
        query = "INSERT INTO conversations (sender_id, channel, created_at) VALUES (?, 'web', '')"
        connection.execute(query, (sender,))
        row = (sender, json.dumps({"text": text}))
        query = "INSERT INTO messages (sender_id, seq, author, at, body) VALUES (?, 1, 'customer', '', ?)"
        connection.execute(query, row)
    connection.execute("INSERT INTO feedback VALUES ('a1', 'none', 'down', 'write me: rated@example.org', '')")
    query = "UPDATE conversations SET customer_email = 'Logged.In@example.org', customer_id = ? WHERE sender_id = ?"
    connection.execute(query, ("id@example.org", "umlaut"))
    # Known by an id alone in one conversation, and with an address in another.
    query = "UPDATE conversations SET customer_email = ?, customer_id = 'customer 17' WHERE sender_id = ?"
    connection.execute(query, ("seventeen@example.org", "longer"))
    connection.execute(query, ("", "joanna"))
    connection.execute("INSERT INTO notes VALUES ('n1', 'none', 1, 'Maren', '', 'by phone: noted@example.org')")
    ledger.commit()
    ledger.close()
    trackers = sqlite3.connect(settings.tracker_db)
    trackers.execute("CREATE TABLE events (sender_id TEXT, data TEXT)")
    trackers.executemany("INSERT INTO events VALUES (?, ?)", [(s, json.dumps({"text": t})) for s, t in SAID.items()])
    trackers.execute("INSERT INTO events VALUES ('tracker-only', ?)", (json.dumps({"value": "anna@example.org"}),))
    trackers.commit()
    trackers.close()
    return settings


def kept(settings):
    """Whose messages the ledger holds."""
    ledger = engine_of(settings.ledger)
    ledger.open()
    rows = ledger.connection().execute("SELECT DISTINCT sender_id FROM messages").fetchall()
    ledger.close()
    return {row["sender_id"] for row in rows}


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
        ("logged.in@example.org", {"umlaut"}),
        ("id@example.org", {"umlaut"}),
        ("seventeen@example.org", {"longer", "joanna"}),
        ("noted@example.org", {"none"}),
        ("nobody@example.org", set()),
    ],
)
def test_only_who_said_the_whole_address_is_erased(settings, address, gone):
    assert erase_mentions(settings, address) == len(gone)
    assert kept(settings) == set(SAID) - gone
    assert left(settings.tracker_db, "events") == (set(SAID) | {"tracker-only"}) - gone


@pytest.mark.parametrize("address", ["", "anna", "@", "a@b", "anna@example.org, ben@example.org"])
def test_what_is_no_address_erases_nothing(settings, address):
    with pytest.raises(SettingsError, match="not an e-mail address"):
        erase_mentions(settings, address)
    assert kept(settings) == set(SAID)


@pytest.fixture
def on_postgres(settings, postgres):
    """The same installation with its trackers on PostgreSQL; ``left`` reads SQLite, so rows are asked for here."""
    postgres.rows("DROP TABLE IF EXISTS events")
    yield replace(settings, dialogue=DialogueSettings(tracker_url=postgres.url))
    postgres.rows("DROP TABLE IF EXISTS events")


def test_trackers_on_postgresql_are_erased_too(on_postgres, postgres):
    assert erase_mentions(on_postgres, "jürgen@example.org") == 1, "no worker has made its table yet"
    postgres.rows("CREATE TABLE events (sender_id TEXT, data TEXT)")
    for sender, text in {**SAID, "tracker-only": "anna@example.org"}.items():
        postgres.rows(f"INSERT INTO events VALUES ('{sender}', '{json.dumps({'text': text})}')")
    assert erase_mentions(on_postgres, "anna@example.org") == 2
    assert {row[0] for row in postgres.rows("SELECT sender_id FROM events")} == {"joanna", "longer", "none", "umlaut"}
    assert kept(on_postgres) == {"joanna", "longer", "none"}


def test_trackers_are_not_all_read_at_once(on_postgres, postgres, monkeypatch):
    monkeypatch.setattr(erasure, "PORTION", 10)
    postgres.rows("CREATE TABLE events (sender_id TEXT, data TEXT)")
    said = json.dumps({"text": "anna@example.org"})
    postgres.rows(f"INSERT INTO events SELECT 's' || n, '{said}' FROM generate_series(1, 55) AS n")
    named = []

    def note(_connection, cursor, statement, *_):
        named.append(cursor.name) if "strpos" in statement else None

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
    try:
        assert erase_mentions(on_postgres, "anna@example.org") == 56
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)
    assert all(named) and named, "only a cursor with a name is kept by the server"


def test_a_tracker_store_that_is_down_is_named_without_its_password(settings, unused_tcp_port):
    url = f"postgresql://frontdesk:s3cret@127.0.0.1:{unused_tcp_port}/x"
    with pytest.raises(SettingsError, match="tracker store failed: OperationalError") as caught:
        erase_mentions(replace(settings, dialogue=DialogueSettings(tracker_url=url)), "anna@example.org")
    assert "s3cret" not in str(caught.value)
    assert kept(settings) == set(SAID), "all or nothing"


def test_a_fresh_installation_has_nothing_to_erase(tmp_path):
    assert erase_mentions(Settings(var=tmp_path), "anna@example.org") == 0
