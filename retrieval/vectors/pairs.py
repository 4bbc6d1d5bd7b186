"""The exact vectors of an index, as float16 in memory or in a file: what candidates are scored with.

Both halves of a pair are unit vectors. They are made so again when they are read, so that what float16 takes from their
length does not show in a score. Rows stand in the order of their ids. Does not search.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexMismatch
from retrieval.vectors.base import PARTS, REMEDY, Ids, Vectors, as_ids, combine
from retrieval.vectors.kept import KeptRows, Stored

IDS_FILE, PAIRS_FILE = "ids.npy", "pairs.f16"
# Rows that are widened to float32 at a time.
BLOCK = 16_384


class Pairs:
    """Pairs under ascending ids. Never changed: :meth:`merged` and :meth:`without` return others."""

    def __init__(self, ids: Ids, stored: Stored | KeptRows) -> None:
        self.ids = ids
        self.stored = stored

    @classmethod
    def empty(cls, dimension: int) -> Pairs:
        """Return no pairs."""
        return cls(np.zeros(0, np.int64), np.zeros((0, PARTS * dimension), np.float16))

    @classmethod
    def opened(cls, folder: Path, dimension: int) -> Pairs:
        """Open the files of a release; the pairs stay on disk.

        Raises:
            IndexMismatch: a file is missing or damaged, or has another dimension.
        """
        try:
            ids = np.load(folder / IDS_FILE)
            if ids.dtype != np.int64:
                raise ValueError(f"{IDS_FILE} holds {ids.dtype}, not row ids")
            stored = KeptRows(folder / PAIRS_FILE, len(ids), PARTS * dimension)
        except (OSError, ValueError, EOFError) as exc:
            raise IndexMismatch(f"The vectors in {folder} cannot be read: {exc}. {REMEDY}") from exc
        return cls(ids, stored)

    @property
    def dimension(self) -> int:
        """The dimension of half a pair."""
        return int(self.stored.shape[1]) // PARTS

    def __len__(self) -> int:
        return len(self.ids)

    def merged(self, ids: Ids, pairs: Vectors) -> Pairs:
        """Return these pairs and others; ids must be new here, in any order."""
        every = np.concatenate([self.ids, ids])
        order = np.argsort(every, kind="stable")
        return Pairs(every[order], np.concatenate([self.stored[:], pairs.astype(np.float16)])[order])

    def without(self, ids: Collection[int]) -> Pairs:
        """Return these pairs without some."""
        kept = ~np.isin(self.ids, as_ids(ids))
        return Pairs(self.ids[kept], self.stored[np.flatnonzero(kept)])

    def positions(self, ids: Collection[int]) -> tuple[Ids, NDArray[np.intp]]:
        """Return those of the ids that are here, each once and ascending, and the rows they stand in."""
        wanted = np.unique(as_ids(ids))
        at = np.searchsorted(self.ids, wanted)
        known = at < len(self.ids)
        known[known] = self.ids[at[known]] == wanted[known]
        return wanted[known], at[known]

    def rows(self, at: NDArray[np.intp] | slice) -> Vectors:
        """Return rows as float32, each half a unit vector again."""
        wide = np.array(self.stored[at], dtype=np.float32)
        halves = wide.reshape(len(wide), PARTS, wide.shape[1] // PARTS)
        halves /= np.maximum(np.linalg.norm(halves, axis=2, keepdims=True), np.float32(1e-9))
        return wide

    def blocks(self, size: int = BLOCK) -> Iterator[tuple[Ids, Vectors]]:
        """Yield ids and rows, some at a time."""
        for start in range(0, len(self), size):
            part = slice(start, start + size)
            yield self.ids[part], self.rows(part)

    def scored(self, query: Vectors, ids: Collection[int]) -> tuple[Ids, NDArray[Any]]:
        """Return those of the ids that are here and their exact similarity to a query [dimension]."""
        known, at = self.positions(ids)
        scores = [combine(self.rows(at[start : start + BLOCK])) @ query for start in range(0, len(at), BLOCK)]
        return known, np.concatenate(scores) if scores else np.zeros(0, np.float32)


def best(ids: Ids, scores: NDArray[Any], top_k: int) -> list[tuple[int, float]]:
    """Return the ``top_k`` ids of greatest score, best first; equal scores keep the order of ids."""
    order = np.lexsort((ids, -scores))[:top_k]
    return [(int(ids[at]), float(scores[at])) for at in order]
