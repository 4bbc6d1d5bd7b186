"""What follows from a mood: one sentence and a person on offer, fewer loops, and nothing at all for a calm customer."""

from __future__ import annotations

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import ActionAnswerQuestion
from actions.apology import ActionHearMood
from actions.done import failed_answer
from actions.mood import allowed, asked_before, is_impatient, served_before
from bot.messages import Reply

ANGRY, URGENT, CALM = {"anger": 0.9, "urgency": 0.1}, {"anger": 0.1, "urgency": 0.8}, {"anger": 0.4, "urgency": 0.4}


def said(text="hm", mood=CALM, intent="track_order", **more):
    return {"text": text, "intent": {"name": intent}, "mood": mood, **more}


def conversation(*messages, events=(), loop=None, **slots):
    """A tracker whose customer wrote these parsed messages; ``events`` come before the last one."""
    users = [{"event": "user", "text": one["text"], "parse_data": one} for one in messages]
    state = {"sender_id": "s", "slots": slots, "events": [*users[:-1], *events, *users[-1:]]}
    state |= {"latest_message": messages[-1], "active_loop": {"name": loop} if loop else {}}
    return Tracker.from_dict(state)


@pytest.mark.parametrize(
    ("message", "heard", "responses"),
    [
        (said(mood=ANGRY), None, ["utter_heard_anger"]),
        (said(mood=URGENT), None, ["utter_heard_urgency"]),
        (said(mood={"anger": 0.9, "urgency": 0.9}), None, ["utter_heard_anger"]),
        (said(mood=ANGRY, language="zh"), None, ["utter_heard_anger_zh"]),
        (said(mood=ANGRY), True, []),
        (said(mood=ANGRY, intent="complaint"), None, []),
        (said(mood=ANGRY, intent="nlu_fallback"), None, []),
        (said(mood=ANGRY, intent="ask_question"), None, []),
        (said(mood=ANGRY, intent="talk_to_person"), None, []),
        (said(mood=URGENT, intent="stop"), None, []),
        (said(mood=CALM), None, []),
        ({"text": "/track_order", "intent": {"name": "track_order"}}, None, []),
        ({}, None, []),
    ],
)
async def test_one_sentence_and_only_where_it_helps(message, heard, responses):
    dispatcher = CollectingDispatcher()
    message = {"text": "", **message}
    events = await ActionHearMood().run(dispatcher, conversation(message, mood_heard=heard), {})
    assert [one["response"] for one in dispatcher.messages] == responses
    assert [event["value"] for event in events] == [True] * len(responses)


@pytest.mark.parametrize(
    ("messages", "impatient"),
    [
        ([said(mood=ANGRY)], True),
        ([said(mood=ANGRY), said()], True),
        ([said(mood=ANGRY), said(), said()], False),
        ([said(mood=URGENT), said()], True),
        ([said()] * 5, False),
        ([{"text": "/track_order"}], False),
    ],
)
def test_a_mood_lasts_for_some_messages(messages, impatient):
    assert is_impatient(conversation(*messages)) is impatient
    assert allowed(conversation(*messages), 3) == (1 if impatient else 3)


@pytest.mark.parametrize(("begun", "impatient"), [(1, False), (2, False), (3, True)])
def test_who_begins_the_same_form_for_the_third_time_has_little_patience(begun, impatient):
    events = [{"event": "active_loop", "name": "track_order_form"}, {"event": "active_loop", "name": None}] * begun
    assert is_impatient(conversation(said(), events=events, loop="track_order_form")) is impatient
    assert is_impatient(conversation(said(), events=events, loop="invoice_form")) is False


@pytest.mark.parametrize(
    ("mood", "counted", "attempts"), [(CALM, None, 1.0), (CALM, 2.0, 3.0), (ANGRY, None, 3.0), (URGENT, None, 3.0)]
)
def test_an_angry_customer_is_handed_over_after_one_failed_answer(mood, counted, attempts):
    tracker = conversation(said(mood=mood), loop="track_order_form", form_attempts=counted)
    events = failed_answer(tracker, "track_order_form", [{"event": "slot", "name": "email", "value": None}])
    assert (events[0]["name"], events[0]["value"]) == ("form_attempts", attempts)
    assert any(event.get("name") == "action_handoff" for event in events) is (attempts == 3.0)


class Nothing:
    """An answers service that finds nothing and counts how often it was asked."""

    def __init__(self):
        self.asked = 0

    async def answer(self, question, context=()):
        self.asked += 1
        return Reply("I do not know.", rung="handoff", confidence=0.1)


class Plain:
    """A letter without greeting and sign-off."""

    def around(self, text, slots, greets):
        return text


@pytest.mark.parametrize(("mood", "reason"), [(CALM, None), (ANGRY, "no_evidence"), (URGENT, "no_evidence")])
async def test_a_question_without_an_answer_goes_to_a_person_at_once(mood, reason):
    dispatcher = CollectingDispatcher()
    tracker = conversation(said("does it float on lava", mood, "ask_question"))
    await ActionAnswerQuestion(Nothing(), Plain()).run(dispatcher, tracker, {})
    assert dispatcher.messages[0]["custom"]["frontdesk"].get("handoff") == reason


QUESTION = "does the filter remove salt"


@pytest.mark.parametrize(
    ("texts", "again"),
    [
        ([QUESTION] * 3, True),
        (["Does the filter remove salt??", "so does the filter remove salt", QUESTION], True),
        ([QUESTION] * 2, False),
        ([QUESTION, "does the filter remove sand", QUESTION], False),
        (["yes"] * 3, False),
    ],
)
async def test_the_same_question_for_the_third_time_goes_to_a_person(texts, again):
    tracker = conversation(*[said(text, intent="ask_question") for text in texts])
    assert asked_before(tracker, texts[-1]) is again
    answers, dispatcher = Nothing(), CollectingDispatcher()
    await ActionAnswerQuestion(answers, Plain()).run(dispatcher, tracker, {})
    assert answers.asked == (0 if again else 1)
    assert (dispatcher.messages[0]["custom"]["frontdesk"].get("handoff") == "asked_again") is again


@pytest.mark.parametrize(
    ("orders", "third"),
    [
        (["FH-204817", "FH-204817"], True),
        (["FH-204817"], False),
        (["FH-204818", "FH-204818"], False),
        (["FH-204817", "FH-204818", "FH-204817"], True),
    ],
)
def test_the_same_order_for_the_third_time(orders, third):
    events = []
    for number in orders:
        events += [{"event": "slot", "name": "order_number", "value": number}]
        events += [{"event": "action", "name": "action_order_status"}]
    tracker = conversation(said(), events=events)
    assert served_before(tracker, "action_order_status", "FH-204817") is third
    assert served_before(tracker, "action_send_invoice", "FH-204817") is False
