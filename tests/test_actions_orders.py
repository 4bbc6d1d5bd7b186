"""What happens when a form is filled: the right sentence, the flow cleared, the turn ended, facts only for the pair."""

from __future__ import annotations

from datetime import date

import pytest
from fakes import BrokenShop, SilentShop
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.account import ActionResetAccess
from actions.backend import Order, OrderTooLate, ReturnNotPossible
from actions.demo_shop import DemoShop
from actions.done import FLOW_SLOTS
from actions.invoice import ActionSendInvoice
from actions.orders import (
    ActionCancelOrder,
    ActionChangeAddress,
    ActionOrderStatus,
    day,
    status_phrase,
)
from actions.returns import ActionRefundStatus, ActionReportDamage, ActionReturnNumber, ActionStartReturn

ACTIONS = [
    ActionOrderStatus,
    ActionCancelOrder,
    ActionChangeAddress,
    ActionSendInvoice,
    ActionStartReturn,
    ActionRefundStatus,
    ActionReportDamage,
]
PROCESSING = {"order_number": "FH-204818", "email": "anna@example.org"}
SHIPPED = {"order_number": "FH-204817", "email": "anna@example.org"}
CANCELLED = {"order_number": "FH-411223", "email": "chen@example.org"}
DELIVERED = {"order_number": "FH-411222", "email": "chen@example.org"}
LOST = {"order_number": "FH-555001", "email": "dana@example.org"}
REFUNDING = {"order_number": "FH-300123", "email": "ben@example.org"}
FILLED = {
    "confirm": True,
    "new_address": "Lindenstr. 12, 10969 Berlin",
    "return_reason": "too small",
    "return_wish": "refund",
    "damage_description": "torn",
    "damage_wish": "replacement",
}


class LateShop(DemoShop):
    """A shop whose order is packed, or whose return is refused, between the form's question and the customer's yes."""

    async def cancel(self, order):
        raise OrderTooLate(order.number)

    async def change_address(self, order, address):
        raise OrderTooLate(order.number)

    async def start_return(self, order, reason, wish):
        raise ReturnNotPossible(order.number)


@pytest.fixture
def shop(tmp_path):
    return DemoShop(tmp_path / "demo_shop.db")


async def act(action, **slots):
    """Return what the action said and did."""
    dispatcher = CollectingDispatcher()
    tracker = Tracker.from_dict({"sender_id": "s", "slots": slots, "latest_message": {}, "events": []})
    events = await action.run(dispatcher, tracker, {})
    return dispatcher.messages, events


def follow(events):
    """Return the action that Rasa runs next: the last follow-up wins."""
    return [event["name"] for event in events if event["event"] == "followup"][-1]


@pytest.mark.parametrize(
    ("action", "slots", "response", "facts"),
    [
        (ActionOrderStatus, SHIPPED, "utter_order_status", {"items": "Ridgeline 2 tent"}),
        (ActionCancelOrder, {**PROCESSING, "confirm": True}, "utter_order_cancelled", {}),
        (ActionCancelOrder, {**PROCESSING, "confirm": False}, "utter_kept", {}),
        (ActionCancelOrder, PROCESSING, "utter_kept", {}),
        (ActionCancelOrder, {**SHIPPED, "confirm": True}, "utter_order_too_late", {}),
        (
            ActionChangeAddress,
            {**PROCESSING, **FILLED},
            "utter_address_changed",
            {"new_address": FILLED["new_address"]},
        ),
        (ActionChangeAddress, {**PROCESSING, **FILLED, "confirm": False}, "utter_kept", {}),
        (ActionChangeAddress, {**PROCESSING, "confirm": True}, "utter_kept", {}),
        (ActionChangeAddress, {**SHIPPED, **FILLED}, "utter_address_too_late", {}),
        (ActionSendInvoice, SHIPPED, "utter_invoice_sent", {"email": "anna@example.org"}),
        (
            ActionStartReturn,
            {**DELIVERED, **FILLED},
            "utter_return_started",
            {"rma": "R-10001", "return_wish": "refund"},
        ),
        (ActionStartReturn, SHIPPED, "utter_return_not_possible", {}),
        (ActionStartReturn, {**SHIPPED, **FILLED}, "utter_return_not_possible", {}),
        (ActionCancelOrder, {**CANCELLED, "confirm": True}, "utter_order_status", {}),
        (ActionCancelOrder, DELIVERED, "utter_order_delivered", {}),
        (ActionCancelOrder, LOST, "utter_order_lost", {}),
        (ActionOrderStatus, LOST, "utter_order_lost", {"items": "Glowmoss headlamp"}),
        (ActionChangeAddress, {**CANCELLED, **FILLED}, "utter_address_not_needed", {"order_status": "is cancelled"}),
        (ActionChangeAddress, {**DELIVERED, **FILLED}, "utter_address_not_needed", {}),
        (ActionStartReturn, {**REFUNDING, **FILLED}, "utter_return_refunding", {"items": "Scree boots"}),
        (ActionRefundStatus, DELIVERED, "utter_refund_none", {"items": "Kestrel rain jacket"}),
        (ActionReportDamage, {**PROCESSING, **FILLED}, "utter_damage_not_possible", {}),
        (ActionReportDamage, {**DELIVERED, **FILLED}, "utter_damage_reported", {"case_id": "D-10001"}),
    ],
)
async def test_one_sentence_with_its_facts(action, slots, response, facts, shop):
    (message,), events = await act(action(shop), **slots)
    assert message["response"] == response
    assert message["order_number"] == slots["order_number"]
    assert facts.items() <= message.items()
    assert follow(events) == "action_listen"
    cleared = {event["name"] for event in events if event["event"] == "slot"}
    assert cleared == set(FLOW_SLOTS), "order number and e-mail are kept"


