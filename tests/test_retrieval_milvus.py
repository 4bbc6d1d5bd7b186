"""Releases on Milvus, run for real through milvus-lite: build, search, swap, erase, and what is not there."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import need
from fakes import KeywordEmbedder

from retrieval.errors import IndexMismatch, IndexMissing
from retrieval.index import build_index, index_status, load_index
from retrieval.retriever import Retriever
from retrieval.store import TicketStore
from retrieval.tickets import Ticket
from retrieval.vectors.collections import open_collection
from retrieval.vectors.milvus import collection_of, connected
from retrieval.vectors.options import IndexOptions

EMBEDDER = KeywordEmbedder("refund", "tent")
TICKETS = [
    Ticket("T-1", question="refund please", answer="yes", language="en"),
    Ticket("T-2", question="my tent", answer="no", language="de"),
    Ticket("T-3", question="refund for a tent", answer="maybe", language="de"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> str:
    need(importlib.util.find_spec("milvus_lite") is not None, "milvus-lite")
    return str(tmp_path_factory.mktemp("milvus") / "milvus.db")


@pytest.fixture
def options(server: str, tmp_path: Path) -> IndexOptions:
    return IndexOptions(engine="milvus", milvus_uri=server, milvus_prefix=f"t{abs(hash(tmp_path))}")


@pytest.fixture
def store():
    with TicketStore(":memory:") as opened:
        opened.upsert(TICKETS)
        yield opened


def collections(options: IndexOptions) -> set[str]:
    return {name for name in connected(options).list_collections() if name.startswith(options.milvus_prefix)}


def test_a_built_index_loads_and_answers_the_retriever(store: TicketStore, tmp_path: Path, options) -> None:
    release = build_index(store, EMBEDDER, tmp_path, options=options)
    index = load_index(tmp_path, EMBEDDER, content_hash=store.content_hash(), options=options)
    assert (index.kind, len(index), release.manifest.engine) == ("milvus", 3, "milvus")
    hits = Retriever(store, index, EMBEDDER).search("refund", 3, "dense")
    assert hits[0].ticket.id == "T-1"
    assert hits[0].match.problem == pytest.approx(1.0)
    assert index_status(tmp_path, store, EMBEDDER, options).fits


def test_a_new_release_is_a_new_collection_and_only_the_former_stays(store, tmp_path: Path, options) -> None:
    names = [build_index(store, EMBEDDER, tmp_path, options=options).name for _ in range(3)]
    assert collections(options) == {collection_of(options.milvus_prefix, name) for name in names[1:]}


@pytest.mark.parametrize("prefix", ["{}-eu", "{}_eu", "_{} shop.1"])
def test_a_prefix_is_cleaned_up_alone_whatever_is_in_it(store, tmp_path: Path, options, prefix: str) -> None:
    short = build_index(store, EMBEDDER, tmp_path / "short", options=options).name
    longer = replace(options, milvus_prefix=prefix.format(options.milvus_prefix))
    names = [build_index(store, EMBEDDER, tmp_path / "longer", options=longer).name for _ in range(3)]
    again = build_index(store, EMBEDDER, tmp_path / "short", options=options).name
    named = {collection_of(options.milvus_prefix, name) for name in (short, again)}
    named |= {collection_of(longer.milvus_prefix, name) for name in names[1:]}
    found = set(connected(options).list_collections())
    assert {name for name in found if options.milvus_prefix in name} == named


def test_another_embedder_leaves_readers_the_former_collection_without_what_was_erased(
    store, tmp_path: Path, options
) -> None:
    build_index(store, EMBEDDER, tmp_path, options=options)
    reading = load_index(tmp_path, EMBEDDER, options=options)
    rowids = store.rowids(["T-1", "T-3"])
    store.erase_ticket("T-1")
    build_index(store, KeywordEmbedder("parcel"), tmp_path, options=options)
    found = dict(reading.search(EMBEDDER.embed(["refund"])[0], 5))
    assert len(found) == 2 and rowids["T-3"] in found and rowids["T-1"] not in found


def test_a_reader_of_the_former_collection_goes_on_without_what_was_erased(store, tmp_path: Path, options) -> None:
    build_index(store, EMBEDDER, tmp_path, options=options)
    reading = load_index(tmp_path, EMBEDDER, options=options)
    rowid = store.rowids(["T-1"])["T-1"]
    store.erase_ticket("T-1")
    build_index(store, EMBEDDER, tmp_path, options=options)
    query = EMBEDDER.embed(["refund"])[0]
    assert rowid not in dict(reading.search(query, 5)) and len(reading) == 2
    assert rowid not in dict(load_index(tmp_path, EMBEDDER, options=options).search(query, 5))


def test_a_collection_that_is_gone_or_holds_something_else_is_named(store, tmp_path: Path, options) -> None:
    release = build_index(store, EMBEDDER, tmp_path, options=options)
    with pytest.raises(IndexMismatch, match=r"holds 3 tickets.*says 4.*frontdesk index build"):
        open_collection(release.name, EMBEDDER.dimension, 4, options)
    connected(options).drop_collection(collection_of(options.milvus_prefix, release.name))
    with pytest.raises(IndexMissing, match="frontdesk index build"):
        load_index(tmp_path, EMBEDDER, options=options)


def test_a_build_that_breaks_off_leaves_no_collection(store, tmp_path: Path, options, monkeypatch) -> None:
    before = build_index(store, EMBEDDER, tmp_path, options=options)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("retrieval.release.os.replace", crash)
    with pytest.raises(KeyboardInterrupt):
        build_index(store, EMBEDDER, tmp_path, options=options)
    monkeypatch.undo()
    assert len(load_index(tmp_path, EMBEDDER, options=options)) == 3
    build_index(store, EMBEDDER, tmp_path, options=options)
    assert len(collections(options)) == 2 and collection_of(options.milvus_prefix, before.name) in collections(options)


def test_a_milvus_that_does_not_answer_is_named(tmp_path: Path) -> None:
    need(importlib.util.find_spec("pymilvus") is not None, "pymilvus")
    away = IndexOptions(engine="milvus", milvus_uri="http://127.0.0.1:1")
    with pytest.raises(IndexMissing, match=r"index\.milvus_uri"):
        open_collection("any", 3, 1, away)
