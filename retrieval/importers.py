"""Brings solved tickets from files into the store, without the personal data in them.

A bad row is skipped and reported, never the end of an import. Rows are redacted and committed some hundred at a time. A
row that is stored already is known by a hash and costs next to nothing: an import that was killed is simply started
again. Does not embed.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from retrieval.audit import Origin, RowHash
from retrieval.errors import ImportRefused
from retrieval.importing import mapping as fields
from retrieval.importing.drafts import Redaction, draft
from retrieval.importing.forms import FORMS as FORMS
from retrieval.importing.forms import Form, form_of
from retrieval.importing.reading import Row, Source
from retrieval.importing.reasons import RowRefused, one_row
from retrieval.store import BATCH, TicketStore, UpsertCounts
from retrieval.tickets import Ticket

Progress = Callable[[int], None]

# Rows between two calls of ``progress``.
REPORT_EVERY = 100
# What decides how a row becomes a ticket; after a change of any of it, rows are read anew.
RULES = ("redact.py", "redaction", "importing", "importers.py", "tickets.py", "language.py")


@dataclass(frozen=True)
class Skipped:
    """A row that was left out; ``line`` counts from 1, in a JSON array tickets instead of lines."""

    line: int
    reason: str
    ticket: str = ""


@dataclass(frozen=True)
class ImportReport:
    """What an import did; ``redactions`` counts finds of personal data by kind in all rows that were not stored yet."""

    read: int
    added: int
    updated: int
    unchanged: int
    skipped: list[Skipped]
    redactions: dict[str, int]


def import_tickets(
    path: Path,
    store: TicketStore,
    *,
    form: str,
    mapping: Mapping[str, str],
    secret: str,
    encoding: str | None = None,
    progress: Progress | None = None,
    position: Progress | None = None,
    skip: Callable[[Skipped], None] | None = None,
) -> ImportReport:
    """Redact and store the tickets of a file.

    Args:
        path: the file, gzipped or not.
        store: where the tickets go.
        form: one of ``FORMS``.
        mapping: field by column, for columns that are not called like a field; a column may be a path
            (``comments[0].body``).
        secret: keys the hashes under which a customer's tickets and unchanged rows are found.
        encoding: of the file; without it, what its bytes look like.
        progress: gets the number of rows read so far.
        position: gets the number of bytes of the file read so far.
        skip: gets each row that is left out, as it happens: what an import that breaks off has skipped is known, too.

    Raises:
        ImportRefused: the file, its form or the mapping is not usable at all, or the secret is empty.
        StorageFailed: the disk is full; what is committed stays.
    """
    if not secret:
        raise ImportRefused("An import needs a secret for customer keys. Set FRONTDESK_SECRET")
    fields.check_mapping(mapping)
    known_as = RowHash(secret, rules_version(), form, json.dumps(sorted(mapping.items())))
    products = set(store.filtered.names("product"))
    run = _Run(store, form_of(form, mapping), secret, known_as, skip, products)
    source = Source(path, encoding)
    for batch in _batches(run.form.rows(source), _both(progress, source, position)):
        run.take(batch)
    return ImportReport(
        read=run.read,
        added=run.counts.added,
        updated=run.counts.updated,
        unchanged=run.counts.unchanged,
        skipped=sorted(run.skipped, key=lambda skip: skip.line),
        redactions=dict(run.redactions),
    )


@lru_cache(maxsize=1)
def rules_version() -> str:
    """Return a hash of the code that reads and redacts rows."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for name in RULES:
        path = folder / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.parent.name != "__pycache__":
                digest.update(file.read_bytes())
    return digest.hexdigest()


def _both(progress: Progress | None, source: Source, position: Progress | None) -> Progress:
    def report(rows: int) -> None:
        if progress is not None:
            progress(rows)
        if position is not None:
            position(source.position())

    return report


