"""The ticket store: solved tickets, their keyword index and their vectors, in one SQLite file.

Does not redact (importers do), embed (the index builder does) or rank (the retriever does).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.audit import Audit, Origin, record
from retrieval.connections import MEMORY, Connections
from retrieval.errors import TicketNotFound
from retrieval.filters import FilterIndex
from retrieval.keywords import KeywordIndex
from retrieval.migrations import migrate
from retrieval.rows import COLUMNS, from_row, to_row
from retrieval.terms import informative_terms
from retrieval.tickets import Ticket

if TYPE_CHECKING:
    from sqlite_utils import Database

# Tickets in one transaction: what a kill can lose at most, while a commit stays cheap.
BATCH = 500

UPSERT = (
    f"INSERT INTO tickets ({', '.join(COLUMNS)}) VALUES ({', '.join(':' + name for name in COLUMNS)}) "
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in COLUMNS[1:])}"
)
UNEMBEDDED = "NOT EXISTS (SELECT 1 FROM vectors WHERE vectors.text_hash = tickets.text_hash AND fingerprint = ?)"


@dataclass(frozen=True)
class UpsertCounts:
    """What storing tickets did; ``erased`` are ids that were left out because their erasure is on record."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    erased: tuple[str, ...] = ()

    def __add__(self, other: UpsertCounts) -> UpsertCounts:
        return UpsertCounts(
            self.added + other.added,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.erased + other.erased,
        )


