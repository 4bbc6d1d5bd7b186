"""Reads the hits: what of their answers may be used, and how near it comes to the question.

The retriever compares the question with past questions; here it is compared with what was answered. Vectors of past
answers are kept, so that a ticket is embedded once. Keeps the retriever's order: putting the nearest answer first was
tried and found no better. Does not decide whether the first one is good enough.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.answering.evidence import Evidence, evidence_of
from retrieval.embedder import Embedder
from retrieval.tickets import Hit

Vectors = NDArray[np.float32]

# Vectors kept: about 1.5 kB each, 30 MB in all.
MAX_KEPT = 20_000
# Answers at least this near to each other (cosine) say about the same. Chosen on the calibration questions.
SAME = 0.7


@dataclass(frozen=True)
class Reading:
    """A hit with what its answer offers.

    ``sentence`` is the cosine of the question and the nearest general sentence, ``answer`` that of the question and
    the subject with all general sentences. ``likeness`` is the cosine of that text with the first reading's.
    """

    evidence: Evidence
    sentence: float
    answer: float
    likeness: float

    @property
    def hit(self) -> Hit:
        """The hit that was read."""
        return self.evidence.hit

    @property
    def is_rival(self) -> bool:
        """Whether it says something else than the first reading; what says the same backs it."""
        return self.likeness < SAME


class Reader:
    """Embeds questions and past answers. Not for several threads at once."""

    def __init__(self, embedder: Embedder, kept: int = MAX_KEPT) -> None:
        self._embedder = embedder
        self._kept: OrderedDict[bytes, Vectors] = OrderedDict()
        self._limit = kept

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        """Return a reading of each hit that has something to say, in the same order."""
        found = [item for item in map(evidence_of, hits) if item.sentences]
        if not found:
            return []
        asked = self.vectors([question])[0]
        answers = self.vectors([whole(item) for item in found])
        likeness = answers @ answers[0]
        return [
            Reading(item, float((self.vectors(item.sentences) @ asked).max()), float(row @ asked), float(like))
            for item, row, like in zip(found, answers, likeness, strict=True)
        ]

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Return unit rows for the texts; only those not seen before are embedded."""
        keys = [hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._kept}
        if missing:
            for key, row in zip(missing, self._embedder.embed(list(missing.values())), strict=True):
                self._kept[key] = row
        for key in keys:
            self._kept.move_to_end(key)
        rows = np.array([self._kept[key] for key in keys], dtype=np.float32)
        while len(self._kept) > self._limit:
            self._kept.popitem(last=False)
        return rows


def whole(item: Evidence) -> str:
    """Return the text that stands for a ticket's answer."""
    return ". ".join((item.ticket.subject, " ".join(item.sentences)))
