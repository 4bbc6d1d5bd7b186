"""The web channel: what it verifies, what it reads, what it refuses."""

import asyncio
import json

import pytest

from bot.channels.channel import ButtonRefused, EmptyText, Pressed, TextTooLong, UserMessage, clean_text
from bot.channels.web import WebChannel, bearer, json_object
from bot.errors import InvalidSignature, MalformedMessage


def read_token(token):
    if token != "good":
        raise InvalidSignature("not ours")
    return "s1"


def open_button(sender_id, text):
    if text == "btn.bad":
        raise ButtonRefused("no")
    return Pressed("/affirm", "Yes", question=7) if text == "btn.yes" else None


@pytest.fixture
def woken():
    return []


@pytest.fixture
def channel(woken):
    return WebChannel(read_token=read_token, open_button=open_button, notify=woken.append, max_text_characters=20)


def test_a_token_names_the_sender(channel):
    assert channel.verify({"Authorization": "bearer good"}) == "s1"


@pytest.mark.parametrize("header", [None, "", "good", "Basic good", "Bearer", "Bearer bad"])
def test_without_a_good_token_nothing_is_read(channel, header):
    with pytest.raises(InvalidSignature):
        channel.verify({} if header is None else {"Authorization": header})


def test_typed_text(channel):
    message = channel.parse("s1", b'{"text": " hello ", "message_id": "m1", "new": 1}')
    assert message == UserMessage("s1", "m1", "hello")
    assert message.spoken == "hello"


def test_a_pressed_button_is_shown_by_its_title_and_heard_by_its_payload(channel):
    message = channel.parse("s1", b'{"text": "btn.yes"}')
    assert (message.text, message.payload, message.spoken) == ("Yes", "/affirm", "/affirm")
    assert message.question == 7


def test_a_missing_message_id_is_made(channel):
    first, second = (channel.parse("s1", b'{"text": "hi"}').message_id for _ in range(2))
    assert first and second and first != second


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", MalformedMessage),
        (b"{", MalformedMessage),
        (b"[]", MalformedMessage),
        (b'"hi"', MalformedMessage),
        (b"\xff\xfe\xfd", MalformedMessage),
        (b"[" * 50_000, MalformedMessage),
        (b'{"text": 1' + b"0" * 5000 + b"}", MalformedMessage),
        (b"{}", MalformedMessage),
        (b'{"text": null}', MalformedMessage),
        (b'{"text": ["hi"]}', MalformedMessage),
        (b'{"text": "hi", "message_id": 5}', MalformedMessage),
        (b'{"text": "hi", "message_id": ""}', MalformedMessage),
        (b'{"text": "hi", "message_id": "a b"}', MalformedMessage),
        (b'{"text": "hi", "message_id": "' + b"x" * 129 + b'"}', MalformedMessage),
        (b'{"text": ""}', EmptyText),
        (b'{"text": " \\n\\t"}', EmptyText),
        (b'{"text": "///"}', EmptyText),
        (b'{"text": "/ /\\u0000"}', EmptyText),
        (b'{"text": "btn.bad"}', ButtonRefused),
        (json.dumps({"text": "x" * 21}).encode(), TextTooLong),
    ],
)
def test_what_cannot_be_a_message_is_refused(channel, body, error):
    with pytest.raises(error):
        channel.parse("s1", body)


@pytest.mark.parametrize(
    "text",
    ["/restart", " /restart", "//restart", "/ /restart", "\t/restart", "\x00/restart", "\u2003/restart", "\n/restart"],
)
def test_a_command_is_only_words(text):
    message = UserMessage("s1", "m1", clean_text(text, 100))
    assert message.spoken == "restart"
    assert "restart" in message.text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\r\nb", "a\nb"),
        ("a\x1b[31mb", "a[31mb"),
        ("naïve 你好 🙂", "naïve 你好 🙂"),
        ("half \ud83d pair", "half ? pair"),
        ("either/or", "either/or"),
    ],
)
def test_text_is_cleaned_but_not_changed(text, cleaned):
    assert clean_text(text, 100) == cleaned


def test_the_limit_is_told_with_both_numbers():
    with pytest.raises(TextTooLong, match="has 11 characters; the limit is 10"):
        clean_text("x" * 11, 10)
    assert clean_text("x" * 10, 10)


def test_sending_wakes_the_streams(channel, woken):
    asyncio.run(channel.send("s1"))
    assert woken == ["s1"]


def test_small_readers():
    assert bearer({"Authorization": "Bearer  a.b.c "}) == "a.b.c"
    assert json_object(b'{"a": 1}') == {"a": 1}
