"""The demo shop keeps its promises: seeded once, nothing without the right pair, nothing changed too late."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import date, timedelta

import pytest

from actions.backend import OrderTooLate, ReturnNotPossible
from actions.demo_shop import SEED, DemoShop
from bot.errors import OrderBackendError


@pytest.fixture
def shop(tmp_path):
    return DemoShop(tmp_path / "var" / "demo_shop.db")


async def test_building_it_opens_nothing(tmp_path):
    DemoShop(tmp_path / "var" / "demo_shop.db")
    assert list(tmp_path.iterdir()) == []


async def test_finds_every_seeded_order_by_its_pair(shop):
    for number, email, status, item, *_ in SEED:
        order = await shop.find(number, email.upper())
        assert (order.number, order.status, order.items) == (number, status, (item,))


@pytest.mark.parametrize(
    ("number", "email"),
    [
        ("FH-204817", "ben@example.org"),
        ("FH-999999", "anna@example.org"),
        ("FH-204817", ""),
        ("FH-204817", "%"),
        ("FH-204817' OR 1=1 --", "anna@example.org"),
    ],
)
async def test_a_wrong_pair_finds_nothing(shop, number, email):
    assert await shop.find(number, email) is None


async def test_repr_of_an_order_hides_the_email(shop):
    assert "anna" not in repr(await shop.find("FH-204817", "anna@example.org"))


async def test_dates_move_with_the_calendar(shop):
    order = await shop.find("FH-411222", "chen@example.org")
    assert order.delivered_on == date.today() - timedelta(days=1)


async def test_cancel_happens_once_and_survives_a_restart(shop, tmp_path):
    order = await shop.find("FH-204818", "anna@example.org")
    assert (await shop.cancel(order)).status == "cancelled"
    with pytest.raises(OrderTooLate):
        await shop.cancel(order)
    again = DemoShop(tmp_path / "var" / "demo_shop.db")
    assert (await again.find("FH-204818", "anna@example.org")).status == "cancelled"


async def test_address_is_changed_only_before_packing(shop, tmp_path):
    await shop.change_address(await shop.find("FH-204818", "anna@example.org"), "Lindenstr. 12, 10969 Berlin")
    with pytest.raises(OrderTooLate):
        await shop.change_address(await shop.find("FH-300124", "ben@example.org"), "Lindenstr. 12, 10969 Berlin")
    with closing(sqlite3.connect(tmp_path / "var" / "demo_shop.db")) as db:
        rows = db.execute("SELECT number, kind, detail FROM requests").fetchall()
    assert rows == [("FH-204818", "address", "Lindenstr. 12, 10969 Berlin")]


async def test_a_return_has_one_number_and_opens_a_refund(shop):
    order = await shop.find("FH-411222", "chen@example.org")
    assert await shop.refund_status(order) is None
    rma = await shop.start_return(order, "too small", "refund")
    assert rma == await shop.start_return(order, "too small", "refund") == "R-10001"
    assert (await shop.refund_status(order)).status == "waiting_for_parcel"
    assert (await shop.find("FH-411222", "chen@example.org")).rma == rma


async def test_a_recorded_damage_is_known_with_the_order(shop):
    order = await shop.find("FH-411222", "chen@example.org")
    assert order.case_id == ""
    case_id = await shop.report_damage(order, "torn", "refund")
    assert (await shop.find("FH-411222", "chen@example.org")).case_id == case_id == "D-10001"


@pytest.mark.parametrize(("number", "email"), [("FH-204817", "anna@example.org"), ("FH-411223", "chen@example.org")])
async def test_what_was_not_delivered_is_not_returned(shop, number, email):
    with pytest.raises(ReturnNotPossible):
        await shop.start_return(await shop.find(number, email), "changed my mind", "refund")


async def test_seeded_refund_damage_case_and_the_rest(shop):
    order = await shop.find("FH-300123", "ben@example.org")
    refund = await shop.refund_status(order)
    assert (refund.status, refund.amount) == ("in_progress", "189.00")
    assert (await shop.report_damage(order, "sole came off", "replacement")).startswith("D-1")
    assert await shop.send_invoice(order) is None
    assert await shop.reset_access("nobody@example.org") is None


async def test_a_file_removed_while_running_is_made_again(shop, tmp_path):
    await shop.find("FH-204817", "anna@example.org")
    (tmp_path / "var" / "demo_shop.db").unlink()
    assert await shop.find("FH-204817", "anna@example.org")


async def test_several_who_come_to_a_removed_file_at_once_all_find_it_filled(shop, tmp_path):
    for _ in range(20):
        found = await asyncio.gather(*(shop.find("FH-204817", "anna@example.org") for _ in range(6)))
        assert all(found)
        (tmp_path / "var" / "demo_shop.db").unlink()


async def test_an_unusable_file_is_a_backend_error(tmp_path):
    (tmp_path / "demo_shop.db").write_text("this is no database" * 100)
    with pytest.raises(OrderBackendError, match="demo_shop.db"):
        await DemoShop(tmp_path / "demo_shop.db").find("FH-204817", "anna@example.org")
