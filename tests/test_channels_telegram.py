"""Telegram's texts: what leaves fits Telegram's limits, and where it goes is what a sender names."""

import pytest
from telegram_server import TelegramServer

from bot.channels.push import Spoken
from bot.channels.telegram import bot_id, replied_to, target
from bot.channels.telegram_api import TelegramApi, _markup


def spoken(text, sender="telegram:501", **body):
    return Spoken(sender, 123456, "2026-11-22T10:00:00.000+00:00", {"text": text, **body}, "m9")


@pytest.mark.parametrize("text", ["hi", "", "word " * 3000, "第" * 9000, "a\n\n" * 3000, "<b>*_`[x](y)"])
@pytest.mark.parametrize("sender", ["telegram:501", "telegram:-1001234567890123:999999:9999999999"])
def test_telegram_takes_whatever_is_said(text, sender):
    buttons = [{"title": f"Button {number} " + "x" * 200, "payload": "btn.x"} for number in range(12)]
    sources = [{"id": "T-1", "title": "Title " * 30, "excerpt": "", "score": 1.0}] * 9
    body = {"buttons": buttons, "sources": sources, "rung": "generated", "answer_id": "a1", "agent": "Ben"}
    parts = TelegramApi("t", "http://x").parts(spoken(text, sender, **body))
    for part in parts:
        markup = _markup(part.keyboard)
        arguments = {"reply_markup": markup.to_dict()} if markup else {}
        assert TelegramServer()._problem(501, part.text, arguments) is None
    assert [bool(part.keyboard) for part in parts] == [False] * (len(parts) - 1) + [True]
    said = "".join("".join(part.text for part in parts).split())
    assert "".join(text.split()) in said, "nothing of the text is lost"


def test_sources_are_a_short_list():
    sources = [{"id": f"T-{number}", "title": f"Tent {number}"} for number in range(5)]
    said = TelegramApi("t", "http://x").parts(spoken("Yes.", sources=sources))[0].text
    assert said == "Yes.\n\nSources:\n• Tent 0\n• Tent 1\n• Tent 2"


def test_the_server_of_the_tests_refuses_what_telegram_refuses():
    long = {"reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "x" * 65}]]}}
    assert TelegramServer()._problem(501, "x" * 4097, {}).status == 400
    assert TelegramServer()._problem(501, "x", long).status == 400


@pytest.mark.parametrize(
    ("sender_id", "where"),
    [
        ("telegram:501", (501, None)),
        ("telegram:-1001:0:501", (-1001, None)),
        ("telegram:-1001:9:501", (-1001, 9)),
    ],
)
def test_a_sender_names_chat_and_topic(sender_id, where):
    assert target(sender_id) == where


@pytest.mark.parametrize(("message_id", "number"), [("m12", 12), ("b.2.0", None), (None, None), ("mx", None)])
def test_what_was_asked_is_named_by_number(message_id, number):
    assert replied_to(message_id) == number


@pytest.mark.parametrize(("token", "me"), [("123456789:AAbbccddeeff00", 123456789), ("", 0), ("abc", 0)])
def test_a_token_begins_with_the_bots_id(token, me):
    assert bot_id(token) == me
