"""What retrieval is about: solved tickets, and hits that point at them.

Plain data. Nothing here stores, embeds or ranks.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
    def problem_text(self) -> str:
        """What was asked: subject, question and product, as customers rarely call a product by its name."""
        parts = (self.subject, self.question, self.product or "")
        return "\n".join(part.strip() for part in parts if part.strip())

    @property
    def solution_text(self) -> str:
        """What was answered; the problem where no answer is kept, so that such a ticket is ranked by that alone."""
        return self.answer.strip() or self.problem_text

    @property
    def embedding_text(self) -> str:
        """All that stands for this ticket in the index; a change of it means new vectors."""
        return f"{self.problem_text}\x1f{self.solution_text}"


@dataclass(frozen=True)
class Match:
    """How near a query comes to the two halves of a ticket: what was asked, and what was answered.

    Both are cosines (-1..1). ``vector`` is the unit vector of the solution, None where the ticket is not in the index.
    """

    problem: float = 0.0
    solution: float = 0.0
    vector: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Hit:
    """A ticket found for a query.

    ``score`` (0..1) is what hits are ordered by. ``dense`` (-1..1) is the mean of two cosines, of the query with the
    ticket's problem and with its solution, the first counting more. ``keyword`` (0..1) is the share of the query's
    informative terms, weighted by rarity, that the ticket holds. ``match`` says how both come about. ``duplicates`` are
    the ids of hits further down that give the same answer, nearly word for word, and are not shown for that. ``logit``
    is what the reranker made of question and ticket together, None where it did not read them; the first hits are
    then ordered by it and the other figures together.
    """

    ticket: Ticket
    score: float
    dense: float
    keyword: float
    match: Match = Match()
    duplicates: tuple[str, ...] = ()
    logit: float | None = None


def text_hash(text: str) -> str:
    """Return the hash under which the vector of a text is kept."""
    return hashlib.sha256(text.encode()).hexdigest()


def ticket_hash(ticket: Ticket) -> str:
    """Return a hash of everything a ticket holds, so that an unchanged one is recognised."""
    return text_hash(json.dumps(asdict(ticket), sort_keys=True, ensure_ascii=False))
