"""What a search may be limited to: product, channel, language, topic and the day a ticket was made.

Says which tickets may be found; does not search them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from retrieval.connections import Connections
from retrieval.errors import FilterInvalid

if TYPE_CHECKING:
    from retrieval.store import TicketStore

# Columns that are compared as a whole, letter case aside; each leads an index. The one with most names comes first.
NAMED = ("product", "topic", "channel", "language")
MAX_CHARACTERS = 200
# Sorts behind every time of a day: "2026-05-31~" > "2026-05-31T23:59:59Z".
END_OF_DAY = "~"


@dataclass(frozen=True)
class Filters:
    """Conditions that a ticket must all meet; None means any. Days are ISO 8601 in UTC, both ends included.

    Raises:
        FilterInvalid: a condition could never be met as it is written.
    """

    product: str | None = None
    channel: str | None = None
    language: str | None = None
    topic: str | None = None
    created_from: str | None = None
    created_to: str | None = None

    def __post_init__(self) -> None:
        for name in NAMED:
            value = getattr(self, name)
            if value is None:
                continue
            # A lone surrogate is not printable either, and could not be handed to SQLite.
            if not (0 < len(value.strip()) <= MAX_CHARACTERS and value.isprintable()):
                raise FilterInvalid(f"{name} is {value[:40]!r}; it must be a name of 1 to {MAX_CHARACTERS} characters.")
        first, last = _day("from", self.created_from), _day("to", self.created_to)
        if first and last and first > last:
            raise FilterInvalid(f"from is {first}, which is after to ({last}). Swap them.")

    def allowed(self, store: TicketStore) -> list[int] | None:
        """Return the row ids of the tickets that meet all conditions; None when there is no condition."""
        return None if self == Filters() else store.filtered.rowids(self)


class FilterIndex:
    """Finds the tickets of a store that meet conditions, by its indexed columns."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def rowids(self, filters: Filters) -> list[int]:
        """Return the row ids of the tickets that meet all conditions, in no order."""
        given = {name: value.strip() for name in NAMED if (value := getattr(filters, name)) is not None}
        conditions = [f"{name} = :{name} COLLATE NOCASE" for name in given]
        if filters.created_from:
            conditions.append("created_at >= :first")
        if filters.created_to:
            # A ticket without a date was made at no known time, not before all others.
            conditions.append("created_at > '' AND created_at <= :last")
        # Each of these indexes holds all five columns, so no ticket is read. Without statistics SQLite would guess.
        lead = next(iter(given), "created_at")
        values = {**given, "first": filters.created_from, "last": f"{filters.created_to}{END_OF_DAY}"}
        with self._connections.reading() as db:
            sql = f"SELECT rowid FROM tickets INDEXED BY tickets_{lead} WHERE {' AND '.join(conditions) or 'true'}"
            return [row[0] for row in db.conn.execute(sql, values).fetchall()]

    def names(self, column: str) -> list[str]:
        """Return the names that a column (one of ``NAMED``) holds, the most frequent first."""
        if column not in NAMED:
            raise ValueError(f"column is {column!r}; it must be one of {', '.join(NAMED)}")
        sql = f"SELECT {column} FROM tickets WHERE {column} > '' GROUP BY 1 COLLATE NOCASE ORDER BY count(*) DESC, 1"
        with self._connections.reading() as db:
            return [row[0] for row in db.conn.execute(sql).fetchall()]


def _day(name: str, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise FilterInvalid(f"{name} is {value[:40]!r}; it must be a day such as 2026-05-31.") from None
