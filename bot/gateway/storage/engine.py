"""What the ledger asks of a database: the seam between SQL that both engines understand and each engine's own ways.

SQL in the gateway is written once, with ``?`` for values and columns by name, for SQLite and PostgreSQL alike.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from bot.errors import LedgerUnavailable

log = logging.getLogger(__name__)


class Row(Protocol):
    """One row; columns by name, or by place from 0."""

    def __getitem__(self, key: str | int, /) -> Any: ...


class Cursor(Protocol):
    """What a statement has found or changed."""

    @property
    def rowcount(self) -> int:
        """How many rows a statement has changed."""

    def fetchone(self) -> Any:
        """Return the next row, None after the last."""

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """Runs one statement at a time."""

    def execute(self, query: str, values: Sequence[Any] = (), /) -> Cursor:
        """Run a statement with a value for each ``?``."""


class Engine(Protocol):
    """One connection to a ledger, used by one thread."""

    name: str
    remedy: str
    # Rows by their key are found in memory, sooner than a thread wakes up.
    near: bool
    # What the engine's driver raises.
    errors: tuple[type[Exception], ...]

    def open(self) -> None:
        """Connect and bring the schema up to date.

        Raises:
            SettingsError: what the settings name cannot be this version's ledger, or is another gateway's.
        """

    def connection(self) -> Connection:
        """Return the connection, a new one when the last was lost."""

    def lost(self) -> bool:
        """Say whether the last error has ended the connection; what was not committed then never happened."""

    def begin(self) -> Connection:
        """Begin a transaction that no other writer, of whatever process, runs beside."""

    def commit(self) -> None:
        """End the transaction; an error here may mean that it has been committed all the same."""

    def rollback(self) -> None:
        """Undo the transaction, as far as there is one; never fails."""

    def describe(self, error: Exception) -> str:
        """Return what went wrong in words that hold neither a customer's text nor a password."""

    def close(self) -> None:
        """Disconnect."""

    def scrub(self) -> None:
        """Remove what is deleted from files that the engine keeps beside the tables, as far as it can."""


@contextmanager
def failing(engine: Engine) -> Iterator[None]:
    """Turn what the engine's driver raises into an error of ours.

    Raises:
        LedgerUnavailable: instead of the driver's error, whose text may hold what was to be stored.
    """
    try:
        yield
    except engine.errors as exc:
        said = engine.describe(exc)
        log.warning("the ledger failed: %s", said)
        raise LedgerUnavailable(f"The ledger cannot be used now: {said}. Try again in a moment.") from None
