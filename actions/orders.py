"""Orders: where they are, cancelling them, sending them elsewhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import chinese, fields
from actions.backend import Order, OrderBackend, OrderTooLate, order_backend
from actions.claims import missed_day
from actions.done import (
    ORDERS_FAILED,
    Events,
    active_form,
    clear,
    end_turn,
    intent,
    orders_down,
    outcome_unknown,
    wrong_pair,
)
from actions.forms import OPENED_BY, OrderForm, Slots, typed
from actions.handoff import hand_over
from actions.language import spoken
from actions.mood import served_before
from bot.errors import OrderOutcomeUnknown

STATUS_PHRASES = {
    "processing": "is being prepared in our warehouse",
    "packed": "is packed and waiting for the carrier",
    "shipped": "is on its way",
    "delivered": "was delivered",
    "cancelled": "is cancelled",
    "lost": "is overdue: the carrier is searching for the parcel",
}
# What is said instead of "too late" when refusing the parcel, or sending it elsewhere, is no way out either.
NOT_CANCELLED = {
    "cancelled": "utter_order_status",
    "delivered": "utter_order_delivered",
    "lost": "utter_order_lost",
}
# "Don't cancel it, change the address": the other form starts, and this one ends without a word.
OTHER_REQUESTS = frozenset(OPENED_BY.values()) - {"cancel_order"}
# What can be late.
UNDERWAY = ("processing", "packed", "shipped")
NOT_REDIRECTED = {"cancelled": "utter_address_not_needed", "delivered": "utter_address_not_needed"}


class OrderAction(Action, ABC):
    """What a filled form does with its order: find it again, act, clear the flow, end the turn.

    The order is looked up here once more, so no action trusts a slot that says an order was verified before.
    """

    def __init__(self, backend: OrderBackend | None = None) -> None:
        self._backend = backend

    @abstractmethod
    def name(self) -> str:
        """Return the name that rules use."""

    @abstractmethod
    async def act(self, shop: OrderBackend, order: Order, tracker: Tracker, say: CollectingDispatcher) -> None:
        """Do the one thing this action is for and tell the customer."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Events:
        """Look the order up and act on it; every failure ends in one sentence to the customer."""
        number, email = tracker.get_slot("order_number"), tracker.get_slot("email")
        try:
            shop = self._backend or order_backend()
            order = await shop.find(str(number), str(email)) if number and email else None
            if order is None:
                return [*clear(), end_turn(), *wrong_pair(dispatcher, tracker)]
            await self.act(shop, order, tracker, dispatcher)
            if served_before(tracker, self.name(), order.number):
                return hand_over(dispatcher, "asked_again")
        except OrderOutcomeUnknown as exc:
            outcome_unknown(dispatcher, self.name(), exc, str(number))
            return hand_over(dispatcher, "order_outcome_unknown")
        except ORDERS_FAILED as exc:
            orders_down(dispatcher, self.name(), exc)
        return [*clear(), end_turn()]


def day(value: date | None) -> str:
    """Return a date as customers read it ("4 May 2026"), or nothing."""
    return f"{value.day} {value:%B %Y}" if value else ""


def status_phrase(order: Order, tracker: Tracker) -> str:
    """Return what completes the sentence "Your order ...", verb included, in the customer's language."""
    if spoken(tracker) == "zh":
        return chinese.status_phrase(order)
    phrase = STATUS_PHRASES[order.status]
    if order.status == "shipped":
        phrase += f" with {order.carrier}" if order.carrier else ""
        phrase += f" since {day(order.shipped_on)}" if order.shipped_on else ""
        phrase += f", tracking number {order.tracking}" if order.tracking else ""
    if order.status == "delivered" and order.delivered_on:
        phrase += f" on {day(order.delivered_on)}"
    return phrase


class ValidateTrackOrderForm(OrderForm):
    """Checks the answers of the order status form."""

    def name(self) -> str:
        """Return the name that Rasa calls."""
        return "validate_track_order_form"


