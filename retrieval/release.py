"""Releases of an index on disk: each in its own folder, whole or not at all, and a pointer to the current one.

    <directory>/current              name of the release in use
    <directory>/<release>/...             the files of the index
    <directory>/<release>/manifest.json   written last; a folder without it was never finished

Does not know what the files of an index hold.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path

from retrieval.errors import IndexMismatch, IndexMissing, IndexNotWritten
from retrieval.vectors.base import REMEDY
from retrieval.vectors.options import FAISS
from retrieval.vectors.tuning import Tuning

CURRENT = "current"
LOCK = ".lock"
MANIFEST_FILE = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """What an index was built from; ``content_hash`` is the store's at that moment, ``created_at`` ISO 8601 UTC.

    ``dimension`` is the embedder's. ``holds`` names what of a ticket each vector stands for; the first releases had
    none. ``files`` are the bytes of each file, so that one that was cut off is not read.
    """

    embedder: str
    fingerprint: str
    dimension: int
    metric: str
    count: int
    content_hash: str
    created_at: str
    holds: str = ""
    engine: str = FAISS
    tuning: Tuning = Tuning()
    files: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def parsed(cls, text: str) -> Manifest:
        """Return the manifest in a JSON text.

        Raises:
            TypeError, ValueError: it is not one.
        """
        values = json.loads(text)
        return cls(**values | {"tuning": Tuning(**values.get("tuning", {}))})


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
        return Release(name, path, Manifest.parsed(raw))
    except (TypeError, ValueError, AttributeError) as exc:
        raise IndexMismatch(f"The manifest in {path} cannot be read: {exc}. {REMEDY}") from exc


def check_files(release: Release) -> None:
    """Refuse a release whose files are not as long as they were written.

    Raises:
        IndexMismatch: a file is missing, cut off or grown.
    """
    for name, size in release.manifest.files.items():
        path = release.path / name
        try:
            found = path.stat().st_size
        except FileNotFoundError:
            # It was cut away, or a builder has just published a newer release and removed this one.
            found = None
        if found != size:
            raise IndexMismatch(f"{path} has {found} bytes, its manifest says {size}. {REMEDY}")


def publish(directory: Path, write: Callable[[str, Path], Manifest]) -> Release:
    """Write a release, make it the current one, then remove all others, finished or not.

    A kill at any moment leaves the former release in use. ``write`` gets the name and the folder of the new one.

    Raises:
        IndexNotWritten: there is no space, or the folder cannot be written.
    """
    name = f"{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}-{os.urandom(4).hex()}"
    path = directory / name
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with _locked(directory):
            try:
                return _publish(directory, path, write)
            except BaseException:
                if _current_name(directory) != name:
                    shutil.rmtree(path, ignore_errors=True)
                raise
    except OSError as exc:
        raise IndexNotWritten(
            f"The index cannot be written to {directory}: {exc}. The former one stays in use. Free some space, then "
            "run: frontdesk index build"
        ) from exc


def _publish(directory: Path, path: Path, write: Callable[[str, Path], Manifest]) -> Release:
    path.mkdir()
    manifest = write(path.name, path)
    manifest = replace(manifest, files={file.name: file.stat().st_size for file in sorted(path.iterdir())})
    for file in path.iterdir():
        _sync(file)
    _write(path / MANIFEST_FILE, json.dumps(asdict(manifest), indent=2) + "\n")
    _sync(path)
    _write(directory / f"{CURRENT}.new", path.name + "\n")
    os.replace(directory / f"{CURRENT}.new", directory / CURRENT)
    _sync(directory)
    _remove_others(directory, path.name)
    return Release(path.name, path, manifest)


def _current_name(directory: Path) -> str:
    try:
        return (directory / CURRENT).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


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
