"""Slack's texts both ways: what people wrote is read without marks, what we say never becomes marks."""

import json

import pytest
from slack_server import SlackWorkspace

from bot.channels.push import Spoken
from bot.channels.slack import plain_text, target
from bot.channels.slack_blocks import escape, parts_of, without


def spoken(text, **body):
    return Spoken("slack:T1:D1", 7, "2026-11-22T10:00:00.000+00:00", {"text": text, **body})


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
        ("<mailto:anna@example.org|anna@example.org>", "anna@example.org"),
        ("<mailto:anna@example.org>", "anna@example.org"),
        ("see <https://shop.example/a?b=1&amp;c=2|the shop>", "see https://shop.example/a?b=1&c=2"),
        ("<https://shop.example>", "https://shop.example"),
        ("<#C1|general> <@U2|ben> <@U2> <!here>", "#general @ben @U2 !here"),
        ("&amp;lt;", "&lt;"),
        ("1 < 2", "1 < 2"),
    ],
)
def test_marks_of_slack_are_read_as_people_see_them(raw, read):
    assert plain_text(raw) == read


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"),
        ("https://shop.example/a?b=1&c=2", "<https://shop.example/a?b=1&amp;c=2>"),
        ("see https://shop.example, please", "see <https://shop.example>, please"),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_nothing_that_is_said_becomes_a_mark(text, shown):
    assert escape(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        "",
        "&" * 9000,
        "<" * 3000,
        "word " * 12_000,
        "第" * 7000,
        "a\n\n" * 2000,
        "https://e.example/" + "&" * 3500,
    ],
)
async def test_slack_takes_whatever_is_said(text):
    buttons = [{"title": f"Button {number} " + "x" * 90, "payload": "btn.x"} for number in range(12)]
    sources = [{"id": f"T-{number}", "title": "Title & " * 99, "excerpt": "", "score": 1.0} for number in range(9)]
    body = {"buttons": buttons, "sources": sources, "rung": "generated", "answer_id": "a1", "agent": "Ben"}
    workspace = SlackWorkspace()
    for part in parts_of(spoken(text, **body)):
        assert workspace._problem({"channel": "D1", **part}) == ""


def test_the_server_of_the_tests_refuses_what_slack_refuses():
    section = {"type": "section", "block_id": "a", "text": {"type": "mrkdwn", "text": "x" * 3001}}
    assert SlackWorkspace()._problem({"channel": "D1", "text": "x", "blocks": [section]}) == "invalid_blocks"
    assert SlackWorkspace()._problem({"channel": "D9", "text": "x"}) == "channel_not_found"


def test_nothing_of_a_long_text_is_lost():
    text = " ".join(f"word{number}" for number in range(9000))
    said = [block["text"]["text"] for part in parts_of(spoken(text)) for block in part["blocks"]]
    assert "".join(said).replace(" ", "") == text.replace(" ", "")


def test_buttons_stand_in_rows_of_five():
    buttons = [{"title": str(number), "payload": f"btn.{number}"} for number in range(7)]
    blocks = parts_of(spoken("Which?", buttons=buttons))[0]["blocks"]
    assert [len(block["elements"]) for block in blocks if block["type"] == "actions"] == [5, 2]
    assert blocks[1]["elements"][0]["value"] == "b.7.0 slack:T1:D1"
    assert "btn." not in json.dumps(blocks), "what a button carries stays here"


def test_pressed_buttons_go_and_thumbs_stay():
    body = {"buttons": [{"title": "Yes", "payload": "p"}], "rung": "ticket", "answer_id": "a"}
    blocks = parts_of(spoken("Which?", **body))[0]["blocks"]
    left = without(blocks, "ask", "✓ Yes")
    assert [block.get("block_id") for block in left if block["type"] == "actions"] == ["rate.0"]


@pytest.mark.parametrize(("sender_id", "where"), [("slack:T1:D1", ("D1", "")), ("slack:T1:C1:170.5", ("C1", "170.5"))])
def test_a_sender_names_channel_and_thread(sender_id, where):
    assert target(sender_id) == where
