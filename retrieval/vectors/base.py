"""What every vector index is: ids, pairs of vectors in, nearest tickets out.

A ticket is handed in as a pair, the unit vectors of its problem and of its solution side by side. Searched is their
weighted sum: its inner product with a query is the weighted mean of the two cosines, at half the size. Knows no text.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexMismatch
from retrieval.ranking import SOLUTION_WEIGHT

Vectors = NDArray[np.float32]
Ids = NDArray[np.int64]

METRIC = "inner product"
# Vectors of one ticket, side by side: the problem's and the solution's.
PARTS = 2
REMEDY = "Run: frontdesk index build"
# What an index searches and keeps; another composition needs another name here.
HOLDS = f"problem + {SOLUTION_WEIGHT:g} solution, pairs as float16"


class VectorIndex(Protocol):
    """Anything that finds the tickets nearest to a query. Ids are row ids of the ticket store.

    ``kind`` says how it searches, for people to read.
    """

    @property
    def kind(self) -> str:
        """How it finds tickets."""
        ...

    def add(self, ids: Sequence[int], pairs: Vectors) -> None:
        """Add pairs [n, 2 * dimension] under their ids; an id that is there already is replaced."""
        ...

    def remove(self, ids: Sequence[int]) -> int:
        """Remove pairs and return how many there were; unknown ids are no error."""
        ...

    def search(self, vector: Vectors, top_k: int, allowed: Collection[int] | None = None) -> list[tuple[int, float]]:
        """Return at most ``top_k`` ids with their similarity to a unit vector [dimension], best first.

        ``allowed`` names the only ids that may be found; None means all.
        """
        ...

    def similarities(self, vector: Vectors, ids: Sequence[int]) -> dict[int, float]:
        """Return the similarity of chosen ids; those that are not in the index are left out."""
        ...

    def vectors(self, ids: Sequence[int]) -> dict[int, Vectors]:
        """Return the pairs of chosen ids; those that are not in the index are left out."""
        ...

    def __len__(self) -> int:
        """Return the number of tickets."""
        ...


def combine(pairs: Vectors) -> Vectors:
    """Return what is searched: the weighted mean of problem and solution."""
    problem, solution = np.split(pairs, PARTS, axis=-1)
    mean: Vectors = (problem + np.float32(SOLUTION_WEIGHT) * solution) / np.float32(1.0 + SOLUTION_WEIGHT)
    return mean


def check_shape(rows: Vectors, shape: tuple[int, ...]) -> None:
    """Refuse what FAISS would only meet with a bare assertion, or with none under ``python -O``."""
    if rows.shape != shape:
        raise IndexMismatch(f"Vectors have the shape {rows.shape}, the index needs {shape}. Use one embedder for both.")


def as_query(vector: Vectors, dimension: int) -> Vectors:
    """Return a query as one row of float32.

    Raises:
        IndexMismatch: it has another dimension.
    """
    query: Vectors = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
    check_shape(query, (1, dimension))
    return query


def as_ids(ids: Collection[int]) -> Ids:
    """Return ids as FAISS wants them."""
    return ids.astype(np.int64) if isinstance(ids, np.ndarray) else np.fromiter(ids, dtype=np.int64, count=len(ids))
