"""What all forms share: checking single answers, and the order number with its e-mail as one pair.

A form that asks for an order goes on only when the order system knows the pair. Nothing of the order is said here.
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import fields
from actions.backend import Order, OrderBackend, order_backend
from actions.done import Events, end_turn, wrong_pair
from bot.errors import OrderBackendError, SettingsError

logger = logging.getLogger(__name__)

Slots = dict[str, Any]


class EmailForm(FormValidationAction):
    """Checks the e-mail address of a form; does not ask whether anybody owns it."""

    @abstractmethod
    def name(self) -> str:
        """Return ``validate_`` and the form's name."""

    def validate_email(self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Slots:
        """Accept one well-formed e-mail address."""
        if value is None:
            return {"email": None}
        email = fields.email(value)
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

    def validate_order_number(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> Slots:
        """Accept one order number in any of its spellings."""
        if value is None:
            return {"order_number": None}
        number = fields.order_number(value)
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
        if new.isdisjoint({"order_number", "email"}):
            return checked
        if "confirm" in new:  # a "no, it is FH-204818" corrects the order, it does not answer the question
            checked.append(SlotSet("confirm", None))
        number, email = tracker.get_slot("order_number"), tracker.get_slot("email")
        if number and email:
            checked += await self._check_pair(str(number), str(email), dispatcher, tracker)
        return checked

    async def _check_pair(self, number: str, email: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        try:
            order = await (self._backend or order_backend()).find(number, email)
        except (OrderBackendError, SettingsError) as exc:
            logger.error("%s stopped: %s", self.name(), exc)
            dispatcher.utter_message(response="utter_orders_unavailable")
            return [SlotSet("requested_slot", None), end_turn()]
        if order is None:
            return wrong_pair(dispatcher, tracker)
        verified = [SlotSet("order_attempts", 0.0)]
        return verified if self.possible(order) else [*verified, SlotSet("requested_slot", None)]

    def possible(self, order: Order) -> bool:
        """Return whether the form makes sense for this order; if not, it ends early and its action says why."""
        return True
