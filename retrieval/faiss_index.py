"""The vector index of one machine, on FAISS: candidates from memory, scores from the exact vectors on disk.

Does not embed queries, and knows neither tickets nor releases.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from retrieval.errors import IndexMismatch
from retrieval.vectors.base import PARTS, REMEDY, Ids, Vectors, as_ids, as_query, check_shape, combine
from retrieval.vectors.building import LISTS_FILE
from retrieval.vectors.exact import Exact
from retrieval.vectors.gpu import OnGpu, gpu_missing
from retrieval.vectors.lists import Lists
from retrieval.vectors.pairs import Pairs, best
from retrieval.vectors.tuning import Tuning

log = logging.getLogger(__name__)

# Filters that leave no more tickets than this are searched by scoring each of them.
SCORED_AT_ONCE = 2000


class Candidates(Protocol):
    """Anything that names the tickets most likely nearest to a query."""

    kind: str

    def add(self, ids: Ids, rows: Vectors) -> None:
        """Add combined vectors under new ids."""
        ...

    def remove(self, ids: Ids) -> None:
        """Remove the vectors of these ids."""
        ...

    def candidates(self, query: Vectors, count: int, allowed: Collection[int] | None) -> Ids:
        """Return about ``count`` ids, best first; fewer where it finds no more."""
        ...


class FaissIndex:
    """Nearest tickets by inner product. Safe to search from several threads, not to change meanwhile."""

    def __init__(
        self, dimension: int, pairs: Pairs | None = None, candidates: Candidates | None = None, depth: float = 1.0
    ) -> None:
        self.dimension = dimension
        self.pairs = pairs or Pairs.empty(dimension)
        self._candidates = candidates or Exact(self.pairs, dimension)
        self._depth = depth

    @classmethod
    def load(cls, folder: Path, dimension: int, tuning: Tuning, device: str = "auto") -> FaissIndex:
        """Open the files of a release; vectors and lists stay on disk and are mapped.

        Raises:
            IndexMismatch: a file is damaged, or the files do not belong together.
        """
        pairs = Pairs.opened(folder, dimension)
        if _uses_gpu(device):
            return cls(dimension, pairs, OnGpu(pairs, dimension), tuning.depth)
        if tuning.kind == Exact.kind:
            return cls(dimension, pairs)
        lists = Lists.opened(folder / LISTS_FILE, dimension, tuning.probes)
        if len(lists) != len(pairs):
            raise IndexMismatch(f"{folder} has {len(lists)} vectors in lists for {len(pairs)} tickets. {REMEDY}")
        return cls(dimension, pairs, lists, tuning.depth)

    @property
    def kind(self) -> str:
        """How candidates are found: ``exact``, ``exact on GPU`` or ``lists``."""
        return self._candidates.kind

    def add(self, ids: Sequence[int], pairs: Vectors) -> None:
        """Add pairs under their ids; an id that is there already is replaced."""
        rows = np.ascontiguousarray(pairs, dtype=np.float32)
        check_shape(rows, (len(ids), PARTS * self.dimension))
        self.remove(ids)
        self.pairs = self.pairs.merged(as_ids(ids), rows)
        added, at = self.pairs.positions(ids)
        self._candidates.add(added, combine(self.pairs.rows(at)))

    def remove(self, ids: Sequence[int]) -> int:
        """Remove pairs and return how many there were."""
        known, _ = self.pairs.positions(ids)
        if len(known):
            self._candidates.remove(known)
            self.pairs = self.pairs.without(known)
        return len(known)

    def search(self, vector: Vectors, top_k: int, allowed: Collection[int] | None = None) -> list[tuple[int, float]]:
        """Return at most ``top_k`` ids with their exact similarity, best first; only those ``allowed``, if given."""
        query = as_query(vector, self.dimension)
        if not len(self):
            return []
        return best(*self.pairs.scored(query[0], self._found(query, top_k, allowed)), top_k)

    def similarities(self, vector: Vectors, ids: Sequence[int]) -> dict[int, float]:
        """Return the exact similarity of chosen ids; those that are not in the index are left out."""
        known, scores = self.pairs.scored(as_query(vector, self.dimension)[0], ids)
        return dict(zip(known.tolist(), scores.tolist(), strict=True))

    def vectors(self, ids: Sequence[int]) -> dict[int, Vectors]:
        """Return the pairs of chosen ids; those that are not in the index are left out."""
        known, at = self.pairs.positions(ids)
        return dict(zip(known.tolist(), self.pairs.rows(at), strict=True))

    def __len__(self) -> int:
        return len(self.pairs)

    def _found(self, query: Vectors, top_k: int, allowed: Collection[int] | None) -> Collection[int]:
        count = min(math.ceil(max(1, top_k) * self._depth), len(self))
        if allowed is None:
            return self._candidates.candidates(query, count, None)
        if len(allowed) <= SCORED_AT_ONCE:
            return allowed
        ids = self._candidates.candidates(query, count, allowed)
        return ids if len(ids) >= min(top_k, len(allowed)) else allowed


def _uses_gpu(device: str) -> bool:
    """Tell whether to use a GPU, and log the choice where one was asked for or could have been expected."""
    reason = "settings say cpu" if device == "cpu" else gpu_missing()
    level = logging.WARNING if reason and device == "gpu" else logging.INFO
    log.log(level, "index searches on %s", f"the CPU: {reason}" if reason else "the first GPU")
    return not reason
