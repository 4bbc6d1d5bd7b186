"""Fills the index from the ticket store, publishes it, and finds out whether it still fits.

Embeds only texts that this embedder has not embedded before. Does not search.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from retrieval.embedder import Embedder
from retrieval.errors import IndexMismatch, IndexMissing
from retrieval.faiss_index import METRIC, FaissIndex, VectorIndex
from retrieval.release import INDEX_FILE, REMEDY, Manifest, Release, current_release, publish
from retrieval.store import TicketStore, hash_rows

__all__ = ["FaissIndex", "IndexStatus", "VectorIndex", "build_index", "embed_new", "index_in_memory", "index_status"]
__all__ += ["load_index"]

# Tickets that are embedded before their vectors are stored: what a kill can lose of the work.
BATCH = 256
# What the vector of a ticket is made of, side by side; another composition needs another name here.
HOLDS = "problem + solution"
PARTS = 2

Progress = Callable[[int], None]


@dataclass(frozen=True)
class IndexStatus:
    """Whether the index fits store and embedder; ``reason`` says why not. ``release`` is None where there is none."""

    release: str | None
    tickets: int
    indexed: int
    fits: bool
    reason: str


def embed_new(store: TicketStore, embedder: Embedder, progress: Progress | None = None) -> int:
    """Embed the tickets that have no vector yet and return how many; ``progress`` gets the tickets done so far."""
    missing = store.rows_to_embed(embedder.fingerprint)
    done = store.count() - len(missing)
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        keys, problems, solutions = zip(*batch, strict=True)
        vectors = embedder.embed([*problems, *solutions]).astype(np.float32)
        pairs = np.hstack([vectors[: len(batch)], vectors[len(batch) :]])
        store.add_vectors(embedder.fingerprint, zip(keys, map(np.ndarray.tobytes, pairs), strict=True))
        if progress is not None:
            progress(done + start + len(batch))
    return len(missing)


def index_in_memory(store: TicketStore, embedder: Embedder, progress: Progress | None = None) -> tuple[FaissIndex, str]:
    """Return an index of all tickets and the content hash of what is in it."""
    embed_new(store, embedder, progress)
    rows = store.vectors(embedder.fingerprint)
    index = FaissIndex(PARTS * embedder.dimension)
    if rows:
        joined = b"".join(vector for _, _, vector in rows)
        vectors = np.frombuffer(joined, dtype=np.float32).reshape(len(rows), -1)
        index.add([rowid for rowid, _, _ in rows], vectors)
    return index, hash_rows((rowid, key) for rowid, key, _ in rows)


def build_index(store: TicketStore, embedder: Embedder, directory: Path, progress: Progress | None = None) -> Release:
    """Build an index of all tickets and make it the one in use; readers see the former one until it is complete."""
    index, content_hash = index_in_memory(store, embedder, progress)
    manifest = Manifest(
        embedder=embedder.name,
        fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
        metric=METRIC,
        count=len(index),
        content_hash=content_hash,
        created_at=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        holds=HOLDS,
    )
    return publish(directory, manifest, index.save)


def load_index(directory: Path, embedder: Embedder, *, content_hash: str | None = None) -> FaissIndex:
    """Load the index in use.

    Args:
        directory: the folder of releases.
        embedder: what queries will be embedded with.
        content_hash: the store's, where an index that is merely out of date is not good enough either.

    Raises:
        IndexMissing: no index was built.
        IndexMismatch: it was built with another embedder or from other tickets, or file and manifest differ.
    """
    release = current_release(directory)
    try:
        return _load(release, embedder, content_hash)
    except IndexMismatch:
        # A builder may have removed the release between the reading of its name and of its file.
        newer = current_release(directory)
        if newer.name == release.name:
            raise
        return _load(newer, embedder, content_hash)


def index_status(directory: Path, store: TicketStore, embedder: Embedder) -> IndexStatus:
    """Compare the index in use with store and embedder, without loading it."""
    tickets = store.count()
    try:
        release = current_release(directory)
    except (IndexMissing, IndexMismatch) as exc:
        return IndexStatus(None, tickets, 0, False, str(exc))
    reason = _difference(release.manifest, embedder, store.content_hash())
    return IndexStatus(release.name, tickets, release.manifest.count, not reason, reason)


def _load(release: Release, embedder: Embedder, content_hash: str | None) -> FaissIndex:
    manifest = release.manifest
    if reason := _difference(manifest, embedder, content_hash):
        raise IndexMismatch(reason)
    index = FaissIndex.load(release.path / INDEX_FILE, PARTS * manifest.dimension)
    if len(index) != manifest.count:
        raise IndexMismatch(f"{release.path} holds {len(index)} vectors, its manifest says {manifest.count}. {REMEDY}")
    return index


def _difference(manifest: Manifest, embedder: Embedder, content_hash: str | None) -> str:
    """Return what does not fit and the remedy, or an empty text."""
    if manifest.metric != METRIC:
        return f"Index measures {manifest.metric!r}, not {METRIC!r}. {REMEDY}"
    if manifest.holds != HOLDS:
        return f"Index holds {manifest.holds or 'problem'!r} of each ticket, not {HOLDS!r}. {REMEDY}"
    if (manifest.fingerprint, manifest.dimension) != (embedder.fingerprint, embedder.dimension):
        built = f"{manifest.embedder} ({manifest.dimension} dimensions, {manifest.fingerprint[:12]})"
        named = f"{embedder.name} ({embedder.dimension} dimensions, {embedder.fingerprint[:12]})"
        return f"Index was built with {built} but settings name {named}. {REMEDY}"
    if content_hash not in (None, manifest.content_hash):
        return f"Tickets have changed since the index was built ({manifest.created_at}). {REMEDY}"
    return ""
