"""Returns, refunds and damaged items."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import chinese, fields
from actions.backend import Order, OrderBackend, ReturnNotPossible, order_backend
from actions.claims import other_amount
from actions.done import ORDERS_FAILED, Events, active_form, end_turn, intent, orders_down
from actions.forms import OrderForm, Slots, opened_now, typed, unanswered
from actions.language import spoken
from actions.orders import OrderAction, day, status_phrase

REFUND_PHRASES = {
    "waiting_for_parcel": "waiting for your parcel to reach our warehouse",
    "in_progress": "in progress",
    "paid": "paid",
}
DAMAGEABLE = ("shipped", "delivered", "lost")  # something can have reached the customer, or should have


def wish_word(wish: str, tracker: Tracker) -> str:
    """Return a wish as the customer calls it."""
    return chinese.NAMES[wish] if spoken(tracker) == "zh" else wish


class WishForm(OrderForm):
    """Checks the answers of a form that asks which of two things the customer wants."""

    wish_slot: str
    wishes: tuple[str, ...]

    @abstractmethod
    def name(self) -> str:
        """Return ``validate_`` and the form's name."""

    def early_wish(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """Take a message of nothing but a wish ("refund please") as one, also when something else was asked.

        The message that opens the form may say more: "I want to exchange my boots".
        """
        if tracker.get_slot(self.wish_slot) or active_form(tracker) != self.form_name():
            return {}
        if opened_now(tracker, self.form_name()):
            named = fields.named_wish(typed(tracker), self.wishes)
            return {self.wish_slot: named} if named else {}
        wish = fields.plain_wish(typed(tracker), self.wishes)
        if wish and tracker.get_slot("requested_slot") != self.wish_slot:
            dispatcher.utter_message(response="utter_wish_noted", wish=wish_word(wish, tracker))
        return {self.wish_slot: wish} if wish else {}

    def checked_wish(self, value: Any, dispatcher: CollectingDispatcher) -> Slots:
        """Accept one wish; say that one must be chosen when both, none or only an unwanted one is named."""
        wish = fields.wish(value, self.wishes)
        if wish is None and value is not None:
            dispatcher.utter_message(response="utter_one_wish")
        return {self.wish_slot: wish}


class ValidateReturnForm(WishForm):
    """Checks the answers of the return form; ends it early when there is nothing to return, or no longer."""

    wish_slot = "return_wish"
    wishes = ("refund", "exchange")

    def name(self) -> str:
        """Return the name that Rasa calls."""
        return "validate_return_form"

    async def possible(self, shop: OrderBackend, order: Order) -> bool:
        """Return whether there is something to send back that is not on its way back already."""
        return order.status == "delivered" and not order.rma and await shop.refund_status(order) is None

    def extract_return_wish(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Slots:
        """Take a wish that comes before it is asked for."""
        return self.early_wish(dispatcher, tracker)

    def extract_return_reason(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Slots:
        """Take "I do not need it any more" as the reason that it is, although it is understood as a no or a stop."""
        reason = typed(tracker)
        sounds = intent(tracker.latest_message) in ("deny", "stop", "refuse")
        taken = sounds and unanswered(tracker, "return_reason") and fields.is_reason(reason)
        return {"return_reason": reason} if taken else {}

    def validate_return_reason(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> Slots:
        """Accept any reason that has words and is more than the wish that is asked for next."""
        only_wish = fields.plain_wish(value, self.wishes) is not None
        return {"return_reason": None if only_wish else fields.free_text(value)}

    def validate_return_wish(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> Slots:
        """Accept a refund or an exchange."""
        return self.checked_wish(value, dispatcher)


class ActionStartReturn(OrderAction):
    """Opens a return and gives its number."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_start_return"

    async def act(self, shop: OrderBackend, order: Order, tracker: Tracker, say: CollectingDispatcher) -> None:
        """Open the return, or say that the shop does not take this order back."""
        reason, wish = tracker.get_slot("return_reason"), tracker.get_slot("return_wish")
        facts = {"order_number": order.number, "items": ", ".join(order.items)}
        if order.rma:
            say.utter_message(response="utter_return_open", rma=order.rma, **facts)
            return
        if await shop.refund_status(order) is not None:
            say.utter_message(response="utter_return_refunding", **facts)
            return
        try:
            if not (reason and wish):
                raise ReturnNotPossible(f"{order.number} is {order.status}; the form ended before its questions")
            rma = await shop.start_return(order, reason, wish)
        except ReturnNotPossible:
            say.utter_message(response="utter_return_not_possible", **facts)
            return
        say.utter_message(response="utter_return_started", rma=rma, return_wish=wish_word(wish, tracker), **facts)


class ActionReturnNumber(Action):
    """Repeats the number of the open return of the order that this conversation is about."""

    def __init__(self, backend: OrderBackend | None = None) -> None:
        self._backend = backend

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_return_number"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Events:
        """Tell the number, or that there is none; says nothing about an order whose e-mail is not known here."""
        end = [] if active_form(tracker) else [end_turn()]
        number, email = tracker.get_slot("order_number"), tracker.get_slot("email")
        try:
            order = await (self._backend or order_backend()).find(str(number), str(email)) if number and email else None
        except ORDERS_FAILED as exc:
            orders_down(dispatcher, self.name(), exc)
            return end
        if order is not None and order.rma:
            dispatcher.utter_message(
                response="utter_return_open", order_number=order.number, rma=order.rma, items=", ".join(order.items)
            )
        else:
            dispatcher.utter_message(response="utter_return_number_unknown")
        return end


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
            usual = "utter_refund_return_open" if order.rma else "utter_refund_none"
            none = "utter_refund_cancelled" if order.status == "cancelled" else usual
            say.utter_message(response=none, order_number=order.number, items=", ".join(order.items), rma=order.rma)
            return
        if spoken(tracker) == "zh":
            phrase = chinese.refund_phrase(refund.status, refund.expected_on)
        else:
            by = f" and should reach you by {day(refund.expected_on)}" if refund.expected_on else ""
            phrase = REFUND_PHRASES[refund.status] + by
        say.utter_message(
            response="utter_refund_status",
            order_number=order.number,
            items=", ".join(order.items),
            refund_status=phrase,
            amount=refund.amount,
        )
        named = other_amount(refund.amount, tracker, "refund_status_form")
        if named:
            say.utter_message(response="utter_refund_named", named=named)


class ValidateDamageForm(WishForm):
    """Checks the answers of the damage form; ends it early when nothing has arrived, or it is recorded already."""

    wish_slot = "damage_wish"
    wishes = ("replacement", "refund", "repair")  # a person decides

    def name(self) -> str:
        """Return the name that Rasa calls."""
        return "validate_damage_form"

    async def possible(self, shop: OrderBackend, order: Order) -> bool:
        """Return whether something can have arrived damaged that we do not know of yet."""
        return order.status in DAMAGEABLE and not order.case_id

    def extract_damage_wish(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Slots:
        """Take a wish that comes before it is asked for."""
        return self.early_wish(dispatcher, tracker)

    def validate_damage_description(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> Slots:
        """Accept any description that has words and is more than the wish that is asked for next."""
        only_wish = fields.plain_wish(value, self.wishes) is not None
        return {"damage_description": None if only_wish else fields.free_text(value)}

    def validate_damage_wish(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> Slots:
        """Accept a replacement, a refund or a repair."""
        return self.checked_wish(value, dispatcher)


class ActionReportDamage(OrderAction):
    """Opens a case for a damaged item and gives its number."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_report_damage"

    async def act(self, shop: OrderBackend, order: Order, tracker: Tracker, say: CollectingDispatcher) -> None:
        """Open the case; what happens then is decided by a person."""
        description, wish = tracker.get_slot("damage_description"), tracker.get_slot("damage_wish")
        facts = {"order_number": order.number, "items": ", ".join(order.items)}
        if order.case_id:
            say.utter_message(response="utter_damage_known", case_id=order.case_id, **facts)
        elif order.status not in DAMAGEABLE or not (description and wish):
            say.utter_message(response="utter_damage_not_possible", order_status=status_phrase(order, tracker), **facts)
        else:
            case_id = await shop.report_damage(order, description, wish)
            say.utter_message(
                response="utter_damage_reported", case_id=case_id, damage_wish=wish_word(wish, tracker), **facts
            )
