"""The ladder action: what it asks, what it says, when it gives up; and the two ways out of a conversation."""

from __future__ import annotations

import pytest
from fakes import ScriptedAnswers
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.answer import ActionAnswerQuestion, ActionOutOfScope
from actions.feedback import ActionStop
from actions.handoff import ActionHandoff
from bot.errors import AnswersUnavailable, SettingsError
from bot.messages import CUSTOM_KEY, MEANT, Button, Reply, Source

TICKET = Reply("60 days.", "ticket", 0.9, (Source("T1", "Returns", "60 days", 0.8),), answer_id="a1")
CLARIFY = Reply("Which one?", "clarify", 0.5, buttons=(Button("Returns", "How do returns work?"),), answer_id="a2")
NOTHING = Reply("I don't know.", "handoff", 0.1, buttons=(Button("Person", "/talk_to_person"),), answer_id="a3")
LISTEN = {"event": "followup", "timestamp": None, "name": "action_listen"}


def said(role, text):
    return {"event": role, "text": text}


def tracker(text="How long can I return?", *, events=(), form=None, intent="ask_question", **slots):
    message = {"text": text, "intent": {"name": intent}}
    loop = {"name": form} if form else {}
    state = {"sender_id": "s", "slots": slots, "latest_message": message, "active_loop": loop}
    return Tracker.from_dict({**state, "events": [*events, said("user", text)]})


async def run(action, conversation, domain=None):
    dispatcher = CollectingDispatcher()
    events = await action.run(dispatcher, conversation, domain or {})
    return dispatcher.messages, events


def changed(events):
    """Return slots and loop as the events leave them."""
    return {event.get("name") if event["event"] == "slot" else event["event"]: event.get("value") for event in events}


@pytest.mark.parametrize("action", [ActionAnswerQuestion, ActionOutOfScope])
async def test_a_reply_is_said_whole_and_ends_the_turn(action):
    answers = ScriptedAnswers(TICKET)
    (message,), events = await run(action(answers), tracker(misses=1.0))
    assert message["text"] == "60 days."
    assert message["custom"] == TICKET.to_custom()
    assert changed(events)["misses"] is None
    assert events[-1] == LISTEN
    assert answers.asked == [("How long can I return?", [])]


async def test_a_pressed_button_asks_what_it_stands_for():
    answers = ScriptedAnswers(TICKET)
    conversation = tracker('/ask_question{"question": "How do returns work?"}')
    conversation.latest_message["entities"] = [{"entity": "question", "value": "How do returns work?"}]
    await run(ActionAnswerQuestion(answers), conversation)
    assert answers.asked == [("How do returns work?", [])]


@pytest.mark.parametrize(
    ("script", "said_text", "asked"),
    [
        ([TICKET], "60 days.", ["hw long cna I retrun"]),
        ([NOTHING, TICKET], "60 days.", ["hw long cna I retrun", "how long can I return"]),
        ([NOTHING, CLARIFY], "Which one?", ["hw long cna I retrun", "how long can I return"]),
        ([NOTHING, NOTHING], "I don't know.", ["hw long cna I retrun", "how long can I return"]),
    ],
)
async def test_what_was_meant_is_asked_only_where_the_own_words_find_nothing(script, said_text, asked):
    answers = ScriptedAnswers(*script)
    conversation = tracker("hw long cna I retrun")
    conversation.latest_message[MEANT] = "how long can I return"
    (message,), _ = await run(ActionAnswerQuestion(answers), conversation)
    assert message["text"] == said_text
    assert [question for question, _ in answers.asked] == asked


async def test_inside_a_form_the_form_goes_on():
    _, events = await run(ActionAnswerQuestion(ScriptedAnswers(TICKET)), tracker(form="return_form"))
    assert [event["event"] for event in events] == ["slot"]


async def test_a_question_back_has_buttons_and_counts_neither_way():
    (message,), events = await run(ActionAnswerQuestion(ScriptedAnswers(CLARIFY)), tracker(misses=1.0))
    assert message["buttons"] == [{"title": "Returns", "payload": '/ask_question{"question": "How do returns work?"}'}]
    assert "misses" not in changed(events)


async def test_the_first_miss_offers_a_person():
    (message,), events = await run(ActionAnswerQuestion(ScriptedAnswers(NOTHING)), tracker())
    assert message["buttons"] == [{"title": "Person", "payload": "/talk_to_person"}]
    assert "handoff" not in message["custom"][CUSTOM_KEY]
    assert changed(events)["misses"] == 1.0


@pytest.mark.parametrize("form", [None, "return_form"])
async def test_the_second_miss_in_a_row_hands_over(form):
    (message,), events = await run(ActionAnswerQuestion(ScriptedAnswers(NOTHING)), tracker(form=form, misses=1.0))
    assert message["response"] == "utter_handoff"
    custom = message["custom"][CUSTOM_KEY]
    assert (custom["rung"], custom["handoff"], custom["answer_id"]) == ("handoff", "no_evidence", "a3")
    assert changed(events)["misses"] is None
    assert {"event": "active_loop", "timestamp": None, "name": None} in events
    assert events[-1] == LISTEN