def _batches(rows: Iterator[Row], progress: Progress) -> Iterator[list[Row]]:
    """Yield rows some hundred at a time; those before a damage come before its error."""
    batch: list[Row] = []
    read = 0
    try:
        for row in rows:
            batch.append(row)
            read += 1
            if read % REPORT_EVERY == 0:
                progress(read)
            if len(batch) == BATCH:
                yield batch
                batch = []
    except ImportRefused:
        if batch:
            yield batch
        raise
    if batch:
        yield batch
    progress(read)


@dataclass(frozen=True)
class _Read:
    """A row of the file with the id it gives itself and the hash it is known by."""

    line: int
    row: Mapping[str, Any]
    name: str
    hash: bytes


@dataclass
class _Run:
    """One import under way: what it has met so far."""

    store: TicketStore
    form: Form
    secret: str
    known_as: RowHash
    report: Callable[[Skipped], None] | None
    products: set[str]
    read: int = 0
    counts: UpsertCounts = UpsertCounts()
    skipped: list[Skipped] = field(default_factory=list)
    redactions: Counter[str] = field(default_factory=Counter)

    def take(self, batch: Sequence[Row]) -> None:
        """Store what is new in some hundred rows, in one transaction."""
        self.read += len(batch)
        drafts = self._drafts(self._unknown(batch))
        # Names of products stay in the texts.
        keep = sorted(self.products.union(raw.product for _, raw, _ in drafts if raw.product))
        redaction = Redaction([raw for _, raw, _ in drafts], keep)
        tickets: list[Ticket] = []
        origins: dict[str, Origin] = {}
        lines: dict[str, int] = {}
        for line, raw, row_hash in drafts:
            removed = redaction.removed(raw)
            self.redactions.update(one.kind for one in removed)
            with self._skipping(line, raw.id):
                ticket = redaction.ticket(raw)
                tickets.append(ticket)
                origins[ticket.id], lines[ticket.id] = Origin(row_hash, removed), line
        self.products.update(ticket.product for ticket in tickets if ticket.product)
        counts = self.store.upsert(tickets, origins)
        for ticket_id in counts.erased:
            self._skip(lines[ticket_id], "erased on request", ticket_id)
        self.counts += UpsertCounts(counts.added, counts.updated, counts.unchanged)

    def _unknown(self, batch: Sequence[Row]) -> Iterator[_Read]:
        """Yield the rows that are not stored as they are.

        A row whose id another row of the batch has, too, is read again: which of them is stored decides their order.
        """
        rows: list[_Read] = []
        for line, row in batch:
            with self._skipping(line):
                rows.append(self._read(line, row))
        known = self.store.audit.known({read.hash for read in rows})
        new_names = {read.name for read in rows if read.hash not in known} - {""}
        for read in rows:
            if read.hash in known and read.name not in new_names:
                self.counts += UpsertCounts(unchanged=1)
            else:
                yield read

    def _read(self, line: int, row: Mapping[str, Any] | str) -> _Read:
        if isinstance(row, str):
            raise RowRefused(row)
        return _Read(line, row, self.form.name(row), self.known_as(_bytes(row)))

    def _drafts(self, rows: Iterator[_Read]) -> list[tuple[int, Ticket, bytes]]:
        drafts: list[tuple[int, Ticket, bytes]] = []
        for read in rows:
            with self._skipping(read.line, read.name):
                drafts.append((read.line, draft(self.form.values(read.row), self.secret), read.hash))
        return drafts

    @contextmanager
    def _skipping(self, line: int, ticket: str = "") -> Iterator[None]:
        """Leave out the row that the body stumbles over."""
        try:
            with one_row():
                yield
        except RowRefused as exc:
            self._skip(line, str(exc), ticket)

    def _skip(self, line: int, reason: str, ticket: str = "") -> None:
        # A half character, as JSON may hold it, could be neither shown nor written.
        skipped = Skipped(line, reason, ticket.encode("utf-8", "backslashreplace").decode())
        self.skipped.append(skipped)
        if self.report is not None:
            self.report(skipped)


def _bytes(row: Mapping[str, Any]) -> bytes:
    """Return what a row says, the same for the same row."""
    return json.dumps(row, sort_keys=True, default=str).encode()
