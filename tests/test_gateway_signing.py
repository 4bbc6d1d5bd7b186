"""Session tokens and button payloads: what is accepted, what is refused."""

import time

import pytest

from bot.channels.channel import ButtonRefused
from bot.errors import InvalidSignature
from bot.gateway.buttons import Buttons
from bot.gateway.sessions import Sessions
from bot.messages import Button

SECRET = "s" * 32


def flipped(text):
    """The text with one character in its middle changed."""
    middle = len(text) // 2
    return text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1 :]


def test_a_session_is_read_back_and_unguessable():
    sessions = Sessions(SECRET, days=1)
    first, second = sessions.create(), sessions.create()
    assert sessions.read(first.token) == first.session_id
    assert first.session_id != second.session_id
    assert first.token not in repr(first)


@pytest.mark.parametrize(
    "forge",
    [
        lambda t: "",
        lambda t: "x",
        lambda t: flipped(t),
        lambda t: t[:-1],
        lambda t: t.split(".")[0],
        lambda t: "é" + t,
        lambda t: "\ud800",
        lambda t: "\udcff" + t,
    ],
)
def test_a_forged_token_is_refused(forge):
    sessions = Sessions(SECRET, days=1)
    with pytest.raises(InvalidSignature, match="POST /api/v1/sessions"):
        sessions.read(forge(sessions.create().token))


def test_a_token_of_another_secret_or_use_is_refused():
    sessions = Sessions(SECRET, days=1)
    button = Buttons(SECRET).sign("s1", Button("Yes", "/affirm"), 1)
    for foreign in (Sessions("t" * 32, days=1).create().token, button.payload, button.payload[4:]):
        with pytest.raises(InvalidSignature):
            sessions.read(foreign)


def test_a_token_ends_after_its_days(monkeypatch):
    sessions = Sessions(SECRET, days=2)
    token, now = sessions.create().token, time.time()
    monkeypatch.setattr(time, "time", lambda: now + 2 * 86_400 - 5)
    assert sessions.read(token)
    monkeypatch.setattr(time, "time", lambda: now + 2 * 86_400 + 5)
    with pytest.raises(InvalidSignature, match="older than 2 days"):
        sessions.read(token)


@pytest.mark.parametrize(
    "payload", ["/affirm", "/talk_to_person", "How long does delivery take?", '/inform{"size": "M"}']
)
def test_a_button_comes_back_to_its_own_session(payload):
    buttons = Buttons(SECRET)
    signed = buttons.sign("s1", Button("Ja – 好", payload), 1)
    assert signed.title == "Ja – 好"
    pressed = buttons.open("s1", signed.payload)
    assert (pressed.payload, pressed.title) == (payload, "Ja – 好")
    with pytest.raises(ButtonRefused, match="another conversation"):
        buttons.open("s2", signed.payload)


@pytest.mark.parametrize(
    ("payload", "question"),
    [
        ("/affirm", 5),
        ("/deny", 5),
        ("/stop", 5),
        ("/unheard_of", 5),
        ("I would like a refund", 5),
        ("/track_order and more", 5),
        ("track_order", 5),
        ("", 5),
        ("/track_order", None),
        ("/start_return", None),
        ("/cancel_order", None),
        ("/report_damage", None),
        ("/talk_to_person", None),
        ("/back_to_bot", None),
        ('/ask_question{"question": "How long\\ndoes it {take}?"}', None),
    ],
)
def test_only_what_opens_something_is_free_of_its_question(payload, question):
    buttons = Buttons(SECRET)
    assert buttons.open("s1", buttons.sign("s1", Button("x", payload), 5).payload).question == question


@pytest.mark.parametrize("text", ["hello", "/affirm", "btn", "btn. is short for button", ""])
def test_typed_words_are_no_button(text):
    assert Buttons(SECRET).open("s1", text) is None


@pytest.mark.parametrize(
    "forge",
    [flipped, lambda t: t[:-1], lambda t: "btn.", lambda t: "btn./affirm", lambda t: "btn.é", lambda t: "btn.\ud800"],
)
def test_a_forged_button_is_refused(forge):
    signed = Buttons(SECRET).sign("s1", Button("Yes", "/affirm"), 1).payload
    with pytest.raises(ButtonRefused):
        Buttons(SECRET).open("s1", forge(signed))


def test_a_session_token_is_no_button():
    with pytest.raises(ButtonRefused):
        Buttons(SECRET).open("s1", "btn." + Sessions(SECRET, days=1).create().token)


def test_a_secret_that_was_replaced_is_still_read_and_no_longer_signs():
    before, after = Sessions(SECRET, days=1), Sessions(("n" * 32, SECRET), days=1)
    old, new = before.create(), after.create()
    assert after.read(old.token) == old.session_id
    assert after.read(new.token) == new.session_id
    with pytest.raises(InvalidSignature):
        before.read(new.token)
    with pytest.raises(InvalidSignature):
        Sessions("n" * 32, days=1).read(old.token)
    pressed = Buttons(("n" * 32, SECRET)).open("s1", Buttons(SECRET).sign("s1", Button("Yes", "/affirm"), 1).payload)
    assert pressed.payload == "/affirm"
    with pytest.raises(ButtonRefused):
        Buttons(SECRET).open("s1", Buttons(("n" * 32, SECRET)).sign("s1", Button("Yes", "/affirm"), 1).payload)


def test_a_token_is_renewed_in_the_second_half_of_its_life(monkeypatch):
    sessions, now = Sessions(SECRET, days=2), time.time()
    first = sessions.create()
    monkeypatch.setattr(time, "time", lambda: now + 86_400 - 60)
    assert sessions.renew(first.token) is None
    monkeypatch.setattr(time, "time", lambda: now + 86_400 + 60)
    fresh = sessions.renew(first.token)
    assert fresh.session_id == first.session_id
    monkeypatch.setattr(time, "time", lambda: now + 2 * 86_400 + 60)
    assert sessions.read(fresh.token) == first.session_id
    for dead in (first.token, "forged"):
        with pytest.raises(InvalidSignature):
            sessions.renew(dead)


def test_a_token_of_a_secret_that_was_replaced_is_renewed_at_once():
    old = Sessions(SECRET, days=2).create()
    fresh = Sessions(("n" * 32, SECRET), days=2).renew(old.token)
    assert Sessions("n" * 32, days=2).read(fresh.token) == old.session_id
