"""Chooses the tickets that a generator may learn from, the newest first, and counts the others by reason."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from bot.answering.training.book import Book
from retrieval.store import TicketStore
from retrieval.tickets import Ticket, ticket_hash

# An answer that customers rated so is no example to follow.
BAD_CSAT = 2


@dataclass(frozen=True)
class Candidates:
    """Ids, the oldest first, why other tickets are not among them, and a hash of all that was looked at.

    The hash also changes when another version finds other sentences in the same tickets.
    """

    ids: tuple[str, ...]
    left_out: dict[str, int] = field(default_factory=dict)
    digest: str = ""


def candidates(
    store: TicketStore,
    book: Book,
    most: int,
    languages: Collection[str] = (),
    progress: Callable[[int], None] = lambda done: None,
) -> Candidates:
    """Return the newest tickets to learn from.

    Args:
        store: the tickets; they are read one by one, and only their ids are kept.
        book: looks up what they say.
        most: how many.
        languages: codes of the languages that the model reads; empty for all.
        progress: gets the number of tickets looked at.
    """
    left_out: Counter[str] = Counter()
    dated: list[tuple[str, int, str]] = []
    digest = hashlib.sha256()
    for place, ticket in enumerate(store.tickets()):
        digest.update(ticket_hash(ticket).encode())
        if reason := _reason(ticket, languages):
            left_out[reason] += 1
        else:
            # Tickets without a date count as the oldest, in the order of their import.
            dated.append((ticket.created_at, place, ticket.id))
        progress(place + 1)
    found: list[str] = []
    for at, (_, _, name) in enumerate(sorted(dated, reverse=True)):
        if len(found) == most:
            left_out["older than the newest that were asked for"] = len(dated) - at
            break
        if said := book.sentences(name):
            digest.update("\n".join(said).encode())
            found.append(name)
        else:
            left_out["no sentence that holds for every customer"] += 1
    return Candidates(tuple(reversed(found)), dict(left_out), digest.hexdigest())


def _reason(ticket: Ticket, languages: Collection[str]) -> str:
    """Return why a ticket is no example to follow, empty if it is one."""
    if not ticket.answer.strip() or not ticket.problem_text:
        return "without question or answer"
    if ticket.superseded_by is not None:
        return "superseded"
    if ticket.reopened or (ticket.csat is not None and ticket.csat <= BAD_CSAT):
        return "reopened or badly rated"
    if "goodwill" in ticket.tags:
        return "an exception made for one customer"
    if languages and ticket.language and ticket.language not in languages:
        return "in a language that the model does not read"
    return ""
