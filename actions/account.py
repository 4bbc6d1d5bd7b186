"""The customer's account: getting back in."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.backend import OrderBackend, order_backend
from actions.done import ORDERS_FAILED, Events, clear, end_turn, orders_down
from actions.forms import EmailForm, Slots


class ValidateAccessForm(EmailForm):
    """Checks the answers of the access form."""

    def name(self) -> str:
        """Return the name that Rasa calls."""
        return "validate_access_form"


class ActionResetAccess(Action):
    """Has the shop mail a reset link; says the same whether or not there is such an account."""

    def __init__(self, backend: OrderBackend | None = None) -> None:
        self._backend = backend

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_reset_access"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> Events:
        """Ask the shop for the link and say where to look for it."""
        email = str(tracker.get_slot("email"))
        try:
            await (self._backend or order_backend()).reset_access(email)
            dispatcher.utter_message(response="utter_access_reset", email=email)
        except ORDERS_FAILED as exc:
            orders_down(dispatcher, self.name(), exc)
        return [*clear(), end_turn()]
