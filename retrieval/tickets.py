"""What retrieval is about: solved tickets, and hits that point at them.

Plain data. Nothing here stores, embeds or ranks.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal

Role = Literal["customer", "agent"]


@dataclass(frozen=True)
class Turn:
    """One message of a ticket's conversation."""

    role: Role
    text: str


@dataclass(frozen=True)
class Ticket:
    """A solved ticket: what was asked, what was answered, and how it went.

    ``created_at`` is ISO 8601 in UTC, or empty when unknown. ``csat`` is 1..5. ``superseded_by`` is the id of the
    ticket whose answer replaces this one. ``customer_key`` is a keyed hash, never the address itself.
    """

    id: str
    subject: str = ""
    question: str = ""
    answer: str = ""
    created_at: str = ""
    channel: str = ""
    language: str = "en"
    topic: str = ""
    product: str | None = None
    csat: int | None = None
    reopened: bool = False
    superseded_by: str | None = None
    customer_key: str | None = None
    turns: tuple[Turn, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def embedding_text(self) -> str:
        """The text that stands for this ticket in the index: subject and question, not the answer."""
        return "\n".join(part.strip() for part in (self.subject, self.question) if part.strip())


@dataclass(frozen=True)
class Hit:
    """A ticket found for a query.

    ``score`` (0..1) is what hits are ordered by. ``dense`` (-1..1) is the cosine of query and ticket. ``keyword``
    (0..1) is the share of the query's informative terms, weighted by rarity, that the ticket holds.
    """

    ticket: Ticket
    score: float
    dense: float
    keyword: float


def text_hash(text: str) -> str:
    """Return the hash under which the vector of a text is kept."""
    return hashlib.sha256(text.encode()).hexdigest()


def ticket_hash(ticket: Ticket) -> str:
    """Return a hash of everything a ticket holds, so that an unchanged one is recognised."""
    return text_hash(json.dumps(asdict(ticket), sort_keys=True, ensure_ascii=False))
