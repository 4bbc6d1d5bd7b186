"""Looks up what tickets say, by id: questions, general sentences, evidence. Keeps the last ones; writes nothing."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from bot.answering.evidence import Evidence, evidence_of
from bot.answering.sentences import words
from retrieval.store import TicketStore
from retrieval.tickets import Hit, Ticket

# Tickets kept in memory, some 5 kB each.
KEPT = 5000
LONGEST = 600  # characters of a question; the networks read less
# A first message with fewer words says nothing without its subject ("see above").
LEAST_WORDS = 3


class Book:
    """The tickets of a store, read one by one; not for several threads."""

    def __init__(self, store: TicketStore) -> None:
        self.ticket = functools.lru_cache(KEPT)(store.get)
        self.sentences = functools.lru_cache(KEPT)(self._sentences)

    def question(self, ticket_id: str) -> str:
        """Return what the customer asked first, with the subject where the message alone says too little."""
        ticket = self.ticket(ticket_id)
        asked = ticket.question.strip()
        return (asked if len(words(asked)) >= LEAST_WORDS else ticket.problem_text)[:LONGEST]

    def evidence(self, ticket_ids: Sequence[str]) -> tuple[Evidence, ...]:
        """Return what the answers of tickets offer; the order is that of the search, so scores fall along it."""
        return tuple(
            evidence_of(Hit(self.ticket(name), 1.0 / (1 + at), 0.0, 0.0)) for at, name in enumerate(ticket_ids)
        )

    def text(self, ticket_id: str, numbers: Sequence[int]) -> str:
        """Return sentences of one ticket as a text."""
        said = self.sentences(ticket_id)
        return " ".join(said[number] for number in numbers)

    def _sentences(self, ticket_id: str) -> tuple[str, ...]:
        return general(self.ticket(ticket_id))


def general(ticket: Ticket) -> tuple[str, ...]:
    """Return the sentences of a ticket's answer that may be said to any customer; all that is ever learned from it."""
    return evidence_of(Hit(ticket, 0.0, 0.0, 0.0)).sentences
