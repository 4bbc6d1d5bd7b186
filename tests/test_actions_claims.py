"""What customers name while a flow runs: products, amounts, days and VAT numbers, compared with the order."""

from __future__ import annotations

from datetime import date

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.backend import Order
from actions.claims import missed_day, other_amount, other_product
from actions.demo_shop import DemoShop
from actions.invoice import ActionSendInvoice
from actions.returns import ValidateDamageForm
from actions.vat import vat_numbers

TODAY = date(2026, 11, 18)


def said(text, intent="report_damage", **entities):
    found = [{"entity": name, "value": value, "start": text.find(str(value))} for name, value in entities.items()]
    return {"text": text, "intent": {"name": intent}, "entities": found}


def running(form, *messages, before=(), ended=False, **slots):
    """A tracker in which the first of ``messages`` has begun the form; ``before`` was written earlier."""
    events = [{"event": "user", "parse_data": one} for one in before]
    for at, one in enumerate(messages):
        events += [{"event": "user", "parse_data": one}, {"event": "action", "name": form}]
        events += [{"event": "active_loop", "name": form}] if at == 0 else []
    return Tracker.from_dict(
        {
            "sender_id": "s",
            "slots": slots,
            "events": events,
            "latest_message": messages[-1],
            "active_loop": {} if ended else {"name": form},
        }
    )


TENT = said("my tent has a hole", product="Ridgeline 2 tent")


@pytest.mark.parametrize(
    ("items", "messages", "before", "other"),
    [
        (("Ridgeline 2 tent",), [TENT, said("FH-1", "inform")], [], ""),
        (("Emberlite stove",), [TENT, said("FH-1", "inform")], [], "Ridgeline 2 tent"),
        (("Emberlite stove", "Ridgeline 2 tent"), [TENT], [], ""),
        (("Emberlite stove",), [said("it is broken"), said("FH-1", "inform")], [TENT], ""),
        (("Emberlite stove",), [TENT, said("no, the stove", "correct", product="Emberlite stove")], [], ""),
        (("Emberlite stove",), [said("broken"), said("how heavy is", "ask_question", product="Tarn 45")], [], ""),
        (("Scree boots",), [said("exchange it for the Tarn 45", "start_return", product="Tarn 45")], [], ""),
        (("Scree boots",), [said("exchange my Tarn 45", "start_return", product="Tarn 45")], [], "Tarn 45"),
    ],
)
def test_another_product_than_the_orders(items, messages, before, other):
    assert other_product(items, running("damage_form", *messages, before=before), "damage_form") == other


async def test_a_damage_form_refuses_an_order_without_the_product_named_before(tmp_path):
    shop = DemoShop(tmp_path / "demo_shop.db")
    messages = [
        TENT,
        said("FH-204818", "inform", order_number="FH-204818"),
        said("mail", "inform", email="anna@example.org"),
    ]
    known = {"order_number": "FH-204818", "requested_slot": "email", "email": "anna@example.org"}
    tracker = running("damage_form", *messages, **known)
    tracker.events[-1:] = [{"event": "slot", "name": "email", "value": "anna@example.org"}]
    dispatcher = CollectingDispatcher()
    domain = {"forms": {"damage_form": {"required_slots": ["order_number", "email"]}}, "slots": {}}
    events = await ValidateDamageForm(shop).run(dispatcher, tracker, domain)
    assert [one["response"] for one in dispatcher.messages] == ["utter_other_product"]
    assert [event["value"] for event in events if event.get("name") == "order_number"][-1] is None


@pytest.mark.parametrize(
    ("named", "other"),
    [("20.00 EUR", "20.00"), ("189.00 EUR", ""), ("20.00 USD", ""), ("twenty", "")],
)
def test_an_amount_that_is_not_the_refunds(named, other):
    tracker = running("refund_status_form", said("refund", "ask_refund_status", amount=named))
    assert other_amount("189.00", tracker, "refund_status_form") == other


def test_of_two_amounts_none_is_taken():
    messages = [said("refund", "ask_refund_status", amount="20.00 EUR"), said("hm", "inform", amount="30.00 EUR")]
    assert other_amount("189.00", running("refund_status_form", *messages), "refund_status_form") == ""


@pytest.mark.parametrize(
    ("text", "value", "missed"),
    [
        ("it was supposed to be here last Friday", "2026-11-13", date(2026, 11, 13)),
        ("I ordered it last Friday", "2026-11-13", None),
        ("it should come next Friday", "2026-11-27", None),
        ("it should come last week", "2026-W46", None),
        ("it was due 03/04", "03/04", None),
        ("说好昨天到的", "2026-11-17", date(2026, 11, 17)),
    ],
)
def test_a_day_that_has_passed_counts_only_when_it_was_promised(text, value, missed):
    tracker = running("track_order_form", said(text, "track_order", date=value))
    assert missed_day(tracker, "track_order_form", TODAY) == missed


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("my VAT number is NL123456789B01", {"NL123456789B01"}),
        ("NL 1234.56.789.B01", {"NL123456789B01"}),
        ("vat: de123456789 please", {"DE123456789"}),
        ("发票税号DE123456789", {"DE123456789"}),
        ("BE0123456789 or FR12345678901", {"BE0123456789", "FR12345678901"}),
        ("it 12345678901", set()),
        ("it will be 0612345678", set()),
        ("XX123456789, DE12345678, NL123456789", set()),
        ("FH-204817", set()),
    ],
)
def test_vat_numbers_have_the_form_of_their_country(text, numbers):
    assert vat_numbers(text) == numbers


class Shop:
    """Finds one order and notes which invoices it was asked for."""

    def __init__(self):
        self.sent = []

    async def find(self, number, email):
        return Order(number, email, "shipped", ("Ridgeline 2 tent",))

    async def send_invoice(self, order, vat_number=""):
        self.sent.append(vat_number)


@pytest.mark.parametrize(
    ("texts", "sent", "response"),
    [
        (["an invoice with NL123456789B01", "FH-204817"], ["NL123456789B01"], "utter_invoice_sent_vat"),
        (["an invoice", "FH-204817"], [""], "utter_invoice_sent"),
        (["with NL123456789B01", "sorry, NL999999999B01"], ["NL999999999B01"], "utter_invoice_sent_vat"),
        (["NL123456789B01 or DE123456789"], [], "utter_several_vat_numbers"),
    ],
)
async def test_the_invoice_takes_up_the_vat_number(texts, sent, response):
    shop, dispatcher = Shop(), CollectingDispatcher()
    messages = [said(text, "request_invoice") for text in texts]
    pair = {"order_number": "FH-204817", "email": "anna@example.org"}
    tracker = running("invoice_form", *messages, ended=True, **pair)
    await ActionSendInvoice(shop).run(dispatcher, tracker, {})
    assert (shop.sent, [one["response"] for one in dispatcher.messages]) == (sent, [response])
