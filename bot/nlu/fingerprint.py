"""Tells Rasa that a component must be trained again when our code has changed.

Rasa's own fingerprint holds the source of the component's class and its configuration: a constant beside the class, a
helper or a base class stands outside, and the old model would be kept silently. Here every file counts for every
component; what is trained again without need takes seconds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.settings import PROJECT_ROOT

# What the components import from elsewhere, settings and errors aside.
OUTSIDE = ("bot/messages.py", "retrieval/embedder.py", "retrieval/language.py", "retrieval/terms.py")
FOLDERS = ("bot/nlu", "retrieval/embedding")


class Fingerprinted:
    """Base of our graph components; stands before Rasa's own bases."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Return the hash of all code that a trained component comes from."""
        return code_hash(PROJECT_ROOT)


def code_files(root: Path) -> list[Path]:
    """Return the source files of the components and of what they import, in a fixed order."""
    found = [root / name for name in OUTSIDE]
    for folder in FOLDERS:
        found += sorted((root / folder).rglob("*.py"))
    return found


def code_hash(root: Path) -> str:
    """Return the sha256 of the names and contents of these files below ``root``."""
    return hashlib.sha256(b"".join(_parts(root, code_files(root)))).hexdigest()


def _parts(root: Path, paths: list[Path]) -> Iterator[bytes]:
    for path in paths:
        yield path.relative_to(root).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest()
