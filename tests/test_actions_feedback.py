"""A customer who changes their mind: what was done is not denied, and what was not done is not claimed."""

from __future__ import annotations

import re

import pytest
import yaml
from conftest import ROOT
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.feedback import ActionRefuse, ActionSecondThought, ActionStop

OPENED, KEPT = "utter_return_started", "utter_kept"


async def said(action, text, name, before):
    """Return what the action says to ``text`` after a turn in which the bot has said ``before``."""
    message = {"text": text, "intent": {"name": name}, "entities": []}
    users = [{"event": "user", "text": "a refund", "parse_data": {}}, {"event": "user", "text": text}]
    bot = {"event": "bot", "text": "...", "metadata": {"utter_action": before}}
    tracker = Tracker("c", {}, message, [users[0], bot, users[1]], False, None, {}, "action_listen")
    say = CollectingDispatcher()
    events = await action.run(say, tracker, {})
    assert events[-1]["name"] == "action_listen", "the turn ends here"
    return [message["response"] for message in say.messages]


@pytest.mark.parametrize(
    ("text", "name", "before", "response"),
    [
        ("No, I meant exchange", "deny", OPENED, "utter_stays"),
        ("sorry, the money back", "correct", "utter_damage_reported", "utter_stays"),
        ("不是，我要换货", "deny", OPENED, "utter_stays"),
        ("no thanks", "deny", OPENED, "utter_all_right"),
        ("no, that was all", "deny", OPENED, "utter_all_right"),
        ("no, an exchange", "deny", "utter_return_not_possible", "utter_all_right"),
        ("sorry, FH-204818", "correct", OPENED, "utter_what_next"),
    ],
)
async def test_another_wish_after_a_return_was_opened_changes_nothing_and_says_so(text, name, before, response):
    assert await said(ActionSecondThought(), text, name, before) == [response]


@pytest.mark.parametrize(
    ("before", "response"),
    [("utter_order_cancelled", "utter_stays"), (OPENED, "utter_stays"), (KEPT, "utter_nothing_done")],
)
async def test_a_refusal_of_what_was_done_does_not_claim_that_nothing_was(before, response):
    assert await said(ActionRefuse(), "please don't cancel it", "refuse", before) == [response]


def after(*turns, intent="stop", form=None, **message):
    """Return a conversation: what the bot has said, each with its response, then a message of the customer."""
    events = []
    for response, text in turns:
        events += [
            {"event": "user", "text": "...", "parse_data": {}},
            {"event": "bot", "text": text, "metadata": {"utter_action": response}},
        ]
    said = {"text": "...", "intent": {"name": intent}, "entities": [], **message}
    events.append({"event": "user", "text": "...", "parse_data": said})
    return Tracker("c", {}, said, events, False, None, {"name": form} if form else {}, "action_listen")


SENT = (
    "utter_invoice_sent",
    "The invoice for order FH-204817 is on its way to a@b.org. Please look in the spam folder.",
)
READY = ("utter_ready", "Good. What would you like to do?")


@pytest.mark.parametrize(
    ("conversation", "response", "done"),
    [
        (after(SENT), "utter_stays", "The invoice for order FH-204817 is on its way to a@b.org."),
        (after(SENT, READY, READY), "utter_stays", "The invoice for order FH-204817 is on its way to a@b.org."),
        (after(("utter_order_cancelled", "订单已取消。款项会退回。")), "utter_stays", "订单已取消。"),
        (after(READY), "utter_stopped", None),
        (after(SENT, form="return_form"), "utter_stopped", None),
    ],
)
async def test_a_stop_says_what_was_done_before_it(conversation, response, done):
    say = CollectingDispatcher()
    await ActionStop().run(say, conversation, {})
    assert (say.messages[0]["response"], say.messages[0].get("done")) == (response, done)


@pytest.mark.parametrize(
    ("negated", "response"),
    [("request_invoice", "utter_stays"), ("cancel_order", "utter_nothing_done"), (None, "utter_stays")],
)
async def test_a_refusal_is_about_what_it_names(negated, response):
    say = CollectingDispatcher()
    await ActionRefuse().run(say, after(SENT, READY, intent="refuse", negated=negated), {})
    assert [message["response"] for message in say.messages] == [response]


def test_nothing_that_is_said_about_stopping_claims_what_happened_before():
    responses = yaml.safe_load((ROOT / "domain.yml").read_text())["responses"]
    texts = [one["text"] for name in ("utter_stopped", "utter_nothing_done") for one in responses[name]]
    assert len(texts) == 6
    assert not [
        text for text in texts if re.search(r"nothing was|has changed|changed nothing|没有发送|没有取消", text, re.I)
    ]
