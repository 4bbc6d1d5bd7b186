"""Greeting and sign-off: filled from slots, put around answers alone, and kept from what is asked later."""

from __future__ import annotations

import pytest
from fakes import ScriptedAnswers
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import ActionAnswerQuestion
from actions.letter import Letter, filled, letter_from_settings
from bot.messages import CUSTOM_KEY, Button, Reply, Source

TICKET = Reply("60 days.", "ticket", 0.9, (Source("T1", "Returns", "60 days", 0.8),), answer_id="a1")
LETTER = Letter("Hi {first_name},", "Your team at order {order_number}")
SLOTS = {"first_name": "Anna", "order_number": "FH-204817"}


@pytest.mark.parametrize(
    ("template", "slots", "text"),
    [
        ("Hi {first_name},", {"first_name": "Anna"}, "Hi Anna,"),
        ("Hi {first_name},", {}, "Hi,"),
        ("Hi {first_name}!", {"first_name": None}, "Hi!"),
        ("{first_name}, thanks for asking.", {"first_name": " "}, "Thanks for asking."),
        ("About ({order_number}) and {order_number}.", {"order_number": "FH-1"}, "About (FH-1) and FH-1."),
        ("Yours, {unknown} {first_name}", {"first_name": "Anna"}, "Yours, Anna"),
        ("{first_name}", {}, ""),
        ("Hi {first_name}", {"first_name": ["Anna"]}, "Hi"),
        ("Hi {misses}", {"misses": True}, "Hi"),
        ("Hi {number}", {"number": 12}, "Hi 12"),
        ("Hi {first_name}", {"first_name": "{email}", "email": "a@b.example"}, "Hi"),
        ("Hi {first_name}", {"first_name": "A" * 61}, "Hi"),
        ("Hi {first_name}", {"first_name": "Zoë O'Brien-Łuc"}, "Hi Zoë O'Brien-Łuc"),
        ("Hi {first_name}", {"first_name": "Anna\n  Smith"}, "Hi Anna Smith"),
        ("Hi {first_name}", {"first_name": "<b>Anna</b>"}, "Hi"),
        ("Hi {first_name}", {"first_name": "https://evil.example"}, "Hi"),
        ("Hi {first_name}", {"first_name": "An\u202ena"}, "Hi"),
        ("Hi { x } {}", {}, "Hi { x } {}"),
        ("", SLOTS, ""),
    ],
)
def test_placeholders_are_filled_or_leave_no_trace(template, slots, text):
    assert filled(template, slots) == text


def tracker(*events, **slots) -> Tracker:
    asked = {"event": "user", "text": "How long?"}
    state = {"sender_id": "s", "slots": {**SLOTS, **slots}, "latest_message": {"text": "How long?"}, "active_loop": {}}
    return Tracker.from_dict({**state, "events": [*events, asked]})


async def answer(reply: Reply, conversation: Tracker, letter: Letter = LETTER) -> tuple[dict, ScriptedAnswers]:
    answers, dispatcher = ScriptedAnswers(reply), CollectingDispatcher()
    await ActionAnswerQuestion(answers, letter).run(dispatcher, conversation, {})
    return dispatcher.messages[0], answers


@pytest.mark.parametrize("rung", ["ticket", "generated"])
async def test_an_answer_is_put_into_a_letter(rung):
    message, answers = await answer(Reply("60 days.", rung), tracker())
    assert message["text"] == "Hi Anna,\n60 days.\nYour team at order FH-204817"
    assert message["custom"][CUSTOM_KEY]["said"] == "60 days."
    assert answers.asked == [("How long?", [])]


@pytest.mark.parametrize(
    "reply", [Reply("Which one?", "clarify", buttons=(Button("A", "A?"),)), Reply("I don't know.", "handoff")]
)
async def test_what_states_nothing_is_not(reply):
    message, _ = await answer(reply, tracker())
    assert message["text"] == reply.text
    assert message["custom"] == reply.to_custom()


async def test_without_settings_nothing_is_added(monkeypatch, tmp_path):
    monkeypatch.setenv("FRONTDESK_VAR", str(tmp_path))
    letter_from_settings.cache_clear()
    message, _ = await answer(TICKET, tracker(), letter=None)
    assert (message["text"], message["custom"]) == (TICKET.text, TICKET.to_custom())
    letter_from_settings.cache_clear()


async def test_settings_name_the_letter(monkeypatch, tmp_path):
    monkeypatch.setenv("FRONTDESK_VAR", str(tmp_path))
    monkeypatch.setenv("FRONTDESK_TONE_SIGN_OFF", "Yours, {first_name}")
    letter_from_settings.cache_clear()
    message, _ = await answer(TICKET, tracker(), letter=None)
    assert message["text"] == "60 days.\nYours, Anna"
    letter_from_settings.cache_clear()


async def test_the_letter_is_kept_from_later_questions_and_greets_once():
    first, _ = await answer(TICKET, tracker())
    event = {"event": "bot", "text": first["text"], "data": {"custom": first["custom"]}}
    before = {"event": "user", "text": "before"}
    second, answers = await answer(TICKET, tracker(before, event))
    assert answers.asked == [
        ("How long?", [{"role": "customer", "text": "before"}, {"role": "bot", "text": "60 days."}])
    ]
    assert second["text"] == "60 days.\nYour team at order FH-204817"


async def test_a_new_session_is_greeted_again():
    old = {"event": "bot", "text": "60 days.", "data": {}}
    message, _ = await answer(TICKET, tracker(old, {"event": "session_started"}))
    assert message["text"].startswith("Hi Anna,")
