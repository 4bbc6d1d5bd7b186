"""A yes to the offer of a person, and a complaint that comes twice."""

from __future__ import annotations

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import ActionAnswerQuestion
from actions.handoff import ActionComplaint, ActionReady
from bot.messages import CUSTOM_KEY

PERSON = {"title": "Talk to a person", "payload": "/talk_to_person"}
RETURN = {"title": "Start a return", "payload": "/start_return"}


def conversation(text, intent, *buttons, earlier="inform", form=None):
    said = {"text": text, "intent": {"name": intent}, "entities": []}
    events = [
        {"event": "user", "text": "...", "parse_data": {"intent": {"name": earlier}}},
        {"event": "bot", "text": "...", "data": {"buttons": list(buttons)}},
        {"event": "user", "text": text, "parse_data": said},
    ]
    return Tracker("c", {}, said, events, False, None, {"name": form} if form else {}, "action_listen")


async def run(action, tracker):
    say = CollectingDispatcher()
    events = await action.run(say, tracker, {})
    (said,) = say.messages
    return said["response"], (said["custom"] or {}).get(CUSTOM_KEY, {}).get("handoff"), events


@pytest.mark.parametrize(
    ("text", "buttons", "response"),
    [
        ("yes", [PERSON], "utter_handoff"),
        ("ok do that", [PERSON], "utter_handoff"),
        ("yes please", [PERSON], "utter_handoff"),
        ("ok", [PERSON], "utter_all_right"),
        ("好的", [PERSON], "utter_all_right"),
        ("yes", [RETURN, PERSON], "utter_ready"),
        ("yes", [], "utter_ready"),
    ],
)
async def test_a_yes_to_the_offer_of_a_person_brings_one(text, buttons, response):
    said, reason, events = await run(ActionReady(), conversation(text, "affirm", *buttons))
    assert (said, reason) == (response, "customer_asked" if response == "utter_handoff" else None)
    assert events[-1]["name"] == "action_listen", "the turn ends here"


@pytest.mark.parametrize(
    ("earlier", "form", "response"),
    [
        ("inform", None, "utter_complaint"),
        ("inform", "return_form", "utter_complaint_heard"),
        ("complaint", "return_form", "utter_handoff"),
        ("complaint", None, "utter_handoff"),
    ],
)
async def test_the_second_complaint_is_not_answered_with_the_same_words(earlier, form, response):
    tracker = conversation("this is ridiculous", "complaint", earlier=earlier, form=form)
    said, reason, events = await run(ActionComplaint(), tracker)
    assert (said, reason) == (response, "complaint" if response == "utter_handoff" else None)
    assert bool(events) is (response != "utter_complaint_heard"), "the form goes on and asks"


@pytest.mark.parametrize("text", ["FH-204817", "my e-mail is anna@example.org", "FH-204817 anna@example.org"])
async def test_a_number_alone_is_no_question_for_the_tickets(text):
    said, _, _ = await run(ActionAnswerQuestion(), conversation(text, "inform"))
    assert said == "utter_what_next"
