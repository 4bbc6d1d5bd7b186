"""How an action ends: the events that close a flow, and the reasons for which a person takes over.

Every action of this project ends its turn itself, because Rasa may predict an action again until it gives up.
"""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

Events = list[dict[str, Any]]

# Answers that belong to one run of one flow. Order number and e-mail are kept for the next question.
FLOW_SLOTS = (
    "return_reason",
    "return_wish",
    "new_address",
    "damage_description",
    "damage_wish",
    "confirm",
    "order_status",
)
MAX_WRONG_PAIRS = 2


def end_turn() -> dict[str, Any]:
    """Return the event that makes Rasa wait for the customer."""
    event: dict[str, Any] = FollowupAction("action_listen")
    return event


def clear(slots: tuple[str, ...] = FLOW_SLOTS) -> Events:
    """Return the events that empty these slots."""
    return [SlotSet(name, None) for name in slots]


def leave_form() -> Events:
    """Return the events that end a running form; they change nothing when none runs."""
    return [SlotSet("requested_slot", None), ActiveLoop(None)]


def active_form(tracker: Tracker) -> str | None:
    """Return the name of the form that is being filled, else None."""
    name = (tracker.active_loop or {}).get("name")
    return str(name) if name else None


def count(tracker: Tracker, slot: str) -> int:
    """Return the value of a counting slot, 0 when it is empty."""
    return int(tracker.get_slot(slot) or 0)


def wrong_pair(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Answer an order number and e-mail that do not belong together; the second time in a row a person takes over.

    Says nothing about which of the two is wrong, so that neither can be found out by trying.
    """
    attempts = count(tracker, "order_attempts") + 1
    forget = [*clear(("order_number", "email")), SlotSet("order_attempts", float(attempts))]
    if attempts < MAX_WRONG_PAIRS:
        dispatcher.utter_message(response="utter_order_not_found")
        return forget
    return [*forget, SlotSet("requested_slot", None), FollowupAction("action_handoff")]
