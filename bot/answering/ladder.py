"""The answer ladder below the templates: past ticket, composed answer, question back, or a person.

Decides the rung from hits. Reads no file and no socket; whoever calls it gives it the search.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.answering import confidence, replies, sentences
from bot.answering.confidence import ConfidenceModel
from bot.answering.evidence import Evidence, gather
from bot.answering.generator import Generator
from bot.answering.grounding import Cited, grounded
from bot.errors import GenerationError
from bot.messages import Reply
from retrieval.tickets import Hit

log = logging.getLogger(__name__)

# A ticket this much below the first one (cosine) is no longer the same problem.
NEAR = 0.08
# Two subjects at most this far apart (cosine), under a question of few words, are two readings of it.
CLOSE = 0.04
SHORT = 6  # words
_POINTS_BACK = re.compile(
    r"^(?:and|but|or|so|also|then|what about|how about|what if|why|since when|even|really)\b"
    r"|\b(?:it|its|they|them|that|this|those|these|one|ones|there|he|she)\b",
    re.IGNORECASE,
)


Mode = Literal["hybrid", "dense", "keyword"]


class Search(Protocol):
    """Anything that finds solved tickets; ``retrieval.retriever.Retriever`` is one."""

    def search(self, query: str, top_k: int = 10, mode: Mode = "hybrid", context: Sequence[str] = ()) -> list[Hit]:
        """Return the best hits first; ``context`` holds earlier turns, oldest first."""
        ...


@dataclass(frozen=True)
class Turn:
    """One earlier turn of the conversation: who spoke (``customer`` or ``bot``) and what."""

    role: str
    text: str


class Ladder:
    """Answers one question from solved tickets; holds no state between questions."""

    def __init__(
        self,
        search: Search,
        generator: Generator,
        model: ConfidenceModel,
        *,
        threshold: float | None = None,
        top_k: int = 8,
        ask_back: bool = True,
    ) -> None:
        self._search = search
        self._generator = generator
        self._model = model
        self.threshold = model.threshold if threshold is None else threshold
        self._top_k = top_k
        self._ask_back = ask_back

    def answer(self, question: str, context: Sequence[Turn] = ()) -> Reply:
        """Return the reply; it is never empty, and never without a source unless it asks or offers a person."""
        before = followed_turn(question, context)
        hits = self.hits(question, before)
        probability = self._model.probability(confidence.features(question, hits)) if hits else 0.0
        readings = two_readings(question, hits) if self._ask_back and not _asked_back(context) else ()
        if readings and probability >= self.threshold / 2:
            return replies.clarify(readings, probability)
        if probability < self.threshold:
            return replies.handoff(probability)
        query = f"{before} {question}".strip()
        return self._supported(query, gather(hits), probability) or replies.handoff(probability)

    def hits(self, question: str, before: str = "") -> list[Hit]:
        """Return the tickets that may speak today, best first; ``before`` is what a follow-up refers to."""
        found = self._search.search(question, self._top_k, context=[before] if before else [])
        return [hit for hit in found if hit.ticket.superseded_by is None]

    def _supported(self, query: str, evidence: Sequence[Evidence], probability: float) -> Reply | None:
        if not evidence:
            return None
        whole = standing_alone(evidence)
        if whole is not None:
            return replies.ticket(whole, probability)
        cited = self._composed(query, evidence)
        return replies.generated(cited, evidence, probability) if cited else None

    def _composed(self, query: str, evidence: Sequence[Evidence]) -> tuple[Cited, ...]:
        near = [item for item in evidence if is_near(item, evidence[0])]
        try:
            draft = self._generator.compose(query, near)
        except GenerationError as exc:
            log.warning("generator %s failed: %s", self._generator.name, exc)
            return ()
        return grounded(draft, near)


def is_near(item: Evidence, lead: Evidence) -> bool:
    """Return whether a ticket treats the same problem as the first one."""
    return item.ticket.topic == lead.ticket.topic and item.hit.dense >= lead.hit.dense - NEAR


def standing_alone(evidence: Sequence[Evidence]) -> Evidence | None:
    """Return the first ticket if its answer can be sent as it is."""
    return evidence[0] if evidence[0].alone is not None else None


def followed_turn(question: str, context: Sequence[Turn]) -> str:
    """Return the customer's turn that a follow-up refers to, or nothing when the question says enough itself.

    A follow-up has at most three words, or a pronoun or a linking word and at most twelve. Nothing else is resolved.
    """
    before = next((turn.text.strip() for turn in reversed(context) if turn.role == "customer"), "")
    count = len(sentences.words(question))
    follows = count <= 3 or (count <= 12 and _POINTS_BACK.search(question.strip()) is not None)
    return before if follows and before != question.strip() else ""


def two_readings(question: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Return the two best hits of different topics if a short question fits both about equally, else nothing."""
    if len(hits) < 2 or len(sentences.words(question)) > SHORT:
        return ()
    first = hits[0]
    # A pressed button carries a ticket's own subject: asking again would go round in circles.
    if any(question.strip().casefold() == replies.reading(hit).casefold() for hit in hits):
        return ()
    second = next((hit for hit in hits[1:] if hit.ticket.topic != first.ticket.topic), None)
    if second is None or second.dense < first.dense - CLOSE:
        return ()
    same = sum(hit.ticket.topic == first.ticket.topic for hit in hits[:5])
    return (first, second) if same <= 3 and all(map(replies.reading, (first, second))) else ()


def _asked_back(context: Sequence[Turn]) -> bool:
    """Return whether the bot's last turn was already a question back."""
    last = next((turn.text for turn in reversed(context) if turn.role == "bot"), "")
    return last.startswith(replies.CLARIFY)
