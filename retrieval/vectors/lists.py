"""Candidates from lists of like vectors, one byte a dimension (FAISS: IVF with an 8-bit scalar quantiser).

For more tickets than an exact search is fast for. The lists are mapped from the file, not read into memory. Of the
faster kinds FAISS 1.8 has, the 4-bit product quantiser ends the process when a vector is removed and does not heed
filters, and HNSW cannot remove at all.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path
from typing import Any

from retrieval.errors import IndexMismatch
from retrieval.vectors.base import REMEDY, Ids, Vectors
from retrieval.vectors.exact import found, selector

# Lists for the root of the number of tickets, vectors that each is trained with, and rounds of training.
LISTS_PER_ROOT, POINTS, ROUNDS = 4, 48, 8
# FAISS: threads share the queries of a call. That they share one query's lists halves its time on an idle machine, but
# where other processes are busy they wait for each other: 96 ms in place of 7.
BY_QUERY = 0


def lists_for(count: int) -> int:
    """Return how many lists are right for so many tickets."""
    return max(1, round(LISTS_PER_ROOT * math.sqrt(count)))


class Lists:
    """Compares a query with the ``probes`` lists nearest to it."""

    kind = "lists"

    def __init__(self, structure: Any, probes: int) -> None:
        self._faiss = structure
        self._faiss.parallel_mode = BY_QUERY
        self.probes = probes

    @classmethod
    def trained(cls, sample: Vectors, lists: int) -> Lists:
        """Return empty lists whose centres are those of a sample."""
        import faiss

        dimension = sample.shape[1]
        structure = faiss.IndexIVFScalarQuantizer(
            *(faiss.IndexFlatIP(dimension), dimension, lists, faiss.ScalarQuantizer.QT_8bit_uniform),
            *(faiss.METRIC_INNER_PRODUCT, False),
        )
        structure.cp.niter = ROUNDS
        structure.cp.spherical = True
        structure.cp.min_points_per_centroid = 1
        structure.train(sample)
        return cls(structure, 1)

    @classmethod
    def opened(cls, path: Path, dimension: int, probes: int, *, mapped: bool = True) -> Lists:
        """Open the lists of a release; those that are to be changed must be read, not mapped.

        Raises:
            IndexMismatch: the file is damaged, or holds another kind of index or dimension.
        """
        import faiss

        try:
            structure: Any = faiss.read_index(str(path), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY if mapped else 0)
        except (RuntimeError, MemoryError) as exc:
            raise IndexMismatch(f"{path} cannot be read as an index: {exc}. {REMEDY}") from exc
        if not isinstance(structure, faiss.IndexIVFScalarQuantizer) or structure.d != dimension:
            held = f"{type(structure).__name__} of {structure.d} dimensions"
            raise IndexMismatch(f"{path} holds {held}, not lists of {dimension}. {REMEDY}")
        if mapped:
            # FAISS would start 32 threads for each query to read ahead.
            faiss.downcast_InvertedLists(structure.invlists).prefetch_nthread = 0
        return cls(structure, probes)

    def save(self, path: Path) -> None:
        """Write the lists to a file."""
        import faiss

        try:
            faiss.write_index(self._faiss, str(path))
        except RuntimeError as exc:
            raise OSError(f"{path}: {exc}") from exc

    def add(self, ids: Ids, rows: Vectors) -> None:
        """Add combined vectors under new ids."""
        self._faiss.add_with_ids(rows, ids)

    def remove(self, ids: Ids) -> None:
        """Remove the vectors of these ids."""
        self._faiss.remove_ids(ids)

    def candidates(self, query: Vectors, count: int, allowed: Collection[int] | None) -> Ids:
        """Return the nearest ids, best first; the fewer are allowed, the more lists are looked into."""
        import faiss

        if allowed is None:
            return found(self._faiss.search(query, count, params=faiss.SearchParametersIVF(nprobe=self.probes))[1])
        probes = min(self.lists, self.probes * len(self) // max(1, len(allowed)) + 1)
        parameters = faiss.SearchParametersIVF(nprobe=probes, sel=selector(allowed))
        return found(self._faiss.search(query, count, params=parameters)[1])

    def nearest(self, queries: Vectors, count: int) -> list[Ids]:
        """Return the nearest ids of many queries, best first."""
        import faiss

        _, ids = self._faiss.search(queries, count, params=faiss.SearchParametersIVF(nprobe=self.probes))
        return [found(row[None]) for row in ids]

    @property
    def lists(self) -> int:
        """How many lists there are."""
        return int(self._faiss.nlist)

    def __len__(self) -> int:
        return int(self._faiss.ntotal)
