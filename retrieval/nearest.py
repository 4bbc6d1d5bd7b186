"""The dense half of a search: how near tickets come to any wording of a question.

Exact where it counts: whatever a quantised index or the keyword search brought is measured on the stored vectors. Does
not embed and does not fuse.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from retrieval.tickets import Hit, Match
from retrieval.vectors.base import PARTS, VectorIndex, Vectors


@dataclass(frozen=True)
class Nearest:
    """The wordings of one question, as unit rows [wordings, dimension], and what the cosine of each loses."""

    index: VectorIndex
    wordings: Vectors
    penalties: Sequence[float]

    def search(self, pool: int, others: Collection[int], allowed: Collection[int] | None) -> dict[int, float]:
        """Return the cosine of at least ``pool`` tickets and of ``others``, by row id: the greatest of all wordings.

        Tickets that are not in the index are left out.
        """
        found = [dict(self.index.search(row, pool, allowed)) for row in self.wordings]
        wanted = set(others).union(*found)
        best: dict[int, float] = {}
        for row, cosines, penalty in zip(self.wordings, found, self.penalties, strict=True):
            missing = sorted(wanted - cosines.keys())
            every = cosines | (self.index.similarities(row, missing) if missing else {})
            best |= {key: max(cosine - penalty, best.get(key, -1.0)) for key, cosine in every.items()}
        return best

    def matched(self, hits: Sequence[tuple[int, Hit]]) -> list[Hit]:
        """Add to each hit what the two halves of its stored vectors say apart."""
        stored = self.index.vectors([rowid for rowid, _ in hits])
        return [replace(hit, match=self._match(stored[rowid])) if rowid in stored else hit for rowid, hit in hits]

    def _match(self, pair: Vectors) -> Match:
        problem, solution = np.split(pair, PARTS)
        offs = np.asarray(self.penalties, dtype=np.float32)
        cosines = [float((self.wordings @ half - offs).max()) for half in (problem, solution)]
        return Match(cosines[0], cosines[1], solution)
