"""What an import has done to each ticket: from which row it came, and what was taken out of it.

A row is known by a keyed hash, a removal by its field, kind and rule; neither says anything of the personal data.
Does not redact or import.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from retrieval.connections import Connections

if TYPE_CHECKING:
    from sqlite_utils import Database

HASH_BYTES = 16


@dataclass(frozen=True)
class Removed:
    """That something was taken out of a field; never what."""

    field: str
    kind: str
    rule: str


@dataclass(frozen=True)
class Origin:
    """The row that a ticket came from, by its hash, and what was taken out of it."""

    row: bytes
    removed: tuple[Removed, ...] = ()


class RowHash:
    """Hashes rows under a key: who does not have the secret cannot try out what a row may have been."""

    def __init__(self, secret: str, *rules: str) -> None:
        self._key = hashlib.sha256("\x1f".join((secret, *rules)).encode()).digest()

    def __call__(self, row: bytes) -> bytes:
        """Return the hash of a row."""
        return hashlib.blake2b(row, key=self._key, digest_size=HASH_BYTES).digest()


class Audit:
    """The record of imports in the ticket database."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def known(self, rows: Collection[bytes]) -> set[bytes]:
        """Return which of these rows are stored just as they are."""
        marks = ", ".join("?" * len(rows))
        with self._connections.reading() as db:
            found = db.conn.execute(f"SELECT row_hash FROM origins WHERE row_hash IN ({marks})", list(rows)).fetchall()
        return {row[0] for row in found}

    def of_ticket(self, ticket_id: str) -> list[Removed]:
        """Return what was taken out of a ticket."""
        sql = (
            "SELECT field, kind, rule FROM redactions WHERE ticket_rowid = "
            "(SELECT rowid FROM tickets WHERE id = ?) ORDER BY redactions.rowid"
        )
        with self._connections.reading() as db:
            return [Removed(*row) for row in db.conn.execute(sql, [ticket_id]).fetchall()]

    def summary(self) -> list[dict[str, Any]]:
        """Return how often each rule took something out of each field, and of how many tickets."""
        sql = (
            "SELECT field, kind, rule, count(*) AS removals, count(DISTINCT ticket_rowid) AS tickets "
            "FROM redactions GROUP BY 1, 2, 3 ORDER BY removals DESC, field, kind, rule"
        )
        with self._connections.reading() as db:
            return list(db.query(sql))


def record(db: Database, rowid: int, origin: Origin | None, *, changed: bool) -> None:
    """Write down where a ticket came from, in the transaction that stores it; without an origin, forget it."""
    if changed or origin is not None:
        db.conn.execute("DELETE FROM redactions WHERE ticket_rowid = ?", [rowid])
    if origin is None:
        if changed:
            db.conn.execute("DELETE FROM origins WHERE ticket_rowid = ?", [rowid])
        return
    db.conn.execute("INSERT OR REPLACE INTO origins VALUES (?, ?)", [rowid, origin.row])
    rows: Sequence[tuple[int, str, str, str]] = [(rowid, one.field, one.kind, one.rule) for one in origin.removed]
    db.conn.executemany("INSERT INTO redactions (ticket_rowid, field, kind, rule) VALUES (?, ?, ?, ?)", rows)
