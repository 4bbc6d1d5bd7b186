"""Writes the rows that an import left out to a file, as they come: an import that breaks off has reported them, too."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bot.errors import BotError

if TYPE_CHECKING:
    from retrieval.importers import Skipped


# What a spreadsheet takes for the start of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@contextmanager
def skip_writer(path: Path) -> Iterator[Callable[[Skipped], None]]:
    """Lend a function that writes a skipped row: as JSONL if the file is called so, else as CSV."""
    try:
        handle = path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
    except OSError as exc:
        raise BotError(f"{path} cannot be written: {exc.strerror}. Name another file.") from exc
    with handle:
        yield _json_lines(handle) if path.suffix == ".jsonl" else _csv_lines(handle)


def _json_lines(handle: TextIO) -> Callable[[Skipped], None]:
    return lambda skip: print(json.dumps(asdict(skip), ensure_ascii=False), file=handle, flush=True)


def _csv_lines(handle: TextIO) -> Callable[[Skipped], None]:
    rows = csv.writer(handle)
    rows.writerow(("line", "ticket", "reason"))

    def write(skip: Skipped) -> None:
        rows.writerow((skip.line, _plain(skip.ticket), _plain(skip.reason)))
        handle.flush()

    return write


def _plain(value: str) -> str:
    """Return a value that a spreadsheet shows and does not reckon."""
    return f"'{value}" if value.startswith(FORMULA) else value
