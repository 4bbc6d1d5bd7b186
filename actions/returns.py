"""Returns, refunds and damaged items."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import fields
from actions.backend import Order, OrderBackend, ReturnNotPossible
from actions.forms import OrderForm, Slots
from actions.orders import OrderAction, day

REFUND_PHRASES = {
    "waiting_for_parcel": "waiting for your parcel to reach our warehouse",
    "in_progress": "in progress",
    "paid": "paid",
}


class ValidateReturnForm(OrderForm):
    """Checks the answers of the return form; ends it early when the order has not arrived yet."""

    def name(self) -> str:
        """Return the name that Rasa calls."""
        return "validate_return_form"

    def possible(self, order: Order) -> bool:
        """Return whether there is something to send back."""
        return order.status == "delivered"

    def validate_return_reason(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> Slots:
        """Accept any reason that has words."""
        return {"return_reason": fields.free_text(value)}

    def validate_return_wish(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> Slots:
        """Accept a refund or an exchange."""
        return {"return_wish": fields.wish(value, ("refund", "exchange"))}


class ActionStartReturn(OrderAction):
    """Opens a return and gives its number."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_start_return"

    async def act(self, shop: OrderBackend, order: Order, tracker: Tracker, say: CollectingDispatcher) -> None:
        """Open the return, or say that the shop does not take this order back."""
        reason, wish = tracker.get_slot("return_reason"), tracker.get_slot("return_wish")
        try:
            if not (reason and wish):
                raise ReturnNotPossible(f"{order.number} is {order.status}; the form ended before its questions")
            rma = await shop.start_return(order, reason, wish)
        except ReturnNotPossible:
            say.utter_message(response="utter_return_not_possible", order_number=order.number)
            return
        say.utter_message(response="utter_return_started", order_number=order.number, rma=rma, return_wish=wish)


class ValidateRefundStatusForm(OrderForm):
    """Checks the answers of the refund status form."""

    def name(self) -> str:
        """Return the name that Rasa calls."""
        return "validate_refund_status_form"


class ActionRefundStatus(OrderAction):
    """Says where the money is."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_refund_status"

    async def act(self, shop: OrderBackend, order: Order, tracker: Tracker, say: CollectingDispatcher) -> None:
        """Tell status, amount and the expected day, or that there is no refund."""
        refund = await shop.refund_status(order)
        if refund is None:
            say.utter_message(response="utter_refund_none", order_number=order.number)
            return
        phrase = REFUND_PHRASES[refund.status]
        if refund.expected_on:
            phrase += f" and should reach you by {day(refund.expected_on)}"
        say.utter_message(
            response="utter_refund_status", order_number=order.number, refund_status=phrase, amount=refund.amount
        )


class ValidateDamageForm(OrderForm):
    """Checks the answers of the damage form."""

    def name(self) -> str:
        """Return the name that Rasa calls."""
        return "validate_damage_form"

    def validate_damage_description(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> Slots:
        """Accept any description that has words."""
        return {"damage_description": fields.free_text(value)}

    def validate_damage_wish(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> Slots:
        """Accept a replacement or a refund."""
        return {"damage_wish": fields.wish(value, ("replacement", "refund"))}


class ActionReportDamage(OrderAction):
    """Opens a case for a damaged item and gives its number."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_report_damage"

    async def act(self, shop: OrderBackend, order: Order, tracker: Tracker, say: CollectingDispatcher) -> None:
        """Open the case; what happens then is decided by a person."""
        description, wish = tracker.get_slot("damage_description"), tracker.get_slot("damage_wish")
        case_id = await shop.report_damage(order, str(description or ""), wish or "replacement")
        say.utter_message(
            response="utter_damage_reported", order_number=order.number, case_id=case_id, damage_wish=wish
        )