@pytest.mark.parametrize("error", [AnswersUnavailable("down"), SettingsError("port is 0")])
@pytest.mark.parametrize(("form", "end"), [(None, [LISTEN]), ("return_form", [])])
async def test_a_service_that_is_down_ends_in_one_sentence(error, form, end):
    messages, events = await run(ActionAnswerQuestion(ScriptedAnswers(error)), tracker(form=form, misses=1.0))
    assert [message["response"] for message in messages] == ["utter_answers_unavailable"]
    assert messages[0]["custom"]["frontdesk"]["rung"] == "handoff"
    assert events == end


@pytest.mark.parametrize("text", ["", "  ", "/out_of_scope", None])
async def test_a_turn_without_words_is_not_sent_to_the_service(text):
    answers = ScriptedAnswers()
    messages, events = await run(ActionAnswerQuestion(answers), tracker(text))
    assert [message["response"] for message in messages] == ["utter_capabilities"]
    assert (events, answers.asked) == ([LISTEN], [])


async def test_the_context_is_the_last_four_turns_of_this_session():
    answers = ScriptedAnswers(TICKET)
    before = [
        said("user", "from an old session"),
        {"event": "session_started"},
        said("user", "one"),
        said("bot", "two"),
        said("user", "three"),
        {"event": "slot", "name": "misses", "value": 0.0},
        said("user", "/affirm"),
        said("bot", None),
        said("bot", "four" * 200),
        said("user", "five"),
    ]
    await run(ActionAnswerQuestion(answers), tracker("and boots?", events=before))
    assert answers.asked == [
        (
            "and boots?",
            [
                {"role": "bot", "text": "two"},
                {"role": "customer", "text": "three"},
                {"role": "bot", "text": ("four" * 200)[:500]},
                {"role": "customer", "text": "five"},
            ],
        )
    ]


@pytest.mark.parametrize(
    ("intent", "counted", "reason"),
    [
        ("talk_to_person", {}, "customer_asked"),
        ("complaint", {"order_attempts": 1.0}, "complaint"),
        ("inform", {"order_attempts": 2.0}, "order_not_verified"),
        ("deny", {"form_attempts": 3.0}, "flow_failed"),
        ("deny", {"form_attempts": 2.0}, "customer_asked"),
        (None, {}, "customer_asked"),
    ],
)
async def test_a_handoff_says_why_and_leaves_the_form(intent, counted, reason):
    conversation = tracker("x", form="return_form", intent=intent, confirm=True, **counted)
    conversation.events += [{"event": "slot", "name": name, "value": value} for name, value in counted.items()]
    (message,), events = await run(ActionHandoff(), conversation)
    assert message["response"] == "utter_handoff"
    assert message["custom"] == Reply("", "handoff", handoff=reason).to_custom()
    slots = changed(events)
    assert slots["confirm"] is slots["requested_slot"] is slots["form_attempts"] is None
    assert "order_attempts" not in slots, "who comes back to the bot gets no new tries"
    assert events[-1] == LISTEN


async def test_wrong_pairs_of_before_are_no_reason_later():
    pairs = {"event": "slot", "name": "order_attempts", "value": 2.0}
    later = tracker("a person please", events=[pairs], intent="talk_to_person", order_attempts=2.0)
    (message,), _ = await run(ActionHandoff(), later)
    assert message["custom"][CUSTOM_KEY]["handoff"] == "customer_asked"


async def test_a_yes_to_a_person_after_a_complaint_is_a_complaint():
    complained = {**said("user", "this is a disgrace"), "parse_data": {"intent": {"name": "complaint"}}}
    yes = tracker("yes", events=[complained, said("bot", "Shall I hand over?")], intent="affirm")
    (message,), _ = await run(ActionHandoff(), yes)
    assert message["custom"][CUSTOM_KEY]["handoff"] == "complaint"


async def test_a_handoff_survives_an_empty_tracker():
    conversation = Tracker.from_dict({"sender_id": "s"})
    (message,), _ = await run(ActionHandoff(), conversation)
    assert message["custom"][CUSTOM_KEY]["handoff"] == "customer_asked"


async def test_stop_leaves_the_form_and_forgets_it_but_not_the_wrong_pairs():
    domain = {"forms": {"track_order_form": {"required_slots": ["order_number", "email"]}}}
    conversation = tracker("stop", form="track_order_form", intent="stop", order_attempts=1.0)
    messages, events = await run(ActionStop(), conversation, domain)
    assert [message["response"] for message in messages] == ["utter_stopped"]
    slots = changed(events)
    assert slots["order_number"] is slots["email"] is slots["confirm"] is None
    assert "order_attempts" not in slots
    assert {"event": "active_loop", "timestamp": None, "name": None} in events
    assert events[-1] == LISTEN


async def test_stop_outside_a_form_is_only_confirmed():
    messages, events = await run(ActionStop(), tracker("stop", intent="stop"), {})
    assert [message["response"] for message in messages] == ["utter_stopped"]
    assert events[-1] == LISTEN
