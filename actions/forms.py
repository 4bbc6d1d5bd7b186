"""What all forms share: checking single answers, and the order number with its e-mail as one pair.

A form that asks for an order goes on only when the order system knows the pair. Nothing of the order is said here.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import fields
from actions.backend import Order, OrderBackend, order_backend
from actions.done import ORDERS_FAILED, Events, end_turn, intent, orders_down, wrong_pair

Slots = dict[str, Any]

PAIR = frozenset({"order_number", "email"})


def typed(tracker: Tracker) -> str:
    """Return the customer's last words, nothing for a button payload."""
    text = str(tracker.latest_message.get("text") or "").strip()
    return "" if text.startswith("/") else text


def unanswered(tracker: Tracker, slot: str) -> bool:
    """Return whether the form is waiting for this slot and Rasa has found no value for it in the message."""
    return tracker.get_slot("requested_slot") == slot and tracker.get_slot(slot) is None


def said_now(tracker: Tracker, entity: str, value: Any) -> Any:
    """Return all values of the entity in the last message; Rasa keeps only the last, and that would be a guess."""
    return list(tracker.get_latest_entity_values(entity)) or value


class EmailForm(FormValidationAction):
    """Checks the e-mail address of a form; does not ask whether anybody owns it."""

    @abstractmethod
    def name(self) -> str:
        """Return ``validate_`` and the form's name."""

    def extract_email(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Slots:
        """Take a failed attempt at an address as the answer, so that the customer hears what is wrong with it."""
        attempt = unanswered(tracker, "email") and "@" in typed(tracker)
        return {"email": typed(tracker)} if attempt else {}

    def validate_email(self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Slots:
        """Accept one well-formed e-mail address."""
        if value is None:
            return {"email": None}
        email = fields.email(said_now(tracker, "email", value))
        if email is None:
            dispatcher.utter_message(response="utter_email_invalid")
        return {"email": email}


class OrderForm(EmailForm):
    """Checks order number and e-mail, then both together with the order system."""

    def __init__(self, backend: OrderBackend | None = None) -> None:
        self._backend = backend

    @abstractmethod
    def name(self) -> str:
        """Return ``validate_`` and the form's name."""

    def extract_order_number(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Slots:
        """Take a failed attempt at a number as the answer, so that the customer hears what is wrong with it."""
        attempt = unanswered(tracker, "order_number") and fields.is_number_attempt(typed(tracker))
        return {"order_number": typed(tracker)} if attempt else {}

    def validate_order_number(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> Slots:
        """Accept one order number in any of its spellings."""
        if value is None:
            return {"order_number": None}
        number = fields.order_number(said_now(tracker, "order_number", value))
        if number is None:
            dispatcher.utter_message(response="utter_order_number_invalid")
        return {"order_number": number}

    def validate_confirm(self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Slots:
        """Accept a yes or no only as the answer to the form's own question."""
        asked = tracker.get_slot("requested_slot") == "confirm"
        return {"confirm": value if asked and isinstance(value, bool) else None}

    async def get_validation_events(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Events:
        """Check each new answer, then the pair if number or e-mail is new."""
        checked: Events = await super().get_validation_events(dispatcher, tracker, domain)
        new = {event["name"] for event in checked if event["value"] is not None}
        checked += [SlotSet(name, None) for name in _answers_taken_back(new, intent(tracker.latest_message))]
        if new.isdisjoint(PAIR):
            return checked
        number, email = tracker.get_slot("order_number"), tracker.get_slot("email")
        if number and email:
            checked += await self._check_pair(str(number), str(email), dispatcher, tracker)
        return checked

    async def _check_pair(self, number: str, email: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        try:
            order = await (self._backend or order_backend()).find(number, email)
        except ORDERS_FAILED as exc:
            orders_down(dispatcher, self.name(), exc)
            return [SlotSet("requested_slot", None), end_turn()]
        if order is None:
            return wrong_pair(dispatcher, tracker)
        verified = [SlotSet("order_attempts", None)]
        return verified if self.possible(order) else [*verified, SlotSet("requested_slot", None)]

    def possible(self, order: Order) -> bool:
        """Return whether the form makes sense for this order; if not, it ends early and its action says why."""
        return True


def _answers_taken_back(new: set[str], intent_name: str | None) -> set[str]:
    """Return the slots that a message filled by accident while it corrected something else.

    "No, it is FH-204818" is no "no" to the form's question; "sorry, FH-204818" is no reason for a return.
    """
    if intent_name == "correct" and new & PAIR:
        return new - PAIR
    return {"confirm"} if "confirm" in new and len(new) > 1 else set()
