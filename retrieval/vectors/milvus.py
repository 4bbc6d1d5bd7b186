"""The vector index of a team beyond one machine, on Milvus; its embedded build, milvus-lite, runs the same code.

One collection for each release. What is searched is kept as float32, the pairs as float16. Knows no releases.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

import numpy as np

from retrieval.errors import IndexMissing
from retrieval.vectors.base import PARTS, REMEDY, Vectors, as_ids, as_query, check_shape, combine
from retrieval.vectors.options import IndexOptions
from retrieval.vectors.pairs import Pairs, best

T = TypeVar("T")

# Rows in one request, so that none comes near the 64 MB that Milvus takes.
BATCH = 2000
# The most that Milvus returns for one query.
MAX_FOUND = 16_384
SECONDS, CONNECT_SECONDS = 60.0, 5.0
KEY, MEAN, PAIR = "rowid", "mean", "pair"
# What the name of a release looks like at the end of a collection's.
RELEASE = r"_[0-9]{8}T[0-9]{6}Z_[0-9a-f]{8}"


class MilvusIndex:
    """One collection. Safe to search from several threads and processes."""

    kind = "milvus"

    def __init__(self, client: Any, collection: str, dimension: int) -> None:
        self._client = client
        self.collection = collection
        self.dimension = dimension

    @classmethod
    def created(cls, client: Any, collection: str, dimension: int) -> MilvusIndex:
        """Make an empty collection."""
        from pymilvus import DataType

        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field(KEY, DataType.INT64, is_primary=True)
        schema.add_field(MEAN, DataType.FLOAT_VECTOR, dim=dimension)
        schema.add_field(PAIR, DataType.FLOAT16_VECTOR, dim=PARTS * dimension)
        kinds = client.prepare_index_params()
        kinds.add_index(MEAN, index_type="AUTOINDEX", metric_type="IP")
        # Never searched, but Milvus loads no vectors that have no index.
        kinds.add_index(PAIR, index_type="FLAT", metric_type="IP")
        client.create_collection(
            collection, schema=schema, index_params=kinds, consistency_level="Strong", timeout=SECONDS
        )
        return cls(client, collection, dimension)

    def add(self, ids: Sequence[int], pairs: Vectors) -> None:
        """Add pairs under their ids; an id that is there already is replaced."""
        check_shape(pairs, (len(ids), PARTS * self.dimension))
        # As they will be read: scores of a search and of single ids are the same then.
        held = Pairs(np.zeros(0, np.int64), pairs.astype(np.float16))
        for start in range(0, len(ids), BATCH):
            part = slice(start, start + BATCH)
            rows = zip(ids[part], combine(held.rows(part)), held.stored[part], strict=True)
            data = [{KEY: int(key), MEAN: mean, PAIR: pair} for key, mean, pair in rows]
            self._ask(self._client.upsert, data=data)

    def remove(self, ids: Sequence[int]) -> int:
        """Remove pairs and return how many there were."""
        removed = 0
        for start in range(0, len(ids), BATCH):
            known = [int(row[KEY]) for row in self._get(ids[start : start + BATCH], KEY)]
            if known:
                self._ask(self._client.delete, ids=known)
            removed += len(known)
        return removed

    def search(self, vector: Vectors, top_k: int, allowed: Collection[int] | None = None) -> list[tuple[int, float]]:
        """Return at most ``top_k`` ids with their similarity, best first; only those ``allowed``, if given."""
        query = as_query(vector, self.dimension)
        if allowed is not None and not len(allowed):
            return []
        limit = "" if allowed is None else f"{KEY} in {as_ids(allowed).tolist()}"
        (found,) = self._ask(
            self._client.search,
            data=[query[0]],
            anns_field=MEAN,
            limit=max(1, min(top_k, MAX_FOUND)),
            filter=limit,
            search_params={"metric_type": "IP"},
        )
        scores = np.array([hit["distance"] for hit in found], dtype=np.float32)
        return best(np.array([hit["id"] for hit in found], dtype=np.int64), scores, top_k)

    def similarities(self, vector: Vectors, ids: Sequence[int]) -> dict[int, float]:
        """Return the similarity of chosen ids; those that are not in the index are left out."""
        query = as_query(vector, self.dimension)[0]
        return {key: float(combine(pair) @ query) for key, pair in self.vectors(ids).items()}

    def vectors(self, ids: Sequence[int]) -> dict[int, Vectors]:
        """Return the pairs of chosen ids; those that are not in the index are left out."""
        rows = [row for start in range(0, len(ids), BATCH) for row in self._get(ids[start : start + BATCH], KEY, PAIR)]
        if not rows:
            return {}
        stored = np.stack([np.frombuffer(_bytes(row[PAIR]), dtype=np.float16) for row in rows])
        keys = np.array([row[KEY] for row in rows], dtype=np.int64)
        return dict(zip(keys.tolist(), Pairs(keys, stored).rows(slice(None)), strict=True))

    def __len__(self) -> int:
        return int(self._ask(self._client.query, filter="", output_fields=["count(*)"])[0]["count(*)"])

    def _get(self, ids: Sequence[int], *fields: str) -> list[Any]:
        wanted = sorted({int(key) for key in ids})
        return list(self._ask(self._client.get, ids=wanted, output_fields=list(fields))) if wanted else []

    def _ask(self, call: Callable[..., T], **values: Any) -> T:
        return answered(call, self.collection, timeout=SECONDS, **values)


def connected(options: IndexOptions) -> Any:
    """Return a client of the Milvus that settings name.

    Raises:
        IndexMissing: pymilvus is not installed, or nothing answers there.
    """
    try:
        from pymilvus import MilvusClient
    except ImportError as exc:
        raise IndexMissing(
            "index.engine is milvus, which needs the package pymilvus: install frontdesk[milvus]"
        ) from exc
    return answered(MilvusClient, options.milvus_uri, token=options.milvus_token, timeout=CONNECT_SECONDS)


def answered(call: Callable[..., T], *values: Any, **named: Any) -> T:
    """Return what a call to Milvus returns.

    Raises:
        IndexMissing: it failed.
    """
    from pymilvus.exceptions import MilvusException

    try:
        return call(*values, **named)
    except MilvusException as exc:
        raise IndexMissing(f"Milvus: {exc.message}. Start it or check index.milvus_uri; else {REMEDY.lower()}") from exc


def collection_of(prefix: str, release: str) -> str:
    """Return the name of the collection of a release."""
    return _named(f"{prefix}_{release}")


def is_collection_of(prefix: str, collection: str) -> bool:
    """Tell whether a collection is that of any release of this prefix, and not of one that begins like it."""
    return re.fullmatch(re.escape(_named(prefix)) + RELEASE, collection) is not None


def _named(text: str) -> str:
    """Return a text with what Milvus takes in no name replaced."""
    return re.sub(r"\W", "_", text, flags=re.ASCII)


def _bytes(value: Any) -> bytes:
    held = value[0] if isinstance(value, list) else value
    return bytes(held)
