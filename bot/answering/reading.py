"""Reads the hits: what of their answers may be used, how near it comes to the question, and which of them agree.

Vectors of past sentences are kept, so that each is embedded once. Does not decide which reading is the best one, nor
whether it is good enough: see confidence.py.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bot.answering.evidence import Evidence, content_words, evidence_of
from bot.answering.kinds import other_things
from retrieval.embedder import Embedder
from retrieval.tickets import Hit

Vectors = NDArray[np.float32]

# Vectors kept: about 1.5 kB each, 30 MB in all.
MAX_KEPT = 20_000
# Answers at least this near to each other (cosine) say about the same. Chosen on the calibration questions.
SAME = 0.7
# Sentences of one ticket that are compared with the question: embedding them is what an answer costs.
MAX_COMPARED = 4


@dataclass(frozen=True)
class Reading:
    """A hit with what its answer offers.

    ``sentence`` is the cosine of the question and the nearest general sentence. ``rank`` is the log odds, but for a
    constant, that it is this one that answers the question, and ``likeness`` the cosine with the best reading's answer;
    both are set once the readings are in order. ``elsewhere`` says that the ticket is about another thing than the one
    that the question names.
    """

    evidence: Evidence
    sentence: float
    vector: Vectors = field(compare=False, repr=False)
    rank: float = 0.0
    likeness: float = 1.0
    elsewhere: bool = False

    @property
    def hit(self) -> Hit:
        """The hit that was read."""
        return self.evidence.hit

    @property
    def is_rival(self) -> bool:
        """Whether it says something else than the best reading; what says the same backs it."""
        return self.likeness < SAME


class Reader:
    """Embeds questions and past answers; threads may share it."""

    def __init__(self, embedder: Embedder, kept: int = MAX_KEPT) -> None:
        self._embedder = embedder
        self._kept: OrderedDict[bytes, Vectors] = OrderedDict()
        self._limit = kept
        self._lock = threading.Lock()

    def read(self, question: str, hits: Sequence[Hit], limit: int | None = None) -> list[Reading]:
        """Return a reading of each hit that has something to say, in the same order, at most ``limit``."""
        found = [item for item in map(evidence_of, hits) if item.sentences][:limit]
        if not found:
            return []
        compared = [_nearest_by_words(question, item.sentences) for item in found]
        asked = self.asked(question)
        cosines = self.vectors([text for texts in compared for text in texts]) @ asked
        ends = np.cumsum([len(texts) for texts in compared])[:-1]
        best = [float(part.max()) for part in np.split(cosines, ends)]
        read = zip(found, best, self._answers(found), other_things(question, found), strict=True)
        return [Reading(item, near, vector, elsewhere=other) for item, near, vector, other in read]

    def asked(self, question: str) -> Vectors:
        """Return the unit vector of a question, shape [dimension]."""
        row: Vectors = self._embedder.embed_queries([question])[0]
        return row

    def _answers(self, items: Sequence[Evidence]) -> Vectors:
        """Return the vectors of the answers: those of the index, or new ones for hits that are not in it."""
        known = [item.hit.match.vector for item in items]
        missing = [item.ticket.answer for item, row in zip(items, known, strict=True) if row is None]
        embedded = iter(self.vectors(missing)) if missing else iter(())
        return np.array([next(embedded) if row is None else row for row in known], dtype=np.float32)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Return unit rows for the texts; only those not seen before are embedded."""
        keys = [hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts]
        with self._lock:
            rows = {key: self._kept[key] for key in keys if key in self._kept}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in rows}
        if missing:
            # Not under the lock: two threads may embed the same sentence, but none waits for another's model.
            # Copies: a row that is kept would otherwise keep the whole batch.
            rows |= zip(missing, map(np.copy, self._embedder.embed(list(missing.values()))), strict=True)
        with self._lock:
            for key in keys:
                self._kept[key] = rows[key]
                self._kept.move_to_end(key)
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)
        return np.array([rows[key] for key in keys], dtype=np.float32)


def in_order(readings: Sequence[Reading], ranks: Sequence[float]) -> list[Reading]:
    """Return the readings by falling rank, each with its likeness to the first; equal ranks keep their order.

    Those about another thing come last, whatever their rank: as rivals with a better one they take certainty away.
    """
    order = sorted(range(len(readings)), key=lambda at: (readings[at].elsewhere, -ranks[at]))
    return [replace(readings[at], rank=ranks[at], likeness=_likeness(readings[order[0]], readings[at])) for at in order]


def _likeness(first: Reading, other: Reading) -> float:
    return 1.0 if first is other else float(first.vector @ other.vector)


def _nearest_by_words(question: str, sentences: Sequence[str]) -> list[str]:
    """Return the sentences that share most words with the question; the first ones of a ticket where none does."""
    asked = content_words(question)
    order = sorted(range(len(sentences)), key=lambda at: (-len(asked & content_words(sentences[at])), at))
    return [sentences[at] for at in order[:MAX_COMPARED]]