async def test_a_refund_in_progress_tells_amount_and_day(shop):
    (message,), _ = await act(ActionRefundStatus(shop), order_number="FH-300123", email="ben@example.org")
    assert message["amount"] == "189.00"
    assert message["refund_status"].startswith("in progress and should reach you by ")


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "pair",
    [{}, {"order_number": "FH-204817"}, {"email": "anna@example.org"}, {**SHIPPED, "email": "ben@example.org"}],
)
async def test_without_the_right_pair_nothing_is_said_about_the_order(action, pair, shop):
    (message,), events = await act(action(shop), **pair, **FILLED)
    assert message["response"] == "utter_order_not_found"
    assert "order_number" not in message
    assert follow(events) == "action_listen"


@pytest.mark.parametrize("action", ACTIONS)
async def test_the_second_wrong_pair_goes_to_a_person(action, shop):
    messages, events = await act(action(shop), **{**SHIPPED, "email": "ben@example.org"}, order_attempts=1.0)
    assert messages == []
    assert follow(events) == "action_handoff"


@pytest.mark.parametrize("action", [*ACTIONS, ActionResetAccess])
async def test_a_broken_order_system_ends_in_one_sentence(action):
    (message,), events = await act(action(BrokenShop()), **PROCESSING, **FILLED)
    assert message["response"] == "utter_orders_unavailable"
    assert message["custom"]["frontdesk"]["rung"] == "handoff"
    assert follow(events) == "action_listen"


@pytest.mark.parametrize(
    ("action", "pair"),
    [
        (ActionCancelOrder, PROCESSING),
        (ActionChangeAddress, PROCESSING),
        (ActionStartReturn, DELIVERED),
        (ActionReportDamage, DELIVERED),
    ],
)
async def test_a_lost_answer_to_a_change_is_never_called_no_change(action, pair, shop):
    (doubt, handoff), events = await act(action(SilentShop(shop)), **pair, **FILLED)
    assert (doubt["response"], doubt["order_number"]) == ("utter_order_unsure", pair["order_number"])
    assert handoff["custom"]["frontdesk"]["handoff"] == "order_outcome_unknown"
    assert follow(events) == "action_listen"


@pytest.mark.parametrize(
    ("action", "said", "fact"),
    [
        (ActionStartReturn, ["utter_return_started", "utter_return_open"], "rma"),
        (ActionReportDamage, ["utter_damage_reported", "utter_damage_known"], "case_id"),
    ],
)
async def test_the_second_time_the_first_number_is_repeated(action, said, fact, shop):
    (first,), _ = await act(action(shop), **DELIVERED, **FILLED)
    (second,), _ = await act(action(shop), **DELIVERED, **{**FILLED, "damage_description": "now the hood as well"})
    assert [first["response"], second["response"]] == said
    assert first[fact] == second[fact]


@pytest.mark.parametrize(
    "slots", [{}, DELIVERED, {**DELIVERED, "email": "ben@example.org"}, {"order_number": "FH-411222"}]
)
async def test_without_an_open_return_its_number_is_not_told(slots, shop):
    (message,), events = await act(ActionReturnNumber(shop), **slots)
    assert message["response"] == "utter_return_number_unknown"
    assert follow(events) == "action_listen"


async def test_the_number_of_an_open_return_is_repeated(shop):
    await act(ActionStartReturn(shop), **DELIVERED, **FILLED)
    (message,), _ = await act(ActionReturnNumber(shop), **DELIVERED)
    assert (message["response"], message["rma"]) == ("utter_return_open", "R-10001")


async def test_the_return_number_needs_the_order_system():
    (message,), _ = await act(ActionReturnNumber(BrokenShop()), **DELIVERED)
    assert message["response"] == "utter_orders_unavailable"


@pytest.mark.parametrize(
    ("action", "pair", "response"),
    [
        (ActionCancelOrder, PROCESSING, "utter_order_too_late"),
        (ActionChangeAddress, PROCESSING, "utter_address_too_late"),
        (ActionStartReturn, DELIVERED, "utter_return_not_possible"),
    ],
)
async def test_the_shop_has_the_last_word(action, pair, response, tmp_path):
    (message,), _ = await act(action(LateShop(tmp_path / "demo_shop.db")), **pair, **FILLED)
    assert message["response"] == response


async def test_reset_access_says_where_to_look(shop):
    (message,), events = await act(ActionResetAccess(shop), email="nobody@example.org")
    assert (message["response"], message["email"]) == ("utter_access_reset", "nobody@example.org")
    assert follow(events) == "action_listen"


@pytest.mark.parametrize(
    ("order", "phrase"),
    [
        (Order("FH-1", "e", "processing"), "is being prepared in our warehouse"),
        (Order("FH-1", "e", "shipped"), "is on its way"),
        (
            Order("FH-1", "e", "shipped", (), "Norda", "NO1", date(2026, 5, 4)),
            "is on its way with Norda since 4 May 2026, tracking number NO1",
        ),
        (Order("FH-1", "e", "delivered"), "was delivered"),
        (Order("FH-1", "e", "delivered", delivered_on=date(2026, 12, 31)), "was delivered on 31 December 2026"),
        (Order("FH-1", "e", "lost"), "is overdue: the carrier is searching for the parcel"),
    ],
)
def test_status_phrase(order, phrase):
    assert status_phrase(order, Tracker.from_dict({"sender_id": "s"})) == phrase
    assert day(None) == ""
