"""Hand the conversation to a person."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.done import (
    FLOW_SLOTS,
    MAX_FORM_ATTEMPTS,
    MAX_WRONG_PAIRS,
    Events,
    active_form,
    clear,
    counted_now,
    end_turn,
    intent,
    leave_form,
)
from actions.forms import typed
from bot.messages import Reply

PERSON = "/talk_to_person"
COMPLAINT = "complaint"
DISTRESS = "distress"
# An "ok" to the offer of a person takes note of it; a "yes" accepts it.
NOTED = re.compile(
    r"\W*(?:ok(?:ay)?|k|all ?right|fine|good|great|cool|i see|got it|understood|嗯+|哦|好吧?|好的|知道了|明白了?)\W*",
    re.IGNORECASE,
)


def hand_over(
    dispatcher: CollectingDispatcher, reason: str, reply: Reply | None = None, response: str = "utter_handoff"
) -> Events:
    """Say that a person takes over and why (for the desk, not for the customer); end flow and turn.

    ``reply`` is what the bot found before it gave up: its confidence and sources help the person who takes over.
    Wrong pairs of order number and e-mail stay counted: a customer who comes back to the bot gets no new tries.
    """
    found = reply or Reply(text="")
    custom = Reply(
        text="",
        rung="handoff",
        confidence=found.confidence,
        sources=found.sources,
        answer_id=found.answer_id,
        handoff=reason,
    ).to_custom()
    dispatcher.utter_message(response=response, json_message=custom)
    return [*leave_form(), *clear((*FLOW_SLOTS, "misses")), end_turn()]


class ActionHandoff(Action):
    """Asks a person to take over; inside a form it ends the form."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_handoff"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Utter the handoff with its reason: answers that lead nowhere, a complaint, or the customer's own wish."""
        return hand_over(dispatcher, handoff_reason(tracker))


class ActionDistress(Action):
    """Answers a customer who may hurt himself: one sentence, and a person at once, whatever else was going on."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_distress"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Hand over with a reason of its own, so that the desk sees it first."""
        return hand_over(dispatcher, DISTRESS, response="utter_distress")


class ActionComplaint(Action):
    """Answers a complaint with regret and a person; who complains twice gets the person."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_complaint"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Say it once; inside a form without a question, because the form asks its own."""
        said = [event.get("parse_data") for event in tracker.events if event["event"] == "user"]
        if sum(intent(message) == COMPLAINT for message in said) > 1:
            return hand_over(dispatcher, COMPLAINT)
        in_form = active_form(tracker) is not None
        dispatcher.utter_message(response="utter_complaint_heard" if in_form else "utter_complaint")
        return [] if in_form else [end_turn()]


class ActionReady(Action):
    """Answers a yes outside of forms: to the offer of a person, or to nothing in particular."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_ready"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Hand over if the bot has just offered a person and nothing else, else ask what to do."""
        if not person_was_offered(tracker):
            dispatcher.utter_message(response="utter_ready")
            return [end_turn()]
        if NOTED.fullmatch(typed(tracker)):
            dispatcher.utter_message(response="utter_all_right")
            return [end_turn()]
        return hand_over(dispatcher, handoff_reason(tracker))


def person_was_offered(tracker: Tracker) -> bool:
    """Return whether the last thing said before the customer's message had one button, that for a person."""
    users = [at for at, event in enumerate(tracker.events) if event["event"] == "user"]
    before = tracker.events[: users[-1]] if users else tracker.events
    last: dict[str, Any] = next((event for event in reversed(before) if event["event"] in ("bot", "user")), {})
    buttons = (last.get("data") or {}).get("buttons") or []
    return [button.get("payload") for button in buttons] == [PERSON]


def handoff_reason(tracker: Tracker) -> str:
    """Return why a person is needed, read from the conversation."""
    if counted_now(tracker, "order_attempts", MAX_WRONG_PAIRS):
        return "order_not_verified"
    if counted_now(tracker, "form_attempts", MAX_FORM_ATTEMPTS):
        return "flow_failed"
    intents = [intent(event.get("parse_data")) for event in tracker.events if event["event"] == "user"]
    # Often the complaint comes first, and the "yes" to the offer of a person after it.
    return COMPLAINT if COMPLAINT in [intent(tracker.latest_message), *intents[-2:]] else "customer_asked"
