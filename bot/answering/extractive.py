"""The composer that writes nothing itself: it chooses sentences of past answers, so that each is a quotation.

Does not decide whether the evidence is enough: see confidence.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.answering import personal
from bot.answering.evidence import MAX_ANSWER, MIN_WORDS, Evidence, contradicts, overlap
from bot.answering.reading import Reader
from bot.answering.sentences import words

MAX_SENTENCES = 4
MAX_CANDIDATES = 24  # sentences compared for one answer
# Cosine with the question below which even a sentence of the first ticket is off the subject. Low, because a remedy
# ("charge it for an hour") often shares no word with the complaint, and the confidence has judged the ticket already.
RELATED = 0.15
# What a sentence of another ticket must have.
RELATED_ELSEWHERE = 0.30
# A sentence of another ticket must come closer than the best one of the first ticket minus this.
SLACK = 0.10
SAME_CONTENT = 0.60  # share of common words above which a sentence says nothing new


@dataclass(frozen=True)
class _Quote:
    """A sentence of the evidence and the id of the ticket it stands in."""

    text: str
    ticket_id: str


class ExtractiveComposer:
    """Chooses one to four sentences from the evidence: those nearest to the question, none said twice."""

    name = "extractive"

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def compose(self, question: str, evidence: Sequence[Evidence]) -> tuple[str, ...]:
        """Return quoted sentences in reading order, or nothing when none comes near the question."""
        candidates = [_Quote(text, item.ticket.id) for item in evidence for text in item.sentences][:MAX_CANDIDATES]
        if not candidates:
            return ()
        vectors = self._reader.vectors([question, *(quote.text for quote in candidates)])
        likeness = vectors[1:] @ vectors[0]
        chosen = sorted(self._chosen(candidates, likeness, lead=evidence[0].ticket.id))
        enough = sum(len(words(candidates[at].text)) for at in chosen) >= MIN_WORDS
        return tuple(candidates[at].text for at in chosen) if enough else ()

    def _chosen(self, candidates: Sequence[_Quote], likeness: NDArray[np.float32], lead: str) -> list[int]:
        """Return the places of the sentences taken, the first ticket's best one first."""
        own = [at for at, quote in enumerate(candidates) if quote.ticket_id == lead]
        first = max(own, key=lambda at: likeness[at], default=0)
        floor = max(RELATED_ELSEWHERE, float(likeness[first]) - SLACK)
        order = sorted(range(len(candidates)), key=lambda at: -likeness[at])
        chosen: list[int] = []
        for at in [first, *order]:
            needed = _with_reference(candidates, at)
            if likeness[at] >= (RELATED if at in own else floor) and _fits(candidates, chosen, needed):
                chosen.extend(needed)
        return chosen


def _with_reference(candidates: Sequence[_Quote], at: int) -> list[int]:
    """Return the sentence's place and those before it that it points back to."""
    start = at
    while (
        personal.depends(candidates[start].text)
        and start > 0
        and candidates[start - 1].ticket_id == candidates[at].ticket_id
    ):
        start -= 1
    return list(range(start, at + 1))


def _fits(candidates: Sequence[_Quote], chosen: Sequence[int], needed: Sequence[int]) -> bool:
    """Return whether the sentences may join: not there yet, not too long, nothing said twice or against another."""
    texts = [candidates[at].text for at in chosen]
    new = [candidates[at].text for at in needed]
    if set(needed) & set(chosen) or len(texts) + len(new) > MAX_SENTENCES:
        return False
    if sum(map(len, texts + new)) + len(texts + new) > MAX_ANSWER:
        return False
    return not any(overlap(one, two) >= SAME_CONTENT or contradicts(one, two) for one in new for two in texts)
