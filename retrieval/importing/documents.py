"""Reads the JSON that help desks hand out: an array, pages of a list API, or one object in each line.

An array or a page is read as a stream: memory holds one ticket at a time, and of a page's side lists (people, ratings)
what the form asks for. Knows nothing of what a ticket means.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from retrieval.errors import ImportRefused
from retrieval.importing.encodings import SAMPLE_BYTES
from retrieval.importing.reading import Row, Source, parse_object
from retrieval.importing.reasons import quoted
from retrieval.importing.shapes import listed

# Lists of tickets by the names that they have in exports and in answers of list APIs.
CONTAINERS = ("tickets", "conversations", "results", "data", "items")
# A document without any of these lists is taken whole, as one ticket; beyond this it is more likely something else.
MAX_WHOLE_BYTES = 64 << 20


@dataclass(frozen=True)
class SideList:
    """A list that stands beside the tickets: by which key its entries are looked up, and which fields are kept."""

    name: str
    key: str
    fields: tuple[str, ...]


@dataclass
class Sides:
    """Entries of side lists by name and key."""

    lists: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    def add(self, side: SideList, entries: Iterable[Any]) -> None:
        """Keep the entries of one list, of each the fields that are asked for."""
        known = self.lists.setdefault(side.name, {})
        for entry in entries:
            if isinstance(entry, dict) and entry.get(side.key) is not None:
                known[str(entry[side.key])] = {name: entry[name] for name in side.fields if name in entry}

    def find(self, name: str, key: Any) -> dict[str, Any]:
        """Return an entry; an empty one if there is none."""
        return self.lists.get(name, {}).get(str(key), {})


# A ticket's row, and the entries that stand beside it.
SidedRow = tuple[int, "dict[str, Any] | str", Sides]


def read_json(source: Source) -> Iterator[Row]:
    """Yield the objects of a JSON document or of JSON lines."""
    return ((number, row) for number, row, _ in read_documents(source))


def read_documents(source: Source, side_lists: Sequence[SideList] = ()) -> Iterator[SidedRow]:
    """Yield tickets with what stands beside them.

    Raises:
        ImportRefused: the file cannot be read, or is not JSON.
    """
    start = source.encoding.decode(source.peek()).lstrip("\ufeff \t\r\n")
    if not start.startswith(("{", "[")):
        raise ImportRefused(f"{source.path} is not JSON: it begins with {start[:20]!r}")
    line, ended, _ = start.partition("\n")
    if start.startswith("{") and (ended or len(start) < SAMPLE_BYTES // 8) and isinstance(parse_object(line), dict):
        return _read_lines(source, side_lists)
    return _read_stream(source, side_lists, array=start.startswith("["))


def _read_lines(source: Source, side_lists: Sequence[SideList]) -> Iterator[SidedRow]:
    sides = Sides()
    for number, line in source.lines():
        text = line.strip()
        if not text:
            continue
        value = parse_object(text)
        page = _container(value) if isinstance(value, dict) else None
        if page is None or isinstance(value, str):
            yield number, value, sides
            continue
        for side in side_lists:
            sides.add(side, listed(value, side.name))
        for row in value[page]:
            yield number, row if isinstance(row, dict) else _no_object(row), sides


def _container(value: Mapping[str, Any]) -> str | None:
    """Return the key of a page's list of tickets; a ticket of its own has an id."""
    return next((name for name in CONTAINERS if isinstance(value.get(name), list) and "id" not in value), None)


def _read_stream(source: Source, side_lists: Sequence[SideList], *, array: bool) -> Iterator[SidedRow]:
    sides = Sides()
    if not array:
        for side in side_lists:
            sides.add(side, (value for _, value in _items(source, f"{side.name}.item")))
    found = False
    for prefix in ("item",) if array else tuple(f"{name}.item" for name in CONTAINERS):
        for number, row in _items(source, prefix):
            found = True
            yield number, row if isinstance(row, dict) else _no_object(row), sides
        if found or array:
            return
    if source.path.stat().st_size > MAX_WHOLE_BYTES:
        raise ImportRefused(
            f"{source.path} has no list of tickets. Known names of such a list: {', '.join(CONTAINERS)}"
        )
    yield from ((number, row, sides) for number, row in _items(source, "") if isinstance(row, dict))


def _items(source: Source, prefix: str) -> Iterator[tuple[int, Any]]:
    """Yield the values at one place of a document, or of several documents one after another."""
    import ijson

    number = 0
    with source.open() as handle, source.guard(lambda: f"after ticket {number}"):
        values = ijson.items(_Utf8(handle, source.encoding.name), prefix, multiple_values=True, use_float=True)
        try:
            for number, value in enumerate(values, start=1):
                yield number, value
        except ijson.JSONError as exc:
            reason = _first_line(exc)
            raise ImportRefused(
                f"{source.path} is not JSON after ticket {number}: {reason}. What stands before is stored"
            ) from exc


class _Utf8:
    """The bytes of a file as the parser needs them."""

    def __init__(self, handle: IO[bytes], encoding: str) -> None:
        self._reader = codecs.getreader(encoding)(handle, "replace")

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes; none at the end, and none for nothing, which asks what a read returns."""
        return self._reader.read(size).encode() if size else b""


def _first_line(error: Exception) -> str:
    """Return what a parser complains of, without the customer's words that it quotes below."""
    said = error.args[0] if error.args else ""
    return str(said.decode("utf-8", "replace") if isinstance(said, bytes) else said).split("\n")[0]


def _no_object(value: object) -> str:
    shown = "" if isinstance(value, list) else f": {quoted(str(value))}"
    return f"a JSON {type(value).__name__}, not an object{shown}"
