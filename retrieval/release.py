"""Releases of an index on disk: each in its own folder, whole or not at all, and a pointer to the current one.

    <directory>/current              name of the release in use
    <directory>/<release>/index.faiss
    <directory>/<release>/manifest.json   written last; a folder without it was never finished

Does not know what an index file holds.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from retrieval.errors import IndexMismatch, IndexMissing

CURRENT = "current"
LOCK = ".lock"
INDEX_FILE = "index.faiss"
MANIFEST_FILE = "manifest.json"
REMEDY = "Run: frontdesk index build"


@dataclass(frozen=True)
class Manifest:
    """What an index was built from; ``content_hash`` is the store's at that moment, ``created_at`` ISO 8601 UTC.

    ``dimension`` is the embedder's. ``holds`` names what of a ticket each vector stands for; the first releases had
    none.
    """

    embedder: str
    fingerprint: str
    dimension: int
    metric: str
    count: int
    content_hash: str
    created_at: str
    holds: str = ""


@dataclass(frozen=True)
class Release:
    """One finished index on disk."""

    name: str
    path: Path
    manifest: Manifest


def current_release(directory: Path) -> Release:
    """Return the release in use.

    Raises:
        IndexMissing: there is none, or its folder is gone.
        IndexMismatch: its manifest cannot be read.
    """
    try:
        name = (directory / CURRENT).read_text(encoding="utf-8").strip()
        path = directory / name
        raw = (path / MANIFEST_FILE).read_text(encoding="utf-8")
    except OSError as exc:
        raise IndexMissing(f"No index in {directory} ({exc.strerror}). {REMEDY}") from exc
    try:
        return Release(name, path, Manifest(**json.loads(raw)))
    except (TypeError, ValueError) as exc:
        raise IndexMismatch(f"The manifest in {path} cannot be read: {exc}. {REMEDY}") from exc


def publish(directory: Path, manifest: Manifest, write_index: Callable[[Path], None]) -> Release:
    """Write a release, make it the current one, then remove all others, finished or not.

    A kill at any moment leaves the former release in use.
    """
    directory.mkdir(parents=True, exist_ok=True)
    name = f"{manifest.created_at.replace(':', '').replace('-', '')}-{os.urandom(4).hex()}"
    path = directory / name
    with _locked(directory):
        path.mkdir()
        write_index(path / INDEX_FILE)
        _sync(path / INDEX_FILE)
        _write(path / MANIFEST_FILE, json.dumps(asdict(manifest), indent=2) + "\n")
        _sync(path)
        _write(directory / f"{CURRENT}.new", name + "\n")
        os.replace(directory / f"{CURRENT}.new", directory / CURRENT)
        _sync(directory)
        _remove_others(directory, name)
    return Release(name, path, manifest)


def _remove_others(directory: Path, name: str) -> None:
    for other in directory.iterdir():
        if other.is_dir() and other.name != name:
            shutil.rmtree(other, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Let one builder at a time publish: the clean-up of one must not remove the half-written release of another."""
    with open(directory / LOCK, "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
