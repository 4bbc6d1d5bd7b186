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
from actions.claims import other_product
from actions.done import (
    ORDERS_FAILED,
    Events,
    active_form,
    count,
    end_turn,
    failed_answer,
    intent,
    orders_down,
    wrong_pair,
)
from bot.messages import ANOTHER, is_wordless

Slots = dict[str, Any]

PAIR = frozenset({"order_number", "email"})
# A message with one of these intents is meant as an answer; if it fills nothing, the form has not come further.
ANSWERS = frozenset({"inform", "affirm", "deny", "correct"})
# So is the wish that opened the form, said once more instead of an answer.
OPENED_BY = {
    "track_order_form": "track_order",
    "cancel_order_form": "cancel_order",
    "address_form": "change_address",
    "invoice_form": "request_invoice",
    "return_form": "start_return",
    "refund_status_form": "ask_refund_status",
    "damage_form": "report_damage",
    "access_form": "reset_access",
}
# Questions that one response answers, whatever order is spoken of.
POLICIES = frozenset(
    {"ask_opening_hours", "ask_shipping_cost", "ask_delivery_time", "ask_return_policy", "ask_payment_methods"}
    | {"ask_warranty", "ask_discount", "ask_gift_card", "ask_stock"}
)


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


def is_answer(tracker: Tracker, form: str) -> bool:
    """Return whether the form hears the customer's message for the first time and has already asked for something.

    Rasa calls a validator again when the form comes back after another action in the same turn.
    """
    if active_form(tracker) != form or opened_now(tracker, form):
        return False  # When a form opens, what is asked is still the question of the form before.
    for event in reversed(tracker.events):
        if event["event"] == "user":
            break
        if event["event"] == "action" and event["name"] != form:
            return False
    return tracker.get_slot("requested_slot") is not None


def opened_now(tracker: Tracker, form: str) -> bool:
    """Return whether the customer's last message has opened the form."""
    for event in reversed(tracker.events):
        if event["event"] == "user":
            return False
        if event["event"] == "active_loop" and event["name"] == form:
            return True
    return False


class EmailForm(FormValidationAction):
    """Checks the e-mail address of a form and counts answers that do not help it; does not ask who owns the address."""

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
        said = said_now(tracker, "email", value)
        email = fields.email(said)
        if email is None:
            several = len(fields.emails(said)) > 1
            dispatcher.utter_message(response="utter_several_emails" if several else "utter_email_invalid")
        return {"email": email}

    async def get_validation_events(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Events:
        """Check each new answer and answer a fixed question beside it; hand over when three in a row do not help."""
        asked, answering = tracker.get_slot("requested_slot"), is_answer(tracker, self.form_name())
        checked: Events = await super().get_validation_events(dispatcher, tracker, domain)
        new = {event["name"]: event["value"] for event in checked}
        answers = ANSWERS | {OPENED_BY.get(self.form_name())}
        failed = new[asked] is None if asked in new else not new and intent(tracker.latest_message) in answers
        if answering and failed:
            return checked + failed_answer(tracker, self.form_name(), checked)
        filled = any(value is not None for value in new.values())
        question = str(intent(tracker.latest_message))
        if answering and filled and question in POLICIES:  # "FH-204818. And how much is express?"
            dispatcher.utter_message(response=f"utter_{question.removeprefix('ask_')}")
        helped = filled or active_form(tracker) != self.form_name()
        return [*checked, SlotSet("form_attempts", None)] if helped and count(tracker, "form_attempts") else checked


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
        said = said_now(tracker, "order_number", value)
        number = fields.order_number(said)
        if number is None:
            several = len(fields.order_numbers(said)) > 1
            dispatcher.utter_message(response="utter_several_orders" if several else "utter_order_number_invalid")
        return {"order_number": number}

    def validate_confirm(self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Slots:
        """Accept a yes or no only as the answer to the form's own question, and only one that says something."""
        asked = tracker.get_slot("requested_slot") == "confirm"
        text = tracker.latest_message.get("text")
        said = text is None or not is_wordless(str(text))
        return {"confirm": value if asked and said and isinstance(value, bool) else None}

    async def get_validation_events(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Events:
        """Check each new answer, then the pair if number or e-mail is new."""
        if tracker.get_slot("requested_slot") is None and tracker.latest_message.get(ANOTHER):
            return [SlotSet("order_number", None)]
        checked: Events = await super().get_validation_events(dispatcher, tracker, domain)
        slots = [event for event in checked if event["event"] == "slot" and event["name"] != "form_attempts"]
        new = {event["name"] for event in slots if event["value"] is not None}
        checked += [SlotSet(name, None) for name in _answers_taken_back(new, intent(tracker.latest_message))]
        if new.isdisjoint(PAIR):
            return checked
        number, email = tracker.get_slot("order_number"), tracker.get_slot("email")
        if count(tracker, "order_attempts"):
            number, email = (
                number or kept_half(tracker, "order_number", email),
                email or kept_half(tracker, "email", number),
            )
            checked += [SlotSet("order_number", number), SlotSet("email", email)]
        if number and email:
            checked += await self._check_pair(str(number), str(email), dispatcher, tracker)
        return checked

    async def _check_pair(self, number: str, email: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        try:
            shop = self._backend or order_backend()
            order = await shop.find(number, email)
            if order is None:
                return wrong_pair(dispatcher, tracker)
            verified = [SlotSet("order_attempts", None)]
            other = other_product(order.items, tracker, self.form_name())
            if other:
                items = ", ".join(order.items)
                dispatcher.utter_message(
                    response="utter_other_product", order_number=number, items=items, product=other
                )
                forget = [*verified, SlotSet("order_number", None)]
                return forget + failed_answer(tracker, self.form_name(), forget)
            if not await self.possible(shop, order):
                return [*verified, SlotSet("requested_slot", None)]
        except ORDERS_FAILED as exc:
            orders_down(dispatcher, self.name(), exc)
            return [SlotSet("requested_slot", None), end_turn()]
        return [*verified, SlotSet("order_items", ", ".join(order.items))]

    async def possible(self, shop: OrderBackend, order: Order) -> bool:
        """Return whether the form makes sense for this order; if not, it ends early and its action says why."""
        return True


def kept_half(tracker: Tracker, slot: str, other: str | None) -> str | None:
    """Return the number or e-mail of the last wrong pair, if ``other``, the half that is there, is new; else None.

    Who gives one half again wants the pair checked with it. The same half once more is no new pair: the other is asked.
    """
    counted = [
        at for at, event in enumerate(tracker.events) if event.get("name") == "order_attempts" and event["value"]
    ]
    if not counted or not other:
        return None
    wrong: dict[str, str] = {}
    for event in tracker.events[: counted[-1]]:
        if event["event"] == "slot" and event["name"] in PAIR and event["value"]:
            wrong[event["name"]] = str(event["value"])
    (known,) = PAIR - {slot}
    return wrong.get(slot) if wrong.get(known) != other else None


def _answers_taken_back(new: set[str], intent_name: str | None) -> set[str]:
    """Return the slots that a message filled by accident while it corrected something else.

    "No, it is FH-204818" is no "no" to the form's question; "sorry, FH-204818" is no reason for a return.
    """
    if intent_name == "correct" and new & PAIR:
        return new - PAIR
    return {"confirm"} if "confirm" in new and len(new) > 1 else set()
