"""Keeps the vectors of training texts on disk, so that another training or fold embeds only what is new.

Rasa's own cache does not: training data with features cannot be stored in it. A message of a customer is never kept.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from retrieval.embedder import Embedder, Vectors

FILE = "vectors.db"
TABLE = "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
AT_ONCE = 500  # keys of one query; SQLite takes 999


def remembered(embedder: Embedder, texts: Sequence[str], folder: Path) -> Vectors:
    """Return the vectors of ``texts`` [n, dimension], those that ``folder`` does not hold yet from ``embedder``."""
    keys = [hashlib.sha256(f"{embedder.fingerprint}\0{text}".encode()).digest() for text in texts]
    with _opened(folder) as store:
        known = {key: np.frombuffer(vector, dtype=np.float32) for key, vector in _kept(store, keys)}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            new = embedder.embed(list(missing.values()))
            known.update(zip(missing, new, strict=True))
            rows = [(key, vector.astype(np.float32).tobytes()) for key, vector in zip(missing, new, strict=True)]
            store.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)
    return np.stack([known[key] for key in keys]) if keys else np.zeros((0, embedder.dimension), dtype=np.float32)


@contextmanager
def _opened(folder: Path) -> Iterator[sqlite3.Connection]:
    folder.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(folder / FILE, timeout=30)) as store, store:
        store.execute(TABLE)
        yield store


def _kept(store: sqlite3.Connection, keys: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        marks = ",".join("?" * len(part))
        yield from store.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", part)  # noqa: S608
