"""A team's own order system over HTTP.

Calls, all ``POST`` with JSON in and out and ``Authorization: Bearer <FRONTDESK_ORDERS_TOKEN>``. Everything is in the
body, so that no e-mail address reaches an access log:

    /orders/find      {order_number, email}                → 200 order · 404 not this pair
    /orders/cancel    {order_number, email}                → 200 order · 409 too late
    /orders/address   {order_number, email, address}       → 2xx · 409 too late
    /orders/return    {order_number, email, reason, wish}  → 2xx {"rma"} · 409 not possible
    /orders/damage    {order_number, email, description, wish} → 2xx {"case_id"}
    /orders/invoice   {order_number, email, vat_number?}   → 2xx
    /orders/refund    {order_number, email}                → 200 {"status", "amount", "expected_on"?} · 404 none
    /access/reset     {email}                              → 2xx · 404 no such account

    order = {"order_number", "email", "status", "items", "carrier"?, "tracking"?, "shipped_on"?, "delivered_on"?,
             "rma"?, "case_id"?}     the numbers of an open return and of a recorded damage

``items`` is a list of at least one text, ``amount`` is in euro ("189.00"), days are ``YYYY-MM-DD``, the allowed
statuses are in ``backend.py``. Anything else (a time-out, another status, broken JSON, a field of the wrong kind) is an
``OrderBackendError``. After cancel, address, return and damage it is an ``OrderOutcomeUnknown`` unless the call did not
leave or the shop refused it (4xx): it may have been carried out. Nothing is tried twice.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any, cast

from actions.backend import (
    ORDER_STATUSES,
    REFUND_STATUSES,
    Order,
    OrderStatus,
    OrderTooLate,
    Refund,
    RefundStatus,
    ReturnNotPossible,
    Wish,
)
from bot.errors import OrderBackendError, OrderOutcomeUnknown, SettingsError

MAX_ANSWER_BYTES = 256 * 1024
MAX_FIELD_CHARACTERS = 200
MAX_ITEMS = 20


class NotCarriedOut(OrderBackendError):
    """The call did not leave this machine, or the shop refused it: nothing was changed."""


class HttpShop:
    """The ``OrderBackend`` of a real shop; knows nothing that the shop does not say."""

    def __init__(self, url: str, token: str, timeout_seconds: float) -> None:
        if not url.startswith(("http://", "https://")):
            raise SettingsError(f"orders.url is {url!r}; orders.backend: http needs the shop's http(s) address.")
        self._url = url.rstrip("/")
        self._token = token
        self._timeout_seconds = timeout_seconds

    async def find(self, number: str, email: str) -> Order | None:
        """Return the order if the shop knows this pair."""
        status, body = await self._post("/orders/find", {"order_number": number, "email": email}, also=(404,))
        return None if status == 404 else _order(body, number, email)

    async def cancel(self, order: Order) -> Order:
        """Cancel the order; the shop decides whether it still can."""
        with _change():
            status, body = await self._post("/orders/cancel", _pair(order), also=(409,))
            if status == 409:
                raise OrderTooLate(f"The shop no longer cancels {order.number}.")
            cancelled = _order(body, order.number, order.email)
            if cancelled is None or cancelled.status != "cancelled":
                raise OrderBackendError(f"/orders/cancel answered 200, but {order.number} is not cancelled in it.")
            return cancelled

    async def change_address(self, order: Order, address: str) -> None:
        """Send the order to another address; the shop decides whether it still can."""
        with _change():
            status, _ = await self._post("/orders/address", {**_pair(order), "address": address}, also=(409,))
        if status == 409:
            raise OrderTooLate(f"The shop no longer redirects {order.number}.")

    async def start_return(self, order: Order, reason: str, wish: Wish) -> str:
        """Open a return and give the shop's number of it."""
        payload = {**_pair(order), "reason": reason, "wish": wish}
        with _change():
            status, body = await self._post("/orders/return", payload, also=(409,))
            if status == 409:
                raise ReturnNotPossible(f"The shop does not take {order.number} back.")
            return _text(body, "rma", required=True)

    async def report_damage(self, order: Order, description: str, wish: Wish) -> str:
        """Open a case and give the shop's number of it."""
        with _change():
            _, body = await self._post("/orders/damage", {**_pair(order), "description": description, "wish": wish})
            return _text(body, "case_id", required=True)

    async def send_invoice(self, order: Order, vat_number: str = "") -> None:
        """Have the shop mail the invoice; ``vat_number`` is sent only if there is one."""
        await self._post("/orders/invoice", {**_pair(order), **({"vat_number": vat_number} if vat_number else {})})

    async def refund_status(self, order: Order) -> Refund | None:
        """Return the refund of this order, None when the shop knows none."""
        status, body = await self._post("/orders/refund", _pair(order), also=(404,))
        if status == 404:
            return None
        state = cast(RefundStatus, _choice(body, "status", REFUND_STATUSES))
        return Refund(state, _text(body, "amount", required=True), _date(body, "expected_on"))

    async def reset_access(self, email: str) -> None:
        """Have the shop mail a reset link; an unknown account looks the same."""
        await self._post("/access/reset", {"email": email}, also=(404,))

    async def _post(
        self, path: str, payload: Mapping[str, str], also: tuple[int, ...] = ()
    ) -> tuple[int, dict[str, Any]]:
        """Return status and JSON body; the body is empty for the refusals in ``also`` and for an empty answer."""
        import aiohttp

        timeout = aiohttp.ClientTimeout(total=self._timeout_seconds)
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
                # A redirect would carry the token and the customer's address to another server.
                session.post(self._url + path, json=payload, allow_redirects=False) as response,
            ):
                if response.status in also:
                    return response.status, {}
                if 400 <= response.status < 500:
                    raise NotCarriedOut(f"{path} refused the call with {response.status}; see the order system's log.")
                if not 200 <= response.status < 300:
                    raise OrderBackendError(f"{path} answered {response.status}; see the order system's log.")
                return response.status, _object(path, await _limited(path, response.content))
        except asyncio.TimeoutError as exc:
            raise OrderBackendError(
                f"{path} gave no answer in {self._timeout_seconds} s (orders.timeout_seconds)."
            ) from exc
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as exc:
            raise NotCarriedOut(f"{path} of {self._url} cannot be reached: {exc}. Check orders.url.") from exc
        except aiohttp.ClientError as exc:
            raise OrderBackendError(f"{path} of {self._url} broke off: {exc}.") from exc


