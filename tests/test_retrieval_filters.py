"""What a search is limited to: conditions that can be met, the rows that meet them, and the indexes that find these."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from fakes import KeywordEmbedder

from retrieval.errors import FilterInvalid
from retrieval.filters import NAMED, Filters
from retrieval.index import index_in_memory
from retrieval.retriever import Retriever
from retrieval.store import TicketStore
from retrieval.tickets import Ticket

TENT, STOVE = "Ridgeline 2 tent", "Emberlite stove"
TICKETS = [
    Ticket("1", "tent", "tent leaks", "seal", "2026-05-01T00:00:00Z", "email", "en", "tents", TENT),
    Ticket("2", "tent", "tent smells", "air it", "2026-05-31T23:59:59Z", "chat", "en", "tents", TENT),
    Ticket("3", "stove", "stove hisses", "O-ring", "2026-06-01T00:00:00Z", "email", "de", "stoves", STOVE),
    Ticket("4", "tent", "tent by mail", "yes", "", "email", "en", "shipping", None),
]


@pytest.fixture
def store() -> TicketStore:
    store = TicketStore(":memory:")
    store.upsert(TICKETS)
    return store


def met(store: TicketStore, **conditions: str) -> str:
    allowed = Filters(**conditions).allowed(store)
    assert allowed is not None
    return "".join(sorted(ticket.id for ticket in store.by_rowids(allowed).values()))


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"product": TENT}, "12"),
        ({"product": TENT.upper()}, "12"),
        ({"product": f" {TENT} "}, "12"),
        ({"product": "Ridgeline"}, ""),
        ({"product": "%"}, ""),
        ({"product": "' OR 1 = 1 --"}, ""),
        ({"channel": "email"}, "134"),
        ({"language": "de"}, "3"),
        ({"topic": "tents", "channel": "chat"}, "2"),
        ({"product": STOVE, "topic": "stoves", "channel": "email", "language": "de"}, "3"),
        ({"product": TENT, "language": "de"}, ""),
        ({"created_from": "2026-05-31"}, "23"),
        ({"created_to": "2026-05-31"}, "12"),
        ({"created_from": "2026-05-31", "created_to": "2026-05-31"}, "2"),
        ({"created_from": "0001-01-01"}, "123"),
        ({"created_to": "9999-12-31"}, "123"),
        ({"created_to": "9999-12-31", "channel": "email"}, "13"),
    ],
)
def test_a_ticket_must_meet_every_condition(store: TicketStore, conditions: dict[str, str], expected: str) -> None:
    assert met(store, **conditions) == expected


def test_no_condition_is_no_list(store: TicketStore) -> None:
    assert Filters().allowed(store) is None


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({"product": ""}, "product is ''"),
        ({"channel": "  "}, "channel is '  '"),
        ({"topic": "x" * 201}, "1 to 200 characters"),
        ({"language": "e\x00n"}, "language is"),
        ({"language": "\ud800"}, "language is"),
        ({"created_from": "yesterday"}, "from is 'yesterday'"),
        ({"created_from": ""}, "from is ''"),
        ({"created_from": "2026-02-30"}, "from is '2026-02-30'"),
        ({"created_to": "2026-05-31T10:00:00Z"}, "a day such as"),
        ({"created_to": "31.05.2026"}, "to is '31.05.2026'"),
        ({"created_from": "2026-06-01", "created_to": "2026-05-31"}, "after to"),
    ],
)
def test_a_condition_that_cannot_be_met_is_refused_with_its_value(conditions: dict[str, str], words: str) -> None:
    with pytest.raises(FilterInvalid, match=words):
        Filters(**conditions)


@pytest.mark.parametrize("mode", ["hybrid", "dense", "keyword"])
def test_a_search_finds_only_what_is_allowed_and_fills_up_with_it(store: TicketStore, mode) -> None:
    embedder = KeywordEmbedder("tent", "stove", "seal", "air", "ring")
    retriever = Retriever(store, index_in_memory(store, embedder)[0], embedder)
    assert len(retriever.search("tent stove", 4, mode, filters=Filters())) == 4
    found = {hit.ticket.id for hit in retriever.search("tent stove", 4, mode, filters=Filters(channel="email"))}
    assert found == {"1", "3", "4"}
    assert retriever.search("tent", 4, mode, filters=Filters(product="Yurt")) == []


def test_names_are_told_by_how_often_they_occur(store: TicketStore) -> None:
    assert [store.filtered.names(column) for column in ("product", "channel", "language")] == [
        [TENT, STOVE],
        ["email", "chat"],
        ["en", "de"],
    ]
    with pytest.raises(ValueError, match="customer_key"):
        store.filtered.names("customer_key")


@pytest.mark.parametrize("column", [*NAMED, "created_at"])
def test_the_rows_come_from_an_index_alone(tmp_path: Path, column: str) -> None:
    with TicketStore(tmp_path / "tickets.db") as store:
        store.upsert(TICKETS)
    condition = "created_at >= '2026'" if column == "created_at" else f"{column} = 'x' COLLATE NOCASE"
    sql = f"EXPLAIN QUERY PLAN SELECT rowid FROM tickets INDEXED BY tickets_{column} WHERE {condition} AND topic > ''"
    plan = sqlite3.connect(tmp_path / "tickets.db").execute(sql).fetchone()[3]
    assert f"SEARCH tickets USING COVERING INDEX tickets_{column} ({column}" in plan
