"""What the dialogue calls a conversation, and that an erased customer is gone under every one of these names."""

import sqlite3

import pytest

from bot.gateway.chapters import heard_as, sender_of
from bot.gateway.erasure import erase_mentions
from bot.settings import Settings


@pytest.mark.parametrize(("chapter", "name"), [(0, "web-1"), (1, "web-1~1"), (12, "web-1~12")])
def test_names_of_chapters(chapter, name):
    assert heard_as("web-1", chapter) == name
    assert sender_of(name) == "web-1"


def test_who_is_erased_is_gone_in_every_chapter_and_nobody_else_is(tmp_path):
    connection = sqlite3.connect(tmp_path / "rasa.db")
    connection.execute("CREATE TABLE events (sender_id TEXT, data TEXT)")
    rows = [
        ("web_1", "hello"),
        ("web_1~1", "I am anna@example.org"),
        ("web_1~2", "bye"),
        ("web_11", "x"),
        ("webx1~1", "y"),
    ]
    connection.executemany("INSERT INTO events VALUES (?, ?)", rows)
    connection.commit()
    assert erase_mentions(Settings(var=tmp_path), "anna@example.org") == 1
    assert connection.execute("SELECT sender_id FROM events").fetchall() == [("web_11",), ("webx1~1",)]
    connection.close()
