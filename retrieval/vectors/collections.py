"""Releases of an index on Milvus: a collection for each, named after it.

The pointer on disk says which is in use. The one before it stays until the next build, for readers that still search
it, without the tickets that are gone.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from retrieval.errors import IndexMismatch, IndexMissing
from retrieval.vectors.base import REMEDY, Ids
from retrieval.vectors.milvus import MilvusIndex, answered, collection_of, connected, is_collection_of
from retrieval.vectors.options import MILVUS, IndexOptions
from retrieval.vectors.pairs import PAIRS_FILE, Pairs
from retrieval.vectors.tuning import Tuning

log = logging.getLogger(__name__)


def write_collection(name: str, folder: Path, dimension: int, options: IndexOptions) -> Tuning:
    """Make the collection of the release ``name`` from the pairs in its folder, which are not kept there."""
    client = connected(options)
    collection = collection_of(options.milvus_prefix, name)
    index = MilvusIndex.created(client, collection, dimension)
    try:
        for ids, rows in Pairs.opened(folder, dimension).blocks():
            index.add(ids.tolist(), rows)
    except BaseException:
        client.drop_collection(collection)
        raise
    finally:
        (folder / PAIRS_FILE).unlink()
    return Tuning(kind=MILVUS)


def forget(name: str, gone: Ids, dimension: int, options: IndexOptions) -> None:
    """Take the tickets that are gone or changed out of the collection of a former release."""
    index = MilvusIndex(connected(options), collection_of(options.milvus_prefix, name), dimension)
    try:
        index.remove(gone.tolist())
    except IndexMissing as exc:
        log.warning("the former collection %s could not be thinned out: %s", index.collection, exc)


def drop_others(options: IndexOptions, *kept: str) -> None:
    """Drop the collections of this installation that belong to other releases, finished or not.

    Only while no other build can run: its unfinished collection would go too.
    """
    client: Any = connected(options)
    named = {collection_of(options.milvus_prefix, name) for name in kept}
    for collection in answered(client.list_collections):
        if is_collection_of(options.milvus_prefix, collection) and collection not in named:
            answered(client.drop_collection, collection)


def open_collection(name: str, dimension: int, count: int, options: IndexOptions) -> MilvusIndex:
    """Open the collection of a release.

    Raises:
        IndexMissing: Milvus does not answer, or does not have it.
        IndexMismatch: it does not hold ``count`` tickets.
    """
    client = connected(options)
    collection = collection_of(options.milvus_prefix, name)
    if not answered(client.has_collection, collection):
        raise IndexMissing(f"Milvus has no collection {collection}. {REMEDY}")
    answered(client.load_collection, collection)
    index = MilvusIndex(client, collection, dimension)
    if len(index) != count:
        raise IndexMismatch(f"{collection} holds {len(index)} tickets, its manifest says {count}. {REMEDY}")
    return index
