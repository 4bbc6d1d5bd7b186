"""Reads rows out of the files that teams export: JSONL and CSV, gzipped or not, in the encodings they come in.

A row that cannot be read becomes a reason instead of an end. Knows nothing of tickets.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

from retrieval.errors import ImportRefused
from retrieval.importing.encodings import SAMPLE_BYTES, Encoding, detect, named

GZIP_MAGIC = b"\x1f\x8b"
PIECE_BYTES = 1 << 14
BOM = "\ufeff"
DELIMITERS = ",;\t|"

# Number of the line (in a JSON document: of the ticket) from 1, and the row, or why there is none.
Row = tuple[int, "dict[str, Any] | str"]


class Source:
    """A file to import: how to open it, which encoding it has, and how far it was read."""

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self.path = path
        self.size = 0
        self._named = encoding
        self._encoding: Encoding | None = None
        self._raw: IO[bytes] | None = None

    @property
    def encoding(self) -> Encoding:
        """The encoding that was named, or that the file's first bytes show."""
        if self._encoding is None:
            self._encoding = named(self._named) if self._named else detect(self.peek())
        return self._encoding

    def position(self) -> int:
        """Return how many bytes of the file were read, as it lies on the disk."""
        return self._raw.tell() if self._raw is not None and not self._raw.closed else self.size

    def peek(self) -> bytes:
        """Return the first bytes, unzipped; where a damage begins, reading will tell."""
        pieces: list[bytes] = []
        with self.open() as handle, suppress(EOFError, zlib.error, gzip.BadGzipFile):
            while sum(map(len, pieces)) < SAMPLE_BYTES and (piece := handle.read(PIECE_BYTES)):
                pieces.append(piece)
        return b"".join(pieces)

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Lend the bytes of the file, unzipped."""
        with self.guard(lambda: "at its start"):
            self._raw = self.path.open("rb")
            self.size = self.path.stat().st_size
            zipped = self._raw.read(2) == GZIP_MAGIC
            self._raw.seek(0)
        with self._raw as raw:
            yield cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if zipped else raw

    @contextmanager
    def guard(self, where: Any) -> Iterator[None]:
        """Turn what can go wrong while reading into a refusal that says how far it came."""
        try:
            yield
        except (EOFError, zlib.error, gzip.BadGzipFile) as exc:
            raise ImportRefused(f"{self.path} is damaged {where()}: {exc}. What stands before is stored") from exc
        except OSError as exc:
            raise ImportRefused(f"{self.path} cannot be read: {exc.strerror or exc}") from exc

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield decoded lines; each by itself, so that one in an old encoding does not spoil the others."""
        number = 0
        encoding = self.encoding
        with self.open() as handle, self.guard(lambda: f"after line {number}"):
            if not encoding.by_line:
                text = io.TextIOWrapper(handle, encoding.name, errors="replace", newline="\n")
                for number, line in enumerate(text, start=1):
                    yield number, line.removeprefix(BOM if number == 1 else "")
                return
            for number, raw in enumerate(handle, start=1):
                yield number, encoding.decode(raw).removeprefix(BOM if number == 1 else "")


def read_jsonl(source: Source | Path) -> Iterator[Row]:
    """Yield the object of each line that is not blank.

    Raises:
        ImportRefused: the file cannot be opened, or is one JSON array.
    """
    source = source if isinstance(source, Source) else Source(source)
    first = True
    for number, line in source.lines():
        text = line.strip()
        if first and text.startswith("["):
            raise ImportRefused(f"{source.path} is a JSON array; JSONL has one object in each line. Add --format json")
        first = first and not text
        if text:
            yield number, parse_object(text)


def read_csv(source: Source, required: set[str]) -> Iterator[Row]:
    """Yield a dictionary by column for each row; the first line names the columns.

    Raises:
        ImportRefused: the file cannot be opened, is empty, or lacks a required column.
    """
    lines = _Counted(source.lines())
    header_line = next(lines, "")
    if not header_line.strip():
        raise ImportRefused(f"{source.path} has no header. The first line of a CSV file names its columns")
    delimiter = max(DELIMITERS, key=header_line.count)
    header = [name.strip() for name in next(csv.reader([header_line], delimiter=delimiter))]
    if missing := sorted(required - set(header)):
        raise ImportRefused(f"{source.path} has no column {', '.join(missing)}. Its columns are: {', '.join(header)}")
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


def parse_object(text: str) -> dict[str, Any] | str:
    """Return the object that a text is, or why it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as exc:
        return f"not JSON: {exc}"
    return value if isinstance(value, dict) else f"a JSON {type(value).__name__}, not an object"


def _row(header: list[str], values: list[str]) -> dict[str, Any] | str:
    if len(values) != len(header):
        return f"{len(values)} values for {len(header)} columns"
    return dict(zip(header, values, strict=True))


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
