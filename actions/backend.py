"""Where orders live: what the actions ask of a shop's order system, and the one place that chooses one.

The demo shop and the HTTP adapter are two classes with this one interface. Neither is picked by an action, and neither
falls back to the other: a real shop that does not answer never turns into demo data.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Literal, Protocol, get_args

from bot.errors import BotError, SettingsError
from bot.settings import Settings, load_settings

logger = logging.getLogger(__name__)

OrderStatus = Literal["processing", "packed", "shipped", "delivered", "cancelled", "lost"]
ORDER_STATUSES: tuple[str, ...] = get_args(OrderStatus)
RefundStatus = Literal["waiting_for_parcel", "in_progress", "paid"]
REFUND_STATUSES: tuple[str, ...] = get_args(RefundStatus)
Wish = Literal["refund", "exchange", "replacement", "repair"]


@dataclass(frozen=True)
class Order:
    """One order of one customer; whoever holds it has shown both its number and its e-mail.

    ``rma`` and ``case_id`` are the numbers of an open return and of a recorded damage, empty when there is none.
    """

    number: str
    email: str = field(repr=False)
    status: OrderStatus
    items: tuple[str, ...] = ()
    carrier: str = ""
    tracking: str = ""
    shipped_on: date | None = None
    delivered_on: date | None = None
    rma: str = ""
    case_id: str = ""

    @property
    def changeable(self) -> bool:
        """Whether it can still be cancelled or sent elsewhere: until it is packed."""
        return self.status == "processing"


@dataclass(frozen=True)
class Refund:
    """Money on its way back: ``amount`` in euro ("189.00"), ``expected_on`` when it should arrive, if known."""

    status: RefundStatus
    amount: str
    expected_on: date | None = None


class OrderTooLate(BotError):
    """The order is packed or gone: it can no longer be changed."""


class ReturnNotPossible(BotError):
    """The shop does not take this order back (not delivered, too long ago, or returned already)."""


class OrderBackend(Protocol):
    """A shop's order system.

    Every method raises ``OrderBackendError`` when the system does not answer or answers with something unusable; the
    methods that change an order raise its kind ``OrderOutcomeUnknown`` when they may have changed it all the same.
    """

    async def find(self, number: str, email: str) -> Order | None:
        """Return the order if number and e-mail belong together, else None (never which of the two is wrong)."""

    async def cancel(self, order: Order) -> Order:
        """Cancel the order; raises ``OrderTooLate``."""

    async def change_address(self, order: Order, address: str) -> None:
        """Send the order to another address; raises ``OrderTooLate``."""

    async def start_return(self, order: Order, reason: str, wish: Wish) -> str:
        """Open a return and give its number; raises ``ReturnNotPossible``."""

    async def report_damage(self, order: Order, description: str, wish: Wish) -> str:
        """Open a case for a damaged item and give its number."""

    async def send_invoice(self, order: Order, vat_number: str = "") -> None:
        """Mail the invoice to the order's own address, made out with the VAT number if there is one."""

    async def refund_status(self, order: Order) -> Refund | None:
        """Return the refund of this order, None when there is none."""

    async def reset_access(self, email: str) -> None:
        """Mail a reset link if there is such an account; does not tell whether there is."""


def build_backend(settings: Settings) -> OrderBackend:
    """Build the order system that the settings name.

    Raises:
        SettingsError: ``orders.backend`` names none, or ``http`` has no address.
    """
    orders = settings.orders
    if orders.backend == "demo":
        from actions.demo_shop import DemoShop

        logger.warning("orders come from the built-in DEMO shop (%s); set orders.backend: http", settings.demo_shop_db)
        return DemoShop(settings.demo_shop_db)
    if orders.backend == "http":
        from actions.http_shop import HttpShop

        return HttpShop(orders.url, settings.secrets.orders_token, orders.timeout_seconds)
    raise SettingsError(f"orders.backend is {orders.backend!r}; allowed: demo, http.")


@lru_cache(maxsize=1)
def order_backend() -> OrderBackend:
    """Return this process's order system, built from its settings at the first call."""
    return build_backend(load_settings())
