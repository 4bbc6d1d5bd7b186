"""The vector index: nearest tickets by cosine, on FAISS.

Ids are row ids of the ticket store. Does not embed queries and knows no text.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexMismatch

Vectors = NDArray[np.float32]

METRIC = "inner product"


class VectorIndex(Protocol):
    """Anything that finds the vectors of greatest inner product with another."""

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Add vectors [n, dimension] under their ids."""
        ...

    def remove(self, ids: Sequence[int]) -> int:
        """Remove vectors and return how many there were; unknown ids are no error."""
        ...

    def search(self, vector: Vectors, top_k: int) -> list[tuple[int, float]]:
        """Return at most ``top_k`` ids with their inner product, best first."""
        ...

    def similarities(self, vector: Vectors, ids: Sequence[int]) -> dict[int, float]:
        """Return the inner product of chosen ids; those that are not in the index are left out."""
        ...

    def vectors(self, ids: Sequence[int]) -> dict[int, Vectors]:
        """Return the stored vectors of chosen ids; those that are not in the index are left out."""
        ...

    def __len__(self) -> int:
        """Return the number of vectors."""
        ...


class FaissIndex:
    """Exact search (IndexFlatIP). Safe to search from several threads, not to change meanwhile."""

    def __init__(self, dimension: int) -> None:
        import faiss

        self.dimension = dimension
        self._faiss = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self._positions: dict[int, int] = {}

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Add vectors under their ids; an id that is there already is replaced."""
        rows = np.ascontiguousarray(vectors, dtype=np.float32)
        self._check(rows, (len(ids), self.dimension))
        self.remove([key for key in ids if key in self._positions])
        self._faiss.add_with_ids(rows, np.asarray(ids, dtype=np.int64))
        self._refresh()

    def remove(self, ids: Sequence[int]) -> int:
        """Remove vectors and return how many there were."""
        if not ids:
            return 0
        removed = self._faiss.remove_ids(np.asarray(ids, dtype=np.int64))
        self._refresh()
        return int(removed)

    def search(self, vector: Vectors, top_k: int) -> list[tuple[int, float]]:
        """Return at most ``top_k`` ids with their cosine, best first."""
        query = self._query(vector)
        scores, ids = self._faiss.search(query, max(1, min(top_k, len(self) or 1)))
        # FAISS fills up with id -1 when it has fewer vectors than were asked for.
        return [(int(key), float(score)) for key, score in zip(ids[0], scores[0], strict=True) if key != -1]

    def similarities(self, vector: Vectors, ids: Sequence[int]) -> dict[int, float]:
        """Return the cosine of chosen ids; those that are not in the index are left out."""
        query = self._query(vector)[0]
        return {key: float(row @ query) for key, row in self.vectors(ids).items()}

    def vectors(self, ids: Sequence[int]) -> dict[int, Vectors]:
        """Return the stored vectors of chosen ids; those that are not in the index are left out."""
        known = [key for key in ids if key in self._positions]
        return {key: self._faiss.index.reconstruct(self._positions[key]) for key in known}

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    def save(self, path: Path) -> None:
        """Write the index to a file."""
        import faiss

        faiss.write_index(self._faiss, str(path))

    @classmethod
    def load(cls, path: Path, dimension: int) -> FaissIndex:
        """Read an index from a file.

        Raises:
            IndexMismatch: the file is damaged, or holds another kind of index or dimension.
        """
        import faiss

        try:
            stored: Any = faiss.read_index(str(path))
        except RuntimeError as exc:
            raise IndexMismatch(f"{path} cannot be read as an index: {exc}. Run: frontdesk index build") from exc
        if not isinstance(stored, faiss.IndexIDMap2) or stored.d != dimension:
            found = f"{type(stored).__name__} of {stored.d} dimensions"
            raise IndexMismatch(f"{path} holds {found}, not IndexIDMap2 of {dimension}. Run: frontdesk index build")
        index = cls(dimension)
        index._faiss = stored
        index._faiss.index = faiss.downcast_index(stored.index)
        index._refresh()
        return index

    def _query(self, vector: Vectors) -> Vectors:
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        self._check(query, (1, self.dimension))
        return query

    def _check(self, rows: Vectors, shape: tuple[int, int]) -> None:
        """Refuse what FAISS would only meet with a bare assertion, or with none under ``python -O``."""
        if rows.shape != shape:
            raise IndexMismatch(
                f"Vectors have the shape {rows.shape}, the index needs {shape}. Use one embedder for both."
            )

    def _refresh(self) -> None:
        import faiss

        ids = faiss.vector_to_array(self._faiss.id_map)
        self._positions = {int(key): at for at, key in enumerate(ids)}
