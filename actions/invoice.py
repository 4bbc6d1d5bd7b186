"""Invoices: mailed once more, with the customer's VAT number on them if one is named."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions import fields
from actions.backend import Order, OrderBackend
from actions.claims import vat_named
from actions.done import Events, end_turn
from actions.forms import OrderForm, typed
from actions.orders import OrderAction
from actions.vat import vat_numbers

FORM = "invoice_form"


class ValidateInvoiceForm(OrderForm):
    """Checks the answers of the invoice form."""

    def name(self) -> str:
        """Return the name that Rasa calls."""
        return "validate_invoice_form"


class ActionSendInvoice(OrderAction):
    """Mails the invoice once more, to the order's own address."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_send_invoice"

    async def act(self, shop: OrderBackend, order: Order, tracker: Tracker, say: CollectingDispatcher) -> None:
        """Send it and say where to; of two VAT numbers none is chosen, and nothing is sent."""
        numbers = vat_named(tracker, FORM)
        facts = {"order_number": order.number, "email": order.email}
        if len(numbers) > 1:
            say.utter_message(response="utter_several_vat_numbers", numbers=", ".join(sorted(numbers)), **facts)
            return
        number = next(iter(numbers), "")
        await shop.send_invoice(order, number)
        if number:
            say.utter_message(response="utter_invoice_sent_vat", vat_number=number, **facts)
        else:
            say.utter_message(response="utter_invoice_sent", **facts)


class ActionInvoiceDetail(Action):
    """Hears a VAT number or an order number right after an invoice was sent: the invoice is sent again with it."""

    def name(self) -> str:
        """Return the name that rules use."""
        return "action_invoice_detail"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Begin the invoice once more; a message that names neither gets what a detail always gets."""
        if vat_numbers(typed(tracker)) or fields.order_number(typed(tracker)):
            return [FollowupAction(FORM)]
        dispatcher.utter_message(response="utter_what_next")
        return [end_turn()]
