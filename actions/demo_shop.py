"""The DEMO shop: seven invented orders of Fernhollow Outdoor in a SQLite file.

It is there so that a fresh installation has flows to try. It mails nothing, ships nothing and must not be used for
customers; set ``orders.backend: http`` for a real shop. Dates move with the calendar: "delivered yesterday" stays true.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

from actions.backend import Order, OrderTooLate, Refund, ReturnNotPossible, Wish
from bot.errors import OrderBackendError

T = TypeVar("T")

RETURN_DAYS = 60
# Another process of this installation may be writing.
LOCK_WAIT_SECONDS = 5.0

TABLES = (
    "CREATE TABLE orders (number TEXT PRIMARY KEY, email TEXT NOT NULL, status TEXT NOT NULL, item TEXT NOT NULL,"
    " carrier TEXT NOT NULL, tracking TEXT NOT NULL, shipped_days_ago INTEGER, delivered_days_ago INTEGER,"
    " price TEXT NOT NULL, refunding INTEGER NOT NULL)",
    "CREATE TABLE requests (id INTEGER PRIMARY KEY, number TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL,"
    " wish TEXT NOT NULL, made_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)",
)
# number, e-mail, status, item, carrier, tracking, shipped and delivered this many days ago, price, refund in progress
SEED = (
    ("FH-204817", "anna@example.org", "shipped", "Ridgeline 2 tent", "Swiftpost", "SP48120933", 1, None, "249.00", 0),
    ("FH-204818", "anna@example.org", "processing", "Emberlite stove", "", "", None, None, "59.00", 0),
    ("FH-300123", "ben@example.org", "delivered", "Scree boots", "Swiftpost", "SP47700218", 16, 14, "189.00", 1),
    ("FH-300124", "ben@example.org", "packed", "Tarn 45 backpack", "BoxPoint", "", None, None, "159.00", 0),
    ("FH-411222", "chen@example.org", "delivered", "Kestrel rain jacket", "Norda", "NO1993471", 2, 1, "179.00", 0),
    ("FH-411223", "chen@example.org", "cancelled", "Mossbed sleeping mat", "", "", None, None, "79.00", 0),
    ("FH-555001", "dana@example.org", "lost", "Glowmoss headlamp", "Swiftpost", "SP46655170", 12, None, "45.00", 0),
)


def days_ago(days: int | None) -> date | None:
    """Return the day that many days back, None for None."""
    return None if days is None else date.today() - timedelta(days=days)


class DemoShop:
    """The demo's ``OrderBackend``; not a fallback for a real one."""

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)

    async def find(self, number: str, email: str) -> Order | None:
        """Return the order if number and e-mail belong together."""
        return await self._run(lambda db: _find(db, number, email))

    async def cancel(self, order: Order) -> Order:
        """Cancel an order that is not packed yet."""

        def work(db: sqlite3.Connection) -> Order | None:
            changed = db.execute(
                "UPDATE orders SET status = 'cancelled' WHERE number = ? AND status = 'processing'", (order.number,)
            )
            if changed.rowcount == 0:
                raise OrderTooLate(f"{order.number} is packed or gone.")
            return _find(db, order.number, order.email)

        cancelled = await self._run(work)
        if cancelled is None:
            raise OrderBackendError(f"The demo shop lost {order.number} while cancelling it.")
        return cancelled

    async def change_address(self, order: Order, address: str) -> None:
        """Note the new address of an order that is not packed yet."""

        def work(db: sqlite3.Connection) -> None:
            current = _find(db, order.number, order.email)
            if current is None or not current.changeable:
                raise OrderTooLate(f"{order.number} is packed or gone.")
            _request(db, order, "address", address)

        await self._run(work)

    async def start_return(self, order: Order, reason: str, wish: Wish) -> str:
        """Give the return's number; the same order again gets the same number."""

        def work(db: sqlite3.Connection) -> str:
            current = _find(db, order.number, order.email)
            delivered = current.delivered_on if current else None
            if delivered is None or (date.today() - delivered).days > RETURN_DAYS:
                raise ReturnNotPossible(f"{order.number} was not delivered within {RETURN_DAYS} days.")
            return _number("R", _request(db, order, "return", reason, wish))

        return await self._run(work)

    async def report_damage(self, order: Order, description: str, wish: Wish) -> str:
        """Give the case's number; the same order again gets the same number."""
        return await self._run(lambda db: _number("D", _request(db, order, "damage", description, wish)))

    async def send_invoice(self, order: Order, vat_number: str = "") -> None:
        """Note that an invoice was asked for; nothing is mailed."""
        await self._run(lambda db: _request(db, order, "invoice", f"INV-{order.number} {vat_number}".strip()))

    async def refund_status(self, order: Order) -> Refund | None:
        """Return the seeded refund, or the one that a return of this demo has opened."""

        def work(db: sqlite3.Connection) -> Refund | None:
            seeded = "SELECT price, refunding FROM orders WHERE number = ?"
            price, refunding = db.execute(seeded, (order.number,)).fetchone()
            if refunding:
                return Refund("in_progress", price, date.today() + timedelta(days=3))
            opened = "SELECT 1 FROM requests WHERE number = ? AND kind = 'return' AND wish = 'refund'"
            returned = db.execute(opened, (order.number,)).fetchone()
            return Refund("waiting_for_parcel", price) if returned else None

        return await self._run(work)

    async def reset_access(self, email: str) -> None:
        """Do nothing for any address: the demo has no accounts and mails nothing."""

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do blocking SQLite work in a thread, in one transaction."""
        try:
            return await asyncio.to_thread(self._transact, work)
        except (sqlite3.Error, OSError) as exc:
            raise OrderBackendError(f"The demo shop cannot use {self._path}: {exc}") from exc

    def _transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=LOCK_WAIT_SECONDS, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")  # whoever comes second to a new file waits, and finds it filled
            with db:
                if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'requests'").fetchone():
                    _fill(db)
                return work(db)


def _fill(db: sqlite3.Connection) -> None:
    for table in TABLES:
        db.execute(table)
    db.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", SEED)


def _find(db: sqlite3.Connection, number: str, email: str) -> Order | None:
    row = db.execute(
        "SELECT number, email, status, item, carrier, tracking, shipped_days_ago, delivered_days_ago,"
        " (SELECT id FROM requests WHERE requests.number = orders.number AND kind = 'return'),"
        " (SELECT id FROM requests WHERE requests.number = orders.number AND kind = 'damage')"
        " FROM orders WHERE number = ? AND email = ? COLLATE NOCASE",
        (number, email),
    ).fetchone()
    if row is None:
        return None
    return Order(
        number=row[0],
        email=row[1],
        status=row[2],
        items=(row[3],),
        carrier=row[4],
        tracking=row[5],
        shipped_on=days_ago(row[6]),
        delivered_on=days_ago(row[7]),
        rma=_number("R", row[8]),
        case_id=_number("D", row[9]),
    )


def _number(letter: str, request: int | None) -> str:
    """Return the number under which a customer knows a request, nothing for None."""
    return "" if request is None else f"{letter}-{10000 + request}"


def _request(db: sqlite3.Connection, order: Order, kind: str, detail: str, wish: str = "") -> int:
    """Store what was asked for and return its number; the same kind for the same order is replaced, not repeated."""
    found = db.execute("SELECT id FROM requests WHERE number = ? AND kind = ?", (order.number, kind)).fetchone()
    if found:
        db.execute("UPDATE requests SET detail = ?, wish = ? WHERE id = ?", (detail, wish, found[0]))
        return int(found[0])
    insert = "INSERT INTO requests (number, kind, detail, wish) VALUES (?, ?, ?, ?)"
    return int(db.execute(insert, (order.number, kind, detail, wish)).lastrowid or 0)