class TicketStore:
    """Solved tickets in SQLite; ``path`` may be ``:memory:``. Threads and processes may share one file."""

    def __init__(self, path: Path | str) -> None:
        if str(path) != MEMORY:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._connections = Connections(str(path))
        self.keywords = KeywordIndex(self._connections)
        self.filtered = FilterIndex(self._connections)
        self.audit = Audit(self._connections)
        with self._connections.reading() as db:
            migrate(db)

    def __enter__(self) -> TicketStore:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store; it cannot be used afterwards."""
        self._connections.close()

    def upsert(self, tickets: Iterable[Ticket], origins: Mapping[str, Origin] | None = None) -> UpsertCounts:
        """Add new tickets and replace changed ones, some hundred to a transaction; ``origins`` go into the audit."""
        counts = UpsertCounts()
        remaining = iter(tickets)
        while batch := list(islice(remaining, BATCH)):
            with self._connections.writing() as db:
                counts += _upsert_batch(db, batch, origins or {})
        return counts

    def get(self, ticket_id: str) -> Ticket:
        """Return a ticket.

        Raises:
            TicketNotFound: no ticket has this id.
        """
        rows = self._query("SELECT * FROM tickets WHERE id = ?", [ticket_id])
        if not rows:
            raise TicketNotFound(f"No ticket has the id {ticket_id!r}. See: frontdesk tickets export")
        return from_row(rows[0])

    def tickets(self, every: int = 1) -> Iterator[Ticket]:
        """Yield tickets in the order they were added: all, or those whose row id is a multiple of ``every``."""
        sql, last = "SELECT * FROM tickets WHERE rowid > ? AND rowid % ? = 0 ORDER BY rowid LIMIT ?", 0
        while rows := self._query(sql, [last, every, BATCH]):
            yield from map(from_row, rows)
            last = rows[-1]["rowid"]

    def count(self) -> int:
        """Return the number of tickets."""
        return int(self._query("SELECT count(*) AS n FROM tickets")[0]["n"])

    def by_rowids(self, rowids: Sequence[int]) -> dict[int, Ticket]:
        """Return the tickets of these row ids; ids that no longer exist are left out."""
        rows = self._query(f"SELECT * FROM tickets WHERE rowid IN ({_marks(rowids)})", rowids)
        return {row["rowid"]: from_row(row) for row in rows}

    def rowids(self, ticket_ids: Sequence[str]) -> dict[str, int]:
        """Return the row ids of these tickets; unknown ids are left out."""
        rows = self._query(f"SELECT id, rowid FROM tickets WHERE id IN ({_marks(ticket_ids)})", ticket_ids)
        return {row["id"]: row["rowid"] for row in rows}

    def stats(self) -> dict[str, Any]:
        """Return counts for people to read; ``oldest`` and ``newest`` are dates, empty when no ticket has one."""
        row = self._query(
            "SELECT count(*) AS tickets, avg(csat) AS csat, coalesce(sum(reopened), 0) AS reopened, "
            "count(superseded_by) AS superseded, count(DISTINCT customer_key) AS customers, "
            "coalesce(min(nullif(created_at, '')), '') AS oldest, coalesce(max(created_at), '') AS newest, "
            "(SELECT count(*) FROM erasures) AS erasures FROM tickets"
        )[0]
        return row | {name + "s": self._groups(name) for name in ("topic", "channel", "language")}

    def keyword_search(self, query: str, top_k: int) -> list[tuple[int, float]]:
        """Return row ids and BM25 weights (higher is better) of the tickets that hold words of the query."""
        return self.keywords.search(informative_terms(query), top_k)

    def term_weights(self, terms: Sequence[str]) -> dict[str, float]:
        """Return the inverse document frequency of each term; a term in no ticket weighs most."""
        return self.keywords.weights(terms)

    def count_to_embed(self, fingerprint: str) -> int:
        """Return how many pairs :meth:`rows_to_embed` yields."""
        sql = f"SELECT count(DISTINCT text_hash) AS n FROM tickets WHERE {UNEMBEDDED}"
        return int(self._query(sql, [fingerprint])[0]["n"])

    def rows_to_embed(self, fingerprint: str) -> Iterator[tuple[str, str, str]]:
        """Yield hash, problem and solution of what no vector of this embedder exists for, each pair once."""
        texts = "rowid, text_hash, subject, question, answer, product"
        first = "rowid = (SELECT min(rowid) FROM tickets AS same WHERE same.text_hash = tickets.text_hash)"
        sql, last = f"SELECT {texts} FROM tickets WHERE {UNEMBEDDED} AND {first} AND rowid > ? ORDER BY 1 LIMIT ?", 0
        while rows := self._query(sql, [fingerprint, last, BATCH]):
            for row in rows:
                last, key = row.pop("rowid"), row.pop("text_hash")
                ticket = Ticket(id="", **row)
                yield key, ticket.problem_text, ticket.solution_text

    def add_vectors(self, fingerprint: str, vectors: Iterable[tuple[str, bytes]]) -> None:
        """Keep vectors (float32 bytes, problem and solution side by side) under their hash, in one transaction."""
        rows = [(key, fingerprint, vector) for key, vector in vectors]
        with self._connections.writing() as db:
            db.conn.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def vectors(self, fingerprint: str, after: int = 0, limit: int = -1) -> list[tuple[int, str, bytes]]:
        """Return row id, text hash and vector of the tickets this embedder has embedded: all, or ``limit`` of them."""
        rows = self._query(
            "SELECT tickets.rowid, text_hash, vector FROM tickets JOIN vectors USING (text_hash) "
            "WHERE fingerprint = ? AND tickets.rowid > ? ORDER BY tickets.rowid LIMIT ?",
            [fingerprint, after, limit],
        )
        return [(row["rowid"], row["text_hash"], row["vector"]) for row in rows]

    def content_hash(self) -> str:
        """Return a hash of what an index depends on: row ids and embedded texts."""
        with self._connections.reading() as db:
            return hash_rows(db.conn.execute("SELECT rowid, text_hash FROM tickets ORDER BY rowid"))

    def erase_customer(self, key: str) -> int:
        """Erase all tickets of a customer, log it, and return how many they were; later imports leave them out."""
        return self._erase("customer", key, "customer_key")

    def erase_ticket(self, ticket_id: str) -> int:
        """Erase one ticket, log it, and return 1, or 0 if it was not stored; later imports leave it out."""
        return self._erase("ticket", ticket_id, "id")

    def _erase(self, kind: str, name: str, column: str) -> int:
        with self._connections.writing() as db:
            erased = db.conn.execute(f"DELETE FROM tickets WHERE {column} = ?", [name]).rowcount
            db.conn.execute("DELETE FROM vectors WHERE text_hash NOT IN (SELECT text_hash FROM tickets)")
            # Without this, the words of a deleted row stay in old segments of the keyword index.
            db.conn.execute("INSERT INTO tickets_fts (tickets_fts) VALUES ('optimize')")
            db.conn.execute("INSERT INTO erasures VALUES (?, ?, ?, ?)", [kind, name, erased, _now()])
        with self._connections.reading() as db:
            db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return int(erased)

    def _query(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        with self._connections.reading() as db:
            return list(db.query(sql, list(parameters)))

    def _groups(self, column: str) -> dict[str, int]:
        rows = self._query(f"SELECT {column} AS name, count(*) AS n FROM tickets GROUP BY 1 ORDER BY n DESC, name")
        return {row["name"]: row["n"] for row in rows}


def hash_rows(rows: Iterable[tuple[int, str]]) -> str:
    """Return the hash of pairs of row id and text hash, in the order of row ids."""
    digest = hashlib.sha256()
    for rowid, key in rows:
        digest.update(f"{rowid}:{key}\n".encode())
    return digest.hexdigest()


def _upsert_batch(db: Database, batch: Sequence[Ticket], origins: Mapping[str, Origin]) -> UpsertCounts:
    known = _known_hashes(db, [ticket.id for ticket in batch])
    erased = {ticket.id for ticket in batch if _is_erased(db, ticket)}
    added = updated = 0
    rows = [to_row(ticket) for ticket in batch if ticket.id not in erased]
    changed: dict[str, bool] = {}
    for row in rows:
        changed.setdefault(row["id"], False)
        if known.get(row["id"]) == row["content_hash"]:
            continue
        added, updated = (added, updated + 1) if row["id"] in known else (added + 1, updated)
        db.conn.execute(UPSERT, row)
        known[row["id"]], changed[row["id"]] = row["content_hash"], True
    for ticket_id, anew in changed.items():
        rowid = db.conn.execute("SELECT rowid FROM tickets WHERE id = ?", [ticket_id]).fetchone()[0]
        record(db, rowid, origins.get(ticket_id), changed=anew)
    return UpsertCounts(added, updated, len(rows) - added - updated, tuple(sorted(erased)))


def _known_hashes(db: Database, ids: Sequence[str]) -> dict[str, str]:
    return dict(db.conn.execute(f"SELECT id, content_hash FROM tickets WHERE id IN ({_marks(ids)})", ids).fetchall())


def _is_erased(db: Database, ticket: Ticket) -> bool:
    """Tell whether the ticket was erased, or is older than the erasure of its customer."""
    sql = (
        "SELECT 1 FROM erasures WHERE kind = 'ticket' AND name = :id "
        "OR kind = 'customer' AND name = :key AND erased_at >= :created_at LIMIT 1"
    )
    values = {"id": ticket.id, "key": ticket.customer_key, "created_at": ticket.created_at}
    return db.conn.execute(sql, values).fetchone() is not None


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
