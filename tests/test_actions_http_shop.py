"""The HTTP adapter against a real small server that answers well, badly, late or not at all."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from aiohttp import web

from actions.backend import Order, OrderTooLate, Refund, ReturnNotPossible
from actions.http_shop import MAX_ANSWER_BYTES, HttpShop
from bot.errors import OrderBackendError, OrderOutcomeUnknown, SettingsError

ORDER = Order("FH-204817", "anna@example.org", "shipped", ("Ridgeline 2 tent",), "Swiftpost", "SP1", date(2026, 5, 4))
ORDER_JSON = {
    "order_number": "FH-204817",
    "email": "Anna@example.org",
    "status": "shipped",
    "items": ["Ridgeline 2 tent"],
    "carrier": "Swiftpost",
    "tracking": "SP1",
    "shipped_on": "2026-05-04",
}
CALLS = {
    "find": lambda shop: shop.find("FH-204817", "anna@example.org"),
    "cancel": lambda shop: shop.cancel(ORDER),
    "change_address": lambda shop: shop.change_address(ORDER, "Lindenstr. 12, 10969 Berlin"),
    "start_return": lambda shop: shop.start_return(ORDER, "too small", "refund"),
    "report_damage": lambda shop: shop.report_damage(ORDER, "torn", "refund"),
    "send_invoice": lambda shop: shop.send_invoice(ORDER),
    "refund_status": lambda shop: shop.refund_status(ORDER),
    "reset_access": lambda shop: shop.reset_access("anna@example.org"),
}


CHANGES = {"cancel", "change_address", "start_return", "report_damage"}


class ShopServer:
    """A shop that gives one answer to every call and remembers the calls."""

    def __init__(self, status=200, json=None, raw=None, wait=0.0, headers=None):
        self.status, self.json, self.raw, self.wait, self.headers = status, json, raw, wait, headers
        self.calls = []

    async def handle(self, request):
        self.calls.append((request.path, request.headers.get("Authorization"), await request.json()))
        await asyncio.sleep(self.wait)
        if self.raw is not None:
            return web.Response(status=self.status, body=self.raw, headers=self.headers)
        return web.json_response(self.json, status=self.status, headers=self.headers)


@pytest.fixture
def serve(aiohttp_server):
    async def start(server, timeout_seconds=5.0, token="token-1"):
        app = web.Application()
        app.router.add_post("/base/{tail:.*}", server.handle)
        running = await aiohttp_server(app)
        return HttpShop(f"{running.make_url('/base/')}", token, timeout_seconds)

    return start


async def test_find_sends_the_pair_in_the_body_with_the_token(serve):
    server = ShopServer(json=ORDER_JSON)
    order = await (await serve(server)).find("FH-204817", "anna@example.org")
    assert order == ORDER
    sent = {"order_number": "FH-204817", "email": "anna@example.org"}
    assert server.calls == [("/base/orders/find", "Bearer token-1", sent)]


async def test_without_a_token_no_header_is_sent(serve):
    server = ShopServer(json=ORDER_JSON)
    await (await serve(server, token="")).find("FH-204817", "anna@example.org")
    assert server.calls[0][1] is None


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500, "json": {}},
        {"status": 401, "json": {}},
        {"status": 302, "raw": b"", "headers": {"Location": "/base/elsewhere"}},
        {"raw": b'{"order_number": "FH-2'},
        {"raw": b"<html>maintenance</html>"},
        {"raw": b"\xff\xfe{}"},
        {"raw": b"[" * 100_000},
        {"raw": b" " * (MAX_ANSWER_BYTES + 1)},
        {"json": ["FH-204817"]},
    ],
    ids=["500", "401", "redirect", "cut", "html", "not-utf8", "nested", "huge", "list"],
)
async def test_every_call_turns_a_bad_answer_into_one_error(serve, name, answer):
    server = ShopServer(**answer)
    shop = await serve(server)
    with pytest.raises(OrderBackendError) as raised:
        await CALLS[name](shop)
    in_doubt = name in CHANGES and answer.get("status") != 401
    assert isinstance(raised.value, OrderOutcomeUnknown) is in_doubt
    assert len(server.calls) == 1, "neither repeated nor redirected"


@pytest.mark.parametrize("name", CALLS)
async def test_every_call_gives_up_in_time(serve, name):
    shop = await serve(ShopServer(json=ORDER_JSON, wait=5), timeout_seconds=0.05)
    with pytest.raises(OrderBackendError, match="no answer in 0.05 s") as raised:
        await CALLS[name](shop)
    assert isinstance(raised.value, OrderOutcomeUnknown) is (name in CHANGES)


@pytest.mark.parametrize("name", CALLS)
async def test_every_call_survives_a_shop_that_is_gone(unused_tcp_port, name):
    with pytest.raises(OrderBackendError, match="cannot be reached") as raised:
        await CALLS[name](HttpShop(f"http://127.0.0.1:{unused_tcp_port}", "", 1.0))
    assert not isinstance(raised.value, OrderOutcomeUnknown), "nothing was sent"


@pytest.mark.parametrize("name", CALLS)
async def test_a_connection_that_breaks_after_the_call_leaves_a_change_in_doubt(name, unused_tcp_port):
    async def hang_up(reader, writer):
        await reader.read(10)
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", unused_tcp_port):
        with pytest.raises(OrderBackendError, match="broke off") as raised:
            await CALLS[name](HttpShop(f"http://127.0.0.1:{unused_tcp_port}", "", 5.0))
    assert isinstance(raised.value, OrderOutcomeUnknown) is (name in CHANGES)


@pytest.mark.parametrize("name", ["cancel", "change_address", "start_return", "report_damage", "send_invoice"])
async def test_404_where_an_order_was_expected_is_an_error(serve, name):
    with pytest.raises(OrderBackendError, match="404"):
        await CALLS[name](await serve(ShopServer(status=404, json={})))


@pytest.mark.parametrize("name", ["find", "refund_status", "reset_access"])
async def test_404_means_there_is_none(serve, name):
    assert await CALLS[name](await serve(ShopServer(status=404, raw=b"not json"))) is None


@pytest.mark.parametrize(
    ("name", "error"),
    [("cancel", OrderTooLate), ("change_address", OrderTooLate), ("start_return", ReturnNotPossible)],
)
async def test_409_is_the_shops_no(serve, name, error):
    with pytest.raises(error, match="FH-204817"):
        await CALLS[name](await serve(ShopServer(status=409, json={})))


@pytest.mark.parametrize(
    "change",
    [
        {"order_number": 204817},
        {"order_number": "FH-204818"},
        {"order_number": None},
        {"email": None},
        {"email": ["anna@example.org"]},
        {"status": "on the moon"},
        {"status": ["shipped"]},
        {"items": "tent"},
        {"items": []},
        {"items": [{"name": "tent"}]},
        {"carrier": 7},
        {"tracking": "x" * 201},
        {"shipped_on": "yesterday"},
        {"delivered_on": 20260504},
    ],
)
async def test_a_field_of_the_wrong_kind_is_an_error(serve, change):
    with pytest.raises(OrderBackendError):
        await CALLS["find"](await serve(ShopServer(json={**ORDER_JSON, **change})))


async def test_open_requests_are_read_with_the_order(serve):
    order = await CALLS["find"](await serve(ShopServer(json={**ORDER_JSON, "rma": "R-1", "case_id": "D-2"})))
    assert (order.rma, order.case_id) == ("R-1", "D-2")


async def test_an_order_of_somebody_else_is_not_shown(serve):
    shop = await serve(ShopServer(json={**ORDER_JSON, "email": "ben@example.org"}))
    assert await shop.find("FH-204817", "anna@example.org") is None


async def test_cancel_believes_only_a_cancelled_order(serve):
    with pytest.raises(OrderBackendError, match="not cancelled"):
        await CALLS["cancel"](await serve(ShopServer(json=ORDER_JSON)))
    done = await CALLS["cancel"](await serve(ShopServer(json={**ORDER_JSON, "status": "cancelled"})))
    assert done.status == "cancelled"


@pytest.mark.parametrize(
    ("name", "answer", "result"),
    [
        ("start_return", {"rma": "R-12345"}, "R-12345"),
        ("report_damage", {"case_id": "D-1"}, "D-1"),
        ("refund_status", {"status": "paid", "amount": "12.00 EUR"}, Refund("paid", "12.00 EUR")),
        (
            "refund_status",
            {"status": "in_progress", "amount": "1 EUR", "expected_on": "2026-05-04"},
            Refund("in_progress", "1 EUR", date(2026, 5, 4)),
        ),
    ],
)
async def test_good_answers(serve, name, answer, result):
    assert await CALLS[name](await serve(ShopServer(json=answer))) == result


@pytest.mark.parametrize("name", ["change_address", "send_invoice", "reset_access"])
async def test_calls_without_an_answer_accept_an_empty_one(serve, name):
    assert await CALLS[name](await serve(ShopServer(status=204, raw=b""))) is None


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("start_return", {"rma": ""}),
        ("report_damage", {}),
        ("refund_status", {}),
        ("refund_status", {"status": "paid"}),
    ],
)
async def test_a_missing_number_or_status_is_an_error(serve, name, answer):
    with pytest.raises(OrderBackendError):
        await CALLS[name](await serve(ShopServer(json=answer)))


@pytest.mark.parametrize("url", ["", "shop.example", "ftp://shop.example"])
def test_a_missing_address_is_refused_at_once(url):
    with pytest.raises(SettingsError, match="orders.url"):
        HttpShop(url, "", 1.0)
