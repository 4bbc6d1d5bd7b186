"""The question which of two wishes is meant: its buttons, and when it is not asked."""

from __future__ import annotations

import json

import pytest
from fakes import ScriptedAnswers
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import ActionAnswerQuestion
from actions.which import ActionWhich
from bot.messages import CUSTOM_KEY, Reply

CANDIDATES = [
    {"intent": "track_order", "title": {"en": "Where is my order?", "zh": "我的订单到哪了？"}},
    {"intent": "report_damage", "title": "Report damage"},
]
ASKED = [{"event": "action", "name": "action_which"}, {"event": "action", "name": "action_listen"}]


def tracker(*, candidates=CANDIDATES, events=(), form=None, **slots):
    scope = {"score": 0.9, "decision": "ambiguous", "candidates": candidates}
    message = {"text": "my parcel", "intent": {"name": "unsure", "confidence": 0.46}, "scope": scope}
    state = {"sender_id": "s", "slots": slots, "latest_message": message, "active_loop": {"name": form} if form else {}}
    return Tracker.from_dict({**state, "events": [*events, {"event": "user", "text": "my parcel"}]})


async def run(conversation):
    dispatcher, ladder = CollectingDispatcher(), ScriptedAnswers(Reply("An answer.", "ticket", 0.9))
    events = await ActionWhich(ActionAnswerQuestion(ladder)).run(dispatcher, conversation, {})
    return dispatcher.messages, events, ladder.asked


@pytest.mark.parametrize(
    ("language", "titles"),
    [
        (None, ["Where is my order?", "Report damage", "Something else"]),
        ("zh", ["我的订单到哪了？", "Report damage", "其他问题"]),
    ],
)
async def test_one_question_with_three_buttons(language, titles):
    (message,), events, asked = await run(tracker(language=language))
    assert message["response"] == "utter_which"
    assert [button["title"] for button in message["buttons"]] == titles
    payloads = [button["payload"] for button in message["buttons"]]
    assert payloads[:2] == ["/track_order", "/report_damage"]
    assert json.loads(payloads[2].removeprefix("/ask_question")) == {"question": "my parcel"}
    assert message["custom"][CUSTOM_KEY]["rung"] == "clarify"
    assert message["custom"][CUSTOM_KEY]["confidence"] == 0.46
    assert [event["name"] for event in events] == ["action_listen"]
    assert not asked


@pytest.mark.parametrize("conversation", [tracker(candidates=CANDIDATES[:1]), tracker(events=ASKED)])
async def test_the_ladder_answers_where_nothing_can_be_asked(conversation):
    (message,), _, asked = await run(conversation)
    assert [question for question, _ in asked] == ["my parcel"]
    assert not message.get("response")


async def test_inside_a_form_the_form_goes_on():
    _, events, _ = await run(tracker(form="return_form"))
    assert events == []


async def test_it_may_ask_again_after_another_reply():
    events = [*ASKED, {"event": "user", "text": "/track_order"}, {"event": "action", "name": "track_order_form"}]
    (message,), _, _ = await run(tracker(events=events))
    assert message["response"] == "utter_which"


async def test_a_number_instead_of_a_choice_is_noted_and_the_choice_asked_again_in_other_words():
    scope = {"candidates": CANDIDATES}
    before = {"event": "user", "text": "my parcel", "parse_data": {"intent": {"name": "unsure"}, "scope": scope}}
    message = {"text": "FH-411222", "intent": {"name": "inform", "confidence": 1.0}, "scope": {"decision": "in"}}
    now = {"event": "user", "text": "FH-411222", "parse_data": message}
    state = {"sender_id": "s", "slots": {}, "latest_message": message, "active_loop": {}}
    (said,), _, asked = await run(Tracker.from_dict({**state, "events": [before, *ASKED, now]}))
    assert said["response"] == "utter_which_of_these"
    assert [button["payload"] for button in said["buttons"][:2]] == ["/track_order", "/report_damage"]
    assert json.loads(said["buttons"][2]["payload"].removeprefix("/ask_question")) == {"question": "my parcel"}
    assert not asked
