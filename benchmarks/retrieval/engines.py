"""The indexes that ``benchmarks.retrieval.index`` compares, each behind the same few calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np

from retrieval.vectors.base import Vectors, combine
from retrieval.vectors.pairs import Pairs

DIMENSION = 384
# Neighbours of a vector and breadth while building, as both graph libraries advise for such data.
LINKS, BREADTH = 16, 200
THREADS = 2
MOST = 4096


class Engine(Protocol):
    """One index; ``ef`` is its breadth of search, None where that is not to be set."""

    ef: int | None

    def ready(self) -> None:
        """Import what the engine needs, so that it is not counted as memory of the index."""
        ...

    def build(self, folder: Path, pairs: Pairs) -> None:
        """Build and save."""
        ...

    def open(self, folder: Path, tuning: dict[str, Any]) -> None:
        """Open what was saved."""
        ...

    def search(self, query: Vectors, top_k: int) -> list[int]:
        """Return row ids, best first."""
        ...

    def setting(self) -> str:
        """Say how it searches."""
        ...


class Frontdesk:
    """Ours; its breadth was chosen when it was built."""

    ef = None

    def ready(self) -> None:
        """Import what the engine needs."""
        from retrieval.faiss_index import FaissIndex

        small = FaissIndex(DIMENSION)
        small.add([1], np.ones((1, 2 * DIMENSION), np.float32))
        small.search(np.ones(DIMENSION, np.float32), 1)

    def open(self, folder: Path, tuning: dict[str, Any]) -> None:
        """Open what was saved."""
        from retrieval.faiss_index import FaissIndex
        from retrieval.vectors.tuning import Tuning

        self._tuning = Tuning(**tuning)
        self._index = FaissIndex.load(folder, DIMENSION, self._tuning, "cpu")

    def search(self, query: Vectors, top_k: int) -> list[int]:
        """Return row ids, best first."""
        return [key for key, _ in self._index.search(query, top_k)]

    def setting(self) -> str:
        """Say how it searches."""
        return f"{self._tuning.lists} lists, {self._tuning.probes} probes, depth {self._tuning.depth}"


class ExactFrontdesk(Frontdesk):
    """Ours, made to compare all vectors."""

    def open(self, folder: Path, tuning: dict[str, Any]) -> None:
        """Open what was saved."""
        super().open(folder, {})


class Brute:
    """All vectors as float32 through the matrix product of NumPy."""

    ef = None

    def ready(self) -> None:
        """Import what the engine needs."""
        np.ones((2, 2), np.float32) @ np.ones(2, np.float32)

    def build(self, folder: Path, pairs: Pairs) -> None:
        """Build and save."""

    def open(self, folder: Path, tuning: dict[str, Any]) -> None:
        """Open what was saved."""
        pairs = Pairs.opened(folder, DIMENSION)
        self._ids, self._rows = pairs.ids, np.empty((len(pairs), DIMENSION), np.float32)
        for at, rows in blocks(pairs):
            self._rows[at : at + len(rows)] = rows

    def search(self, query: Vectors, top_k: int) -> list[int]:
        """Return row ids, best first."""
        scores = self._rows @ query
        return [int(key) for key in self._ids[np.argpartition(-scores, top_k)[:top_k]]]

    def setting(self) -> str:
        """Say how it searches."""
        return "float32, NumPy"


class Hnswlib:
    """hnswlib, float32."""

    ef: int | None = 16

    def ready(self) -> None:
        """Import what the engine needs."""
        import hnswlib

        self._index = hnswlib.Index(space="ip", dim=DIMENSION)

    def build(self, folder: Path, pairs: Pairs) -> None:
        """Build and save."""
        self.ready()
        self._index.init_index(len(pairs), ef_construction=BREADTH, M=LINKS)
        for at, rows in blocks(pairs):
            self._index.add_items(rows, pairs.ids[at : at + len(rows)], num_threads=THREADS)
        self._index.save_index(str(folder / "hnswlib.bin"))

    def open(self, folder: Path, tuning: dict[str, Any]) -> None:
        """Open what was saved."""
        self._index.load_index(str(folder / "hnswlib.bin"))

    def search(self, query: Vectors, top_k: int) -> list[int]:
        """Return row ids, best first."""
        self._index.set_ef(self.ef)
        return [int(key) for key in self._index.knn_query(query, top_k, num_threads=1)[0][0]]

    def setting(self) -> str:
        """Say how it searches."""
        return f"M {LINKS}, float32, ef {self.ef}"


class Usearch:
    """usearch, float16: its bytes lost a third of the neighbours, as components of unit vectors are small."""

    ef: int | None = 16

    def ready(self) -> None:
        """Import what the engine needs."""
        from usearch.index import Index

        kind = {"ndim": DIMENSION, "metric": "ip", "dtype": "f16"}
        self._index = Index(**kind, connectivity=LINKS, expansion_add=BREADTH)

    def build(self, folder: Path, pairs: Pairs) -> None:
        """Build and save."""
        self.ready()
        for at, rows in blocks(pairs):
            self._index.add(pairs.ids[at : at + len(rows)].astype(np.uint64), rows, threads=THREADS)
        self._index.save(str(folder / "usearch.bin"))

    def open(self, folder: Path, tuning: dict[str, Any]) -> None:
        """Open what was saved."""
        self._index.load(str(folder / "usearch.bin"))

    def search(self, query: Vectors, top_k: int) -> list[int]:
        """Return row ids, best first."""
        self._index.expansion_search = self.ef
        return [int(key) for key in self._index.search(query, top_k, threads=1).keys]

    def setting(self) -> str:
        """Say how it searches."""
        return f"connectivity {LINKS}, float16, expansion {self.ef}"


ENGINES: dict[str, type[Any]] = {
    "frontdesk": Frontdesk,
    "exact": ExactFrontdesk,
    "brute": Brute,
    "hnswlib": Hnswlib,
    "usearch": Usearch,
}


def blocks(pairs: Pairs) -> Any:
    """Yield positions and what is searched there."""
    at = 0
    for _, rows in pairs.blocks():
        yield at, combine(rows)
        at += len(rows)


def best_ef(engine: Engine, queries: Vectors, truth: Any, target: float) -> None:
    """Set the smallest breadth, by doubling and halving, that reaches the recall; the greatest where none does."""
    if engine.ef is None:
        return
    least, most = truth.shape[1], MOST
    while least < most:
        engine.ef = (least + most) // 2
        hits = sum(
            len(set(engine.search(query, truth.shape[1])) & set(row.tolist()))
            for query, row in zip(queries, truth, strict=True)
        )
        least, most = (least, engine.ef) if hits >= target * truth.size else (engine.ef + 1, most)
    engine.ef = most
