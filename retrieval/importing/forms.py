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
    desk = _desk(name)
    if desk is not None:

        def values(row: Mapping[str, Any]) -> Mapping[str, Any]:
            own = fields.values_of(row, mapping)
            return dict.fromkeys(fields.FIELDS) | desk.values(row) | {key: own[key] for key in mapping.values()}

        return Form(lambda source: _joined(source, desk), desk.name, values)
    readers: dict[str, Callable[[Source], Iterator[Row]]] = {
        "jsonl": read_jsonl,
        "json": read_json,
        "csv": lambda source: read_csv(source, required=set(mapping)),
    }
    if name not in readers:
        raise ImportRefused(f"The form {name!r} cannot be read. Known forms: {', '.join(FORMS)}")
    column = next((column for column, field in mapping.items() if field == "id"), "id")
    return Form(
        readers[name],
        lambda row: found_text(fields.lookup(row, column)),
        lambda row: fields.values_of(row, mapping),
    )


def _desk(name: str) -> HelpDesk | None:
    desks: dict[str, HelpDesk] = {"zendesk": Zendesk(), "freshdesk": Freshdesk(), "intercom": Intercom()}
    return desks.get(name)


def _joined(source: Source, desk: HelpDesk) -> Iterator[Row]:
    for number, row, sides in read_documents(source, desk.side_lists):
        yield number, row if isinstance(row, str) else desk.join(row, sides)
