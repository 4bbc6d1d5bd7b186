"""Exact candidates: every vector is compared. Fastest for some ten thousand tickets; needs no training.

Nothing of it is written to a release: it is made from the exact vectors when an index is opened.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.vectors.base import Ids, Vectors, as_ids, combine
from retrieval.vectors.pairs import Pairs


class Exact:
    """All vectors in memory as float32 (FAISS: IndexIDMap2 over IndexFlatIP)."""

    kind = "exact"

    def __init__(self, pairs: Pairs, dimension: int) -> None:
        import faiss

        self._faiss = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        for ids, rows in pairs.blocks():
            self.add(ids, combine(rows))

    def add(self, ids: Ids, rows: Vectors) -> None:
        """Add combined vectors under new ids."""
        self._faiss.add_with_ids(rows, ids)

    def remove(self, ids: Ids) -> None:
        """Remove the vectors of these ids."""
        self._faiss.remove_ids(ids)

    def candidates(self, query: Vectors, count: int, allowed: Collection[int] | None) -> Ids:
        """Return the nearest ids, best first."""
        import faiss

        parameters = None if allowed is None else faiss.SearchParameters(sel=selector(allowed))
        return found(self._faiss.search(query, count, params=parameters)[1])


def selector(allowed: Collection[int]) -> Any:
    """Return FAISS's set of the ids that may be found: one bit for each id up to the greatest."""
    import faiss

    ids = as_ids(allowed)
    bits = np.zeros(int(ids.max(initial=0)) + 1, dtype=bool)
    bits[ids[ids >= 0]] = True
    return faiss.IDSelectorBitmap(np.packbits(bits, bitorder="little"))


def found(ids: NDArray[np.int64]) -> Ids:
    """Return the ids of one answer: FAISS fills up with -1 when it found fewer than were asked for."""
    kept: Ids = ids[0][ids[0] != -1]
    return kept
