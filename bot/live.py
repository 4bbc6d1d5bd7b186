"""Which dialogue workers take turns now: a small file that the starter writes and the gateway follows."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Live:
    """The workers in use, in the order of their indexes.

    ``model`` is the archive they serve. ``refused`` is a newer one that could not be put in use and ``reason`` says
    why; both are empty when there is none.
    """

    ports: tuple[int, ...] = ()
    model: str = ""
    refused: str = ""
    reason: str = ""


def read_live(path: Path) -> Live:
    """Return what the file says; one that is missing or unreadable says nothing."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Live(**{**data, "ports": tuple(int(port) for port in data["ports"])})
    except (OSError, ValueError, KeyError, TypeError):
        return Live()


def write_live(path: Path, live: Live) -> None:
    """Put a new state in place of the old one, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f"{path.name}.new")
    staged.write_text(json.dumps(asdict(live)), encoding="utf-8")
    os.replace(staged, path)


class LivePorts:
    """The ports of the live workers, read again whenever the file has changed."""

    def __init__(self, path: Path | None, default: Sequence[int]) -> None:
        """Follow ``path``; where it does not exist, ``default`` is what there is."""
        self._path = path
        self._default = tuple(default)
        self._seen: tuple[int, int] | None = None
        self._ports = self._default

    def now(self) -> tuple[int, ...]:
        """Return the ports; costs one look at the file's date."""
        if self._path is None:
            return self._default
        try:
            found = self._path.stat()
        except OSError:
            return self._ports
        if (seen := (found.st_mtime_ns, found.st_ino)) != self._seen:
            self._seen = seen
            self._ports = read_live(self._path).ports or self._default
        return self._ports