@contextmanager
def _change() -> Iterator[None]:
    """Turn each failure of a call that changes an order into doubt, unless it is certain that nothing was done."""
    try:
        yield
    except NotCarriedOut:
        raise
    except OrderBackendError as exc:
        raise OrderOutcomeUnknown(f"{exc} The change may have been made; look before it is sent again.") from exc


async def _limited(path: str, stream: Any) -> bytes:
    """Read an answer up to the limit, so that a wrong address (a download, a log stream) cannot fill the memory."""
    parts = bytearray()
    async for part in stream.iter_any():
        parts += part
        if len(parts) > MAX_ANSWER_BYTES:
            raise OrderBackendError(f"{path} answered more than {MAX_ANSWER_BYTES} bytes. Check orders.url.")
    return bytes(parts)


def _object(path: str, raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        return {}
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as exc:  # broken JSON, broken UTF-8, brackets without end
        raise OrderBackendError(f"{path} answered something that is not JSON: {exc}") from exc
    if not isinstance(data, dict):
        raise OrderBackendError(f"{path} answered a JSON {type(data).__name__}; it must be an object.")
    return data


def _pair(order: Order) -> dict[str, str]:
    return {"order_number": order.number, "email": order.email}


def _order(body: Mapping[str, Any], number: str, email: str) -> Order | None:
    """Read an order; None if it belongs to another e-mail, in case the shop does not compare them."""
    if _text(body, "order_number", required=True) != number:
        raise OrderBackendError(f"The shop answered with another order than {number}.")
    if _text(body, "email", required=True).casefold() != email.casefold():
        return None
    items = body.get("items")
    if not isinstance(items, list) or not items or not all(isinstance(item, str) for item in items):
        raise OrderBackendError(
            f"items of {number} is a {type(items).__name__}; it must be a list of texts, not empty."
        )
    return Order(
        number=number,
        email=email,
        status=cast(OrderStatus, _choice(body, "status", ORDER_STATUSES)),
        items=tuple(item[:MAX_FIELD_CHARACTERS] for item in items[:MAX_ITEMS]),
        carrier=_text(body, "carrier"),
        tracking=_text(body, "tracking"),
        shipped_on=_date(body, "shipped_on"),
        delivered_on=_date(body, "delivered_on"),
        rma=_text(body, "rma"),
        case_id=_text(body, "case_id"),
    )


def _text(body: Mapping[str, Any], key: str, *, required: bool = False) -> str:
    value = body.get(key)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or len(value) > MAX_FIELD_CHARACTERS or (required and not value):
        raise OrderBackendError(
            f"{key} must be a text of 1 to {MAX_FIELD_CHARACTERS} characters, got {type(value).__name__}."
        )
    return value


def _choice(body: Mapping[str, Any], key: str, allowed: tuple[str, ...]) -> str:
    value = body.get(key)
    if value not in allowed:
        raise OrderBackendError(f"{key} is {str(value)[:40]!r}; allowed: {', '.join(allowed)}.")
    return str(value)


def _date(body: Mapping[str, Any], key: str) -> date | None:
    value = _text(body, key)
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as exc:
        raise OrderBackendError(f"{key} is {value[:40]!r}; it must be a day such as 2026-05-04.") from exc
