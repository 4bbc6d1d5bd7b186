"""Fills the index from the ticket store, publishes it, and finds out whether it still fits.

Embeds only texts that this embedder has not embedded before. Does not search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.embedder import Embedder
from retrieval.errors import IndexMismatch, IndexMissing
from retrieval.faiss_index import FaissIndex
from retrieval.release import Manifest, Release, check_files, current_release, publish
from retrieval.store import TicketStore, hash_rows
from retrieval.vectors.base import HOLDS, METRIC, REMEDY, Ids, VectorIndex
from retrieval.vectors.building import Former, Row, changes, write_lists, write_pairs
from retrieval.vectors.collections import drop_others, forget, open_collection, write_collection
from retrieval.vectors.memory import memory_of
from retrieval.vectors.options import MILVUS, IndexOptions
from retrieval.vectors.pairs import Pairs

__all__ = ["FaissIndex", "IndexOptions", "IndexStatus", "VectorIndex", "build_index", "embed_new", "index_in_memory"]
__all__ += ["index_status", "load_index"]

# Releases that may be published while one is being opened.
RELEASES_MISSED = 5
# Tickets that are embedded before their vectors are stored: what a kill can lose of the work.
BATCH = 256
# Tickets whose vectors are read from the store at a time.
PAGE = 5_000
DEFAULTS = IndexOptions()

Progress = Callable[[int], None]


@dataclass(frozen=True)
class IndexStatus:
    """Whether the index fits store and embedder; ``reason`` says why not. ``release`` is None where there is none.

    ``kind`` and ``parameters`` say how it searches, ``recall`` is recall@10 against exact search as measured on a
    sample when it was built. Of ``memory``, megabytes, a part is mapped: read when needed, given back when short.
    """

    release: str | None
    tickets: int
    indexed: int
    fits: bool
    reason: str
    kind: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    recall: float | None = None
    memory: Mapping[str, float] = field(default_factory=dict)


def embed_new(store: TicketStore, embedder: Embedder, progress: Progress | None = None) -> int:
    """Embed the tickets that have no vector yet and return how many; ``progress`` gets the tickets done so far."""
    done = store.count() - store.count_to_embed(embedder.fingerprint)
    missing, embedded = store.rows_to_embed(embedder.fingerprint), 0
    while batch := list(islice(missing, BATCH)):
        keys, problems, solutions = zip(*batch, strict=True)
        # A ticket without an answer has one text for both; answers from a template recur.
        places = {text: at for at, text in enumerate(dict.fromkeys([*problems, *solutions]))}
        vectors = embedder.embed(list(places)).astype(np.float32)
        pairs = np.hstack([vectors[[places[text] for text in texts]] for texts in (problems, solutions)])
        store.add_vectors(embedder.fingerprint, zip(keys, map(np.ndarray.tobytes, pairs), strict=True))
        embedded += len(batch)
        if progress is not None:
            progress(done + embedded)
    return embedded


def index_in_memory(store: TicketStore, embedder: Embedder, progress: Progress | None = None) -> tuple[FaissIndex, str]:
    """Return an index of all tickets and the content hash of what is in it."""
    embed_new(store, embedder, progress)
    rows = store.vectors(embedder.fingerprint)
    index = FaissIndex(embedder.dimension)
    if rows:
        joined = b"".join(vector for _, _, vector in rows)
        vectors = np.frombuffer(joined, dtype=np.float32).reshape(len(rows), -1)
        index.add([rowid for rowid, _, _ in rows], vectors)
    return index, hash_rows((rowid, key) for rowid, key, _ in rows)


def build_index(
    store: TicketStore,
    embedder: Embedder,
    directory: Path,
    progress: Progress | None = None,
    options: IndexOptions = DEFAULTS,
) -> Release:
    """Build an index of all tickets and make it the one in use; readers see the former one until it is complete.

    What the former one has is taken over where that saves work; erased tickets are in no file of the new one.

    Raises:
        IndexNotWritten: there is no space for it.
    """
    embed_new(store, embedder, progress)
    gone: dict[str, Ids] = {}

    def write(name: str, folder: Path) -> Manifest:
        former = _former(directory)
        manifest = _write(name, folder, store, embedder, options, former)
        if options.engine == MILVUS:
            if former is not None and former.manifest.engine == MILVUS:
                gone[former.name] = changes(former.path, folder)[0]
            drop_others(options, name, *gone)
        return manifest

    release = publish(directory, write)
    # Not before: until now the former one was in use and had to be whole.
    for name, ids in gone.items():
        forget(name, ids, embedder.dimension, options)
    return release


def load_index(
    directory: Path, embedder: Embedder, *, content_hash: str | None = None, options: IndexOptions = DEFAULTS
) -> VectorIndex:
    """Open the index in use.

    Args:
        directory: the folder of releases.
        embedder: what queries will be embedded with.
        content_hash: the store's, where an index that is merely out of date is not good enough either.
        options: where it is and what it may run on.

    Raises:
        IndexMissing: no index was built.
        IndexMismatch: it was built with another embedder or from other tickets, or file and manifest differ.
    """
    found = current_release(directory)
    return _load_newest(
        directory, found, RELEASES_MISSED, lambda release: _load(release, embedder, content_hash, options)
    )


def _load_newest(directory: Path, release: Release, tries: int, load: Callable[[Release], VectorIndex]) -> VectorIndex:
    """Load a release, or a newer one: a builder may remove it between the reading of its name and of its files."""
    try:
        return load(release)
    except IndexMismatch:
        newer = current_release(directory)
        if not tries or newer.name == release.name:
            raise
    return _load_newest(directory, newer, tries - 1, load)


def index_status(
    directory: Path, store: TicketStore, embedder: Embedder, options: IndexOptions = DEFAULTS
) -> IndexStatus:
    """Compare the index in use with store, embedder and engine, without loading it."""
    tickets = store.count()
    try:
        release = current_release(directory)
    except (IndexMissing, IndexMismatch) as exc:
        return IndexStatus(None, tickets, 0, False, str(exc))
    manifest = release.manifest
    reason = _difference(manifest, embedder, options.engine, store.content_hash())
    tuning = asdict(manifest.tuning)
    kind, recall = tuning.pop("kind"), tuning.pop("recall")
    parameters = tuning if manifest.tuning.lists else {}
    memory = memory_of(manifest.count, manifest.dimension, manifest.tuning)
    return IndexStatus(release.name, tickets, manifest.count, not reason, reason, kind, parameters, recall, memory)


def _former(directory: Path) -> Release | None:
    """Return the release in use if it is whole."""
    try:
        release = current_release(directory)
        check_files(release)
    except (IndexMissing, IndexMismatch):
        return None
    return release


def _write(
    name: str, folder: Path, store: TicketStore, embedder: Embedder, options: IndexOptions, former: Release | None
) -> Manifest:
    dimension = embedder.dimension
    content_hash = hash_rows(write_pairs(folder, _pages(store, embedder.fingerprint), dimension))
    count = len(Pairs.opened(folder, dimension))
    if options.engine == MILVUS:
        tuning = write_collection(name, folder, dimension, options)
    else:
        before = None
        if former is not None and not _difference(former.manifest, embedder, options.engine):
            before = Former(former.path, former.manifest.tuning)
        tuning = write_lists(folder, dimension, options, before)
    return Manifest(
        embedder=embedder.name,
        fingerprint=embedder.fingerprint,
        dimension=dimension,
        metric=METRIC,
        count=count,
        content_hash=content_hash,
        created_at=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        holds=HOLDS,
        engine=options.engine,
        tuning=tuning,
    )


def _pages(store: TicketStore, fingerprint: str) -> Iterator[list[Row]]:
    last = 0
    while page := store.vectors(fingerprint, last, PAGE):
        yield page
        last = page[-1][0]


def _load(release: Release, embedder: Embedder, content_hash: str | None, options: IndexOptions) -> VectorIndex:
    manifest = release.manifest
    if reason := _difference(manifest, embedder, options.engine, content_hash):
        raise IndexMismatch(reason)
    check_files(release)
    if manifest.engine == MILVUS:
        return open_collection(release.name, manifest.dimension, manifest.count, options)
    index = FaissIndex.load(release.path, manifest.dimension, manifest.tuning, options.device)
    if len(index) != manifest.count:
        raise IndexMismatch(f"{release.path} holds {len(index)} vectors, its manifest says {manifest.count}. {REMEDY}")
    return index


def _difference(manifest: Manifest, embedder: Embedder, engine: str, content_hash: str | None = None) -> str:
    """Return what does not fit and the remedy, or an empty text."""
    if manifest.metric != METRIC:
        return f"Index measures {manifest.metric!r}, not {METRIC!r}. {REMEDY}"
    if manifest.holds != HOLDS:
        return f"Index holds {manifest.holds or 'problem'!r} of each ticket, not {HOLDS!r}. {REMEDY}"
    if (manifest.fingerprint, manifest.dimension) != (embedder.fingerprint, embedder.dimension):
        built = f"{manifest.embedder} ({manifest.dimension} dimensions, {manifest.fingerprint[:12]})"
        named = f"{embedder.name} ({embedder.dimension} dimensions, {embedder.fingerprint[:12]})"
        return f"Index was built with {built} but settings name {named}. {REMEDY}"
    if manifest.engine != engine:
        return f"Index was built for {manifest.engine} but settings name {engine}. {REMEDY}"
    if content_hash not in (None, manifest.content_hash):
        return f"Tickets have changed since the index was built ({manifest.created_at}). {REMEDY}"
    return ""
