"""What actions read from a conversation, and how they end: the events that close a form, a flow or a turn.

Every action of this project ends its turn itself, because Rasa may predict an action again until it gives up.
"""

from __future__ import annotations

import logging
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecutionRejected, ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.mood import allowed
from bot.errors import BotError, OrderBackendError, SettingsError
from bot.messages import Reply

logger = logging.getLogger(__name__)

# What an order system may fail with, on first use also because it is not set up.
ORDERS_FAILED = (OrderBackendError, SettingsError)

Events = list[dict[str, Any]]

# Answers that belong to one run of one flow. Order number and e-mail are kept for the next question.
FLOW_SLOTS = (
    "return_reason",
    "return_wish",
    "new_address",
    "damage_description",
    "damage_wish",
    "confirm",
    "order_items",
    "form_attempts",
)
MAX_WRONG_PAIRS = 2
MAX_FORM_ATTEMPTS = 3


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


def intent(message: dict[str, Any] | None) -> str | None:
    """Return the intent of one parsed message of the customer, if it has one."""
    return ((message or {}).get("intent") or {}).get("name")


def count(tracker: Tracker, slot: str) -> int:
    """Return the value of a counting slot, 0 when it is empty."""
    return int(tracker.get_slot(slot) or 0)


def counted_now(tracker: Tracker, slot: str, limit: int) -> bool:
    """Return whether this counting slot has reached its limit since the customer's last message."""
    for event in reversed(tracker.events):
        if event["event"] == "user":
            return False
        if event["event"] == "slot" and event["name"] == slot:
            return int(event["value"] or 0) >= limit
    return False


def person_offered() -> dict[str, Any]:
    """Return the custom part of a sentence that could not help and offers a person."""
    return Reply("", rung="handoff", confidence=0.0).to_custom()


def orders_down(dispatcher: CollectingDispatcher, action: str, reason: BotError) -> None:
    """Tell the customer that the order system cannot be used now, and the log why."""
    logger.error("%s failed: %s", action, reason)
    dispatcher.utter_message(response="utter_orders_unavailable", json_message=person_offered())


def outcome_unknown(dispatcher: CollectingDispatcher, action: str, reason: BotError, number: str) -> None:
    """Tell the customer that a change may or may not have been made, and the log why; the caller hands over."""
    logger.error("%s is in doubt: %s", action, reason)
    dispatcher.utter_message(response="utter_order_unsure", order_number=number)


def wrong_pair(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Answer an order number and e-mail that do not belong together; the second time in a row a person takes over.

    Says nothing about which of the two is wrong, so that neither can be found out by trying.
    """
    attempts = min(count(tracker, "order_attempts") + 1, MAX_WRONG_PAIRS)
    forget = [*clear(("order_number", "email")), SlotSet("order_attempts", float(attempts))]
    if attempts < MAX_WRONG_PAIRS:
        dispatcher.utter_message(response="utter_order_not_found")
        return forget
    return [*forget, SlotSet("requested_slot", None), FollowupAction("action_handoff")]


def failed_answer(tracker: Tracker, form: str, checked: Events) -> Events:
    """Count an answer that did not help the form on; after the third in a row a person takes over.

    The first is enough where the customer has no patience left, the second where twice in a row there was no answer to
    give ("I don't have it"). An answer that was not read at all is also rejected, or Rasa would take the count for one.
    """
    attempts = count(tracker, "form_attempts") + 1
    if _denied_again(tracker) or attempts >= allowed(tracker, MAX_FORM_ATTEMPTS):
        # The number that the rules wait for, however early it is reached.
        attempts = MAX_FORM_ATTEMPTS
    counted = SlotSet("form_attempts", float(attempts))
    if attempts < MAX_FORM_ATTEMPTS:
        return [counted] if checked else [counted, ActionExecutionRejected(form)]
    return [counted, SlotSet("requested_slot", None), FollowupAction("action_handoff")]


def _denied_again(tracker: Tracker) -> bool:
    said = [intent(event.get("parse_data")) for event in tracker.events if event["event"] == "user"]
    return said[-2:] == ["deny", "deny"] and count(tracker, "form_attempts") > 0
