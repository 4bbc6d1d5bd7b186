"""Brings solved tickets from files into the store, without the personal data in them.

A bad row is skipped and reported, never the end of an import. Rows are committed some hundred at a time, and importing
a file again changes nothing: an import that was killed is simply started again. Does not embed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from retrieval import mapping as fields
from retrieval.errors import ImportRefused
from retrieval.mapping import RowRefused
from retrieval.reading import Row, read_csv, read_jsonl
from retrieval.redact import customer_key, redact
from retrieval.store import TicketStore
from retrieval.tickets import Ticket, Turn, text_hash

Form = Literal["jsonl", "csv"]
Progress = Callable[[int], None]

# Rows between two calls of ``progress``.
REPORT_EVERY = 100


@dataclass(frozen=True)
class Skipped:
    """A row that was left out; ``line`` counts from 1."""

    line: int
    reason: str


@dataclass(frozen=True)
class ImportReport:
    """What an import did; ``redactions`` counts finds of personal data by kind in all rows that were read."""

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
    progress: Progress | None = None,
) -> ImportReport:
    """Redact and store the tickets of a file.

    Args:
        path: a JSONL or CSV file, gzipped or not.
        store: where the tickets go.
        form: ``jsonl`` or ``csv``.
        mapping: field by column, for columns that are not called like a field; a column may be a path
            (``comments[0].body``).
        secret: keys the hash under which a customer's tickets can be erased.
        progress: gets the number of rows read so far.

    Raises:
        ImportRefused: the file, its form or the mapping is not usable at all, or the secret is empty.
    """
    if not secret:
        raise ImportRefused("An import needs a secret for customer keys. Set FRONTDESK_SECRET")
    fields.check_mapping(mapping)
    run = _Run(mapping, secret, progress)
    counts = store.upsert(run.tickets(_rows(path, form, mapping)))
    erased = [Skipped(run.lines[key], "erased on request") for key in counts.erased]
    return ImportReport(
        read=run.read,
        added=counts.added,
        updated=counts.updated,
        unchanged=counts.unchanged,
        skipped=sorted([*run.skipped, *erased], key=lambda skip: skip.line),
        redactions=dict(run.redactions),
    )


def _rows(path: Path, form: str, mapping: Mapping[str, str]) -> Iterator[Row]:
    if form == "jsonl":
        return read_jsonl(path)
    if form == "csv":
        return read_csv(path, required=set(mapping))
    raise ImportRefused(f"The form {form!r} cannot be read. Known forms: jsonl, csv")


@dataclass
class _Run:
    """One import under way: what it has met so far."""

    mapping: Mapping[str, str]
    secret: str
    progress: Progress | None
    read: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    redactions: Counter[str] = field(default_factory=Counter)
    lines: dict[str, int] = field(default_factory=dict)

    def tickets(self, rows: Iterator[Row]) -> Iterator[Ticket]:
        """Yield the ticket of each row that can become one."""
        for line, row in rows:
            self.read += 1
            try:
                if isinstance(row, str):
                    raise RowRefused(row)
                ticket = self._ticket(fields.values_of(row, self.mapping))
            except RowRefused as exc:
                self.skipped.append(Skipped(line, str(exc)))
            else:
                self.lines[ticket.id] = line
                yield ticket
            if self.progress is not None and self.read % REPORT_EVERY == 0:
                self.progress(self.read)
        if self.progress is not None:
            self.progress(self.read)

    def _ticket(self, values: Mapping[str, Any]) -> Ticket:
        clean = _Redactor(self.redactions)
        turns = tuple(Turn(turn.role, clean(turn.text)) for turn in fields.turns(values["turns"]))
        subject, question, answer = (clean(fields.text(values[name], name)) for name in fields.TEXT_FIELDS)
        if question and turns and question != turns[0].text:
            turns = (Turn("customer", question), *turns)
        question = question or fields.opening(turns)
        answer = answer or fields.solution(turns)
        if not question or not answer:
            raise RowRefused(f"no {'answer' if question else 'question'}: nothing that a next customer could use")
        customer = fields.text(values["customer"], "customer")
        return Ticket(
            id=fields.text(values["id"], "id") or f"auto-{text_hash(question + answer)[:16]}",
            subject=subject,
            question=question,
            answer=answer,
            created_at=fields.moment(values["created_at"]),
            channel=fields.text(values["channel"], "channel"),
            language=fields.text(values["language"], "language") or "en",
            topic=fields.text(values["topic"], "topic"),
            product=fields.text(values["product"], "product") or None,
            csat=fields.rating(values["csat"]),
            reopened=fields.truth(values["reopened"], "reopened"),
            superseded_by=fields.text(values["superseded_by"], "superseded_by") or None,
            customer_key=customer_key(customer, self.secret) if customer else None,
            turns=turns,
            tags=fields.tags(values["tags"]),
        )


class _Redactor:
    """Redacts the texts of one ticket, counting a text that stands in two fields once."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._done: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        if text not in self._done:
            redacted = redact(text)
            self._counts.update(redacted.counts)
            self._done[text] = redacted.text
        return self._done[text]
