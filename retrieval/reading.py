"""Reads rows out of the files that teams export: JSONL and CSV, gzipped or not, in the encodings they come in.

A row that cannot be read becomes a reason instead of an end. Knows nothing of tickets.
"""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from retrieval.errors import ImportRefused

GZIP_MAGIC = b"\x1f\x8b"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
BOM = "\ufeff"
DELIMITERS = ",;\t|"

# Line number in the file (from 1), and the row, or why there is none.
Row = tuple[int, "dict[str, Any] | str"]


def read_jsonl(path: Path) -> Iterator[Row]:
    """Yield the object of each line that is not blank.

    Raises:
        ImportRefused: the file cannot be opened, or is one JSON array.
    """
    first = True
    for number, line in _lines(path):
        text = line.strip()
        if first and text.startswith("["):
            raise ImportRefused(f"{path} is a JSON array; JSONL has one object in each line. Convert it: jq -c '.[]'")
        first = first and not text
        if text:
            yield number, _parse_object(text)


def read_csv(path: Path, required: set[str]) -> Iterator[Row]:
    """Yield a dictionary by column for each row; the first line names the columns.

    Raises:
        ImportRefused: the file cannot be opened, is empty, or lacks a required column.
    """
    lines = _Counted(_lines(path))
    header_line = next(lines, "")
    if not header_line.strip():
        raise ImportRefused(f"{path} has no header. The first line of a CSV file names its columns")
    delimiter = max(DELIMITERS, key=header_line.count)
    header = [name.strip() for name in next(csv.reader([header_line], delimiter=delimiter))]
    if missing := sorted(required - set(header)):
        raise ImportRefused(f"{path} has no column {', '.join(missing)}. Its columns are: {', '.join(header)}")
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        start = lines.number + 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            yield start, f"not CSV: {exc}"
            continue
        if values:
            yield start, _row(header, values)


def _row(header: list[str], values: list[str]) -> dict[str, Any] | str:
    if len(values) != len(header):
        return f"{len(values)} values for {len(header)} columns"
    return dict(zip(header, values, strict=True))


def _parse_object(text: str) -> dict[str, Any] | str:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as exc:
        return f"not JSON: {exc}"
    return value if isinstance(value, dict) else f"a JSON {type(value).__name__}, not an object"


class _Counted:
    """Lines for the CSV reader, with the number of the last one: a quoted value may run over several."""

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self._lines = lines
        self.number = 0

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> str:
        self.number, line = next(self._lines)
        return line.replace("\x00", "")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield decoded lines; each by itself, so that one in an old encoding does not spoil the others."""
    number = 0
    try:
        with _open(path) as handle:
            for number, raw in enumerate(handle, start=1):
                yield number, _decode(raw).removeprefix(BOM if number == 1 else "")
    except (EOFError, zlib.error, gzip.BadGzipFile) as exc:
        raise ImportRefused(f"{path} is damaged after line {number}: {exc}. Lines before it are stored") from exc
    except OSError as exc:
        raise ImportRefused(f"{path} cannot be read: {exc.strerror or exc}") from exc


def _open(path: Path) -> IO[bytes] | gzip.GzipFile:
    with path.open("rb") as probe:
        magic = probe.read(2)
    if magic in UTF16_MARKS:
        raise ImportRefused(f"{path} is in UTF-16. Save it as UTF-8")
    return gzip.open(path) if magic == GZIP_MAGIC else path.open("rb")


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