class ActionOrderStatus(OrderAction):
    """Says where an order is."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_order_status"

    async def act(self, shop: OrderBackend, order: Order, tracker: Tracker, say: CollectingDispatcher) -> None:
        """Tell status, carrier and dates, as far as the shop knows them."""
        say.utter_message(
            response="utter_order_lost" if order.status == "lost" else "utter_order_status",
            order_number=order.number,
            order_status=status_phrase(order, tracker),
            items=", ".join(order.items),
        )
        missed = missed_day(tracker, "track_order_form", date.today())
        if missed and order.status in UNDERWAY:
            say.utter_message(response="utter_order_late", day=day(missed))


class ValidateCancelOrderForm(OrderForm):
    """Checks the answers of the cancel form; ends it early when the order can no longer be cancelled."""

    def name(self) -> str:
        """Return the name that Rasa calls."""
        return "validate_cancel_order_form"

    async def possible(self, shop: OrderBackend, order: Order) -> bool:
        """Return whether asking "really cancel?" makes sense."""
        return order.changeable

    def extract_confirm(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Slots:
        """Take "I do not want to cancel it" as the no that it is, unless something else is asked for instead."""
        asked = tracker.get_slot("requested_slot") == "confirm" and active_form(tracker) == self.form_name()
        if tracker.latest_message.get("negated") and intent(tracker.latest_message) in OTHER_REQUESTS:
            return {}
        return {"confirm": False} if asked and fields.is_refused("cancel", typed(tracker)) else {}


class ActionCancelOrder(OrderAction):
    """Cancels an order after the customer's yes."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_cancel_order"

    async def act(self, shop: OrderBackend, order: Order, tracker: Tracker, say: CollectingDispatcher) -> None:
        """Cancel, or say that it is cancelled already, that it is too late, or that nothing was changed."""
        response = "utter_kept"
        if not order.changeable:
            response = NOT_CANCELLED.get(order.status, "utter_order_too_late")
        elif tracker.get_slot("confirm") is True:
            try:
                await shop.cancel(order)
                response = "utter_order_cancelled"
            except OrderTooLate:
                response = "utter_order_too_late"
        say.utter_message(
            response=response,
            order_number=order.number,
            order_status=status_phrase(order, tracker),
            items=", ".join(order.items),
        )


class ValidateAddressForm(OrderForm):
    """Checks the answers of the address form; ends it early when the parcel can no longer be redirected."""

    def name(self) -> str:
        """Return the name that Rasa calls."""
        return "validate_address_form"

    async def possible(self, shop: OrderBackend, order: Order) -> bool:
        """Return whether asking for an address makes sense."""
        return order.changeable

    def extract_new_address(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Slots:
        """Take the address out of a message that also says something else, such as the one that opened the form."""
        if tracker.get_slot("requested_slot") == "new_address" or tracker.get_slot("new_address"):
            return {}
        address = fields.address_within(typed(tracker))
        return {"new_address": address} if address else {}

    def validate_new_address(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> Slots:
        """Accept a text that names street, number, postcode and city."""
        if value is None:
            return {"new_address": None}
        address = fields.address(value)
        if address is None:
            dispatcher.utter_message(response="utter_address_invalid")
        return {"new_address": address}


class ActionChangeAddress(OrderAction):
    """Sends an order to another address after the customer's yes."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_change_address"

    async def act(self, shop: OrderBackend, order: Order, tracker: Tracker, say: CollectingDispatcher) -> None:
        """Change the address, or say that it is too late or that nothing was changed."""
        address = tracker.get_slot("new_address")
        response = "utter_kept"
        if not order.changeable:
            response = NOT_REDIRECTED.get(order.status, "utter_address_too_late")
        elif address and tracker.get_slot("confirm") is True:
            try:
                await shop.change_address(order, str(address))
                response = "utter_address_changed"
            except OrderTooLate:
                response = "utter_address_too_late"
        say.utter_message(
            response=response,
            order_number=order.number,
            order_status=status_phrase(order, tracker),
            new_address=address,
        )
