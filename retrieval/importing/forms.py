"""The forms of export files: how rows come out of each, and how a row becomes the values of a ticket."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from retrieval.errors import ImportRefused
from retrieval.importing import mapping as fields
from retrieval.importing.documents import SideList, Sides, read_documents, read_json
from retrieval.importing.freshdesk import Freshdesk
from retrieval.importing.intercom import Intercom
from retrieval.importing.reading import Row, Source, read_csv, read_jsonl
from retrieval.importing.reasons import RowRefused, one_row
from retrieval.importing.shapes import found_text
from retrieval.importing.zendesk import Zendesk

FORMS = ("jsonl", "csv", "json", "zendesk", "freshdesk", "intercom")


class HelpDesk(Protocol):
    """What one help desk's tickets mean."""

    @property
    def side_lists(self) -> Sequence[SideList]:
        """Lists that stand beside the tickets and that they refer to."""

    def join(self, row: Mapping[str, Any], sides: Sides) -> dict[str, Any]:
        """Return a ticket with all it refers to."""

    def name(self, row: Mapping[str, Any]) -> str:
        """Return the ticket's id."""

    def values(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return its values by field."""


@dataclass(frozen=True)
class Form:
    """How rows of a file are read, named and understood."""

    rows: Callable[[Source], Iterator[Row]]
    name: Callable[[Mapping[str, Any]], str]
    values: Callable[[Mapping[str, Any]], Mapping[str, Any]]


def form_of(name: str, mapping: Mapping[str, str]) -> Form:
    """Return the form of this name; columns that are mapped win over what a help desk's form finds.

    Raises:
        ImportRefused: there is no such form.
    """
    column = next((column for column, field in mapping.items() if field == "id"), None)
    desk = _desk(name)
    if desk is not None:

        def values(row: Mapping[str, Any]) -> Mapping[str, Any]:
            own = fields.values_of(row, mapping)
            found = dict.fromkeys(fields.FIELDS) | desk.values(row) | {key: own[key] for key in mapping.values()}
            return found | {key: _of_desk(name, found[key]) for key in ("id", "superseded_by")}

        def id_of(row: Mapping[str, Any]) -> str:
            return str(_of_desk(name, found_text(fields.lookup(row, column) if column else desk.name(row))))

        return Form(lambda source: _joined(source, desk), id_of, values)
    readers: dict[str, Callable[[Source], Iterator[Row]]] = {
        "jsonl": read_jsonl,
        "json": read_json,
        "csv": lambda source: read_csv(source, required=set(mapping)),
    }
    if name not in readers:
        raise ImportRefused(f"The form {name!r} cannot be read. Known forms: {', '.join(FORMS)}")
    return Form(
        readers[name],
        lambda row: found_text(fields.lookup(row, column or "id")),
        lambda row: fields.values_of(row, mapping),
    )


def _desk(name: str) -> HelpDesk | None:
    desks: dict[str, HelpDesk] = {"zendesk": Zendesk(), "freshdesk": Freshdesk(), "intercom": Intercom()}
    return desks.get(name)


def _of_desk(name: str, found: Any) -> Any:
    """Return an id with its help desk before it: two of them count from 1. What is no id stays to be refused."""
    return f"{name}-{found_text(found)}" if found_text(found) else found


def _joined(source: Source, desk: HelpDesk) -> Iterator[Row]:
    for number, row, sides in read_documents(source, desk.side_lists):
        try:
            with one_row():
                joined = row if isinstance(row, str) else desk.join(row, sides)
        except RowRefused as exc:
            joined = str(exc)
        yield number, joined
