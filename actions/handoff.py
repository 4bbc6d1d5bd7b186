"""Hand the conversation to a person."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.done import (
    FLOW_SLOTS,
    MAX_FORM_ATTEMPTS,
    MAX_WRONG_PAIRS,
    Events,
    clear,
    counted_now,
    end_turn,
    intent,
    leave_form,
)
from bot.messages import Reply


def hand_over(dispatcher: CollectingDispatcher, reason: str, reply: Reply | None = None) -> Events:
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
    dispatcher.utter_message(response="utter_handoff", json_message=custom)
    return [*leave_form(), *clear((*FLOW_SLOTS, "misses")), end_turn()]


class ActionHandoff(Action):
    """Asks a person to take over; inside a form it ends the form."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_handoff"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Utter the handoff with its reason: answers that lead nowhere, a complaint, or the customer's own wish."""
        return hand_over(dispatcher, handoff_reason(tracker))


def handoff_reason(tracker: Tracker) -> str:
    """Return why a person is needed, read from the conversation."""
    if counted_now(tracker, "order_attempts", MAX_WRONG_PAIRS):
        return "order_not_verified"
    if counted_now(tracker, "form_attempts", MAX_FORM_ATTEMPTS):
        return "flow_failed"
    intents = [intent(event.get("parse_data")) for event in tracker.events if event["event"] == "user"]
    # Often the complaint comes first, and the "yes" to the offer of a person after it.
    return "complaint" if "complaint" in [intent(tracker.latest_message), *intents[-2:]] else "customer_asked"
