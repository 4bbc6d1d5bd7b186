"""The vector index and its releases: exactness, wrong inputs, crashes at every step, and what no longer fits."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import KeywordEmbedder

from retrieval import index as building
from retrieval.errors import IndexMismatch, IndexMissing
from retrieval.index import build_index, embed_new, index_status, load_index
from retrieval.release import CURRENT, MANIFEST_FILE, current_release
from retrieval.store import TicketStore
from retrieval.tickets import Ticket
from retrieval.vectors.options import IndexOptions

EMBEDDER = KeywordEmbedder("refund", "tent")
TICKETS = [
    Ticket("T-1", question="refund please", answer="yes"),
    Ticket("T-2", question="my tent", answer="no"),
    Ticket("T-3", question="refund for a tent", answer="maybe"),
]


@pytest.fixture
def store():
    with TicketStore(":memory:") as opened:
        opened.upsert(TICKETS)
        yield opened


def test_a_built_index_loads_and_finds(store: TicketStore, tmp_path: Path) -> None:
    done: list[int] = []
    release = build_index(store, EMBEDDER, tmp_path, done.append)
    index = load_index(tmp_path, EMBEDDER)
    found = index.search(EMBEDDER.embed(["refund"])[0], 1)
    assert store.by_rowids([found[0][0]])[1].id == "T-1"
    assert done == [3]
    assert release.manifest.count == len(index) == 3
    assert release.manifest.content_hash == store.content_hash()


def test_building_again_embeds_nothing(store: TicketStore, tmp_path: Path) -> None:
    build_index(store, EMBEDDER, tmp_path)
    assert embed_new(store, EMBEDDER) == 0
    store.upsert([replace(TICKETS[0], question="refund now")])
    assert embed_new(store, EMBEDDER) == 1


def test_equal_texts_are_embedded_once_even_pages_apart(store: TicketStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "BATCH", 2)
    monkeypatch.setattr("retrieval.store.BATCH", 3)
    texts: list[str] = []

    class Listening(KeywordEmbedder):
        def embed(self, given, *, progress=None):
            texts.extend(given)
            return super().embed(given, progress=progress)

    store.upsert(replace(TICKETS[0], id=f"T-{n}", answer=f"answer {n // 4}") for n in range(4, 34))
    embedder, done = Listening("refund", "tent"), []
    assert embed_new(store, embedder, done.append) == 3 + 8
    assert done == [24, 26, 28, 30, 32, 33]
    assert len(store.vectors(embedder.fingerprint)) == 33
    assert texts.count("answer 1") == 1


def test_an_interrupted_build_goes_on_where_it_stopped(store: TicketStore, monkeypatch: pytest.MonkeyPatch) -> None:
    class Dying(KeywordEmbedder):
        calls = 0

        def embed(self, texts, *, progress=None):
            self.calls += 1
            if self.calls == 2:
                raise KeyboardInterrupt
            return super().embed(texts, progress=progress)

    monkeypatch.setattr(building, "BATCH", 2)
    with pytest.raises(KeyboardInterrupt):
        embed_new(store, Dying("refund", "tent"))
    assert embed_new(store, EMBEDDER) == 1


def test_a_new_release_replaces_the_old_one_and_leftovers(store: TicketStore, tmp_path: Path) -> None:
    first = build_index(store, EMBEDDER, tmp_path)
    half = tmp_path / "half-written"
    half.mkdir()
    (half / "pairs.f16").write_bytes(b"...")
    second = build_index(store, EMBEDDER, tmp_path)
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_dir()] == [second.name]
    assert first.name != second.name
    assert current_release(tmp_path) == second


def test_without_an_index_the_remedy_is_named(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="frontdesk index build"):
        load_index(tmp_path, EMBEDDER)


def test_a_pointer_to_a_folder_that_is_gone_means_no_index(store: TicketStore, tmp_path: Path) -> None:
    build_index(store, EMBEDDER, tmp_path)
    (tmp_path / CURRENT).write_text("elsewhere\n")
    with pytest.raises(IndexMissing, match="elsewhere|No such file"):
        load_index(tmp_path, EMBEDDER)


def test_another_embedder_is_a_mismatch_that_names_both(store: TicketStore, tmp_path: Path) -> None:
    build_index(store, EMBEDDER, tmp_path)
    with pytest.raises(IndexMismatch, match=r"keywords \(3 dimensions.*keywords \(2 dimensions.*frontdesk index build"):
        load_index(tmp_path, KeywordEmbedder("refund"))


def test_an_index_of_other_texts_is_a_mismatch(store: TicketStore, tmp_path: Path) -> None:
    release = build_index(store, EMBEDDER, tmp_path)
    manifest = json.loads((release.path / MANIFEST_FILE).read_text())
    del manifest["holds"]
    (release.path / MANIFEST_FILE).write_text(json.dumps(manifest))
    with pytest.raises(IndexMismatch, match=r"'problem' of each ticket.*frontdesk index build"):
        load_index(tmp_path, EMBEDDER)
    assert not index_status(tmp_path, store, EMBEDDER).fits


def test_the_same_dimension_from_other_weights_is_a_mismatch(store: TicketStore, tmp_path: Path) -> None:
    build_index(store, EMBEDDER, tmp_path)
    with pytest.raises(IndexMismatch, match="was built with"):
        load_index(tmp_path, KeywordEmbedder("parcel", "stove"))


@pytest.mark.parametrize("file", ["pairs.f16", "ids.npy", "keys.npy", "manifest.json"])
@pytest.mark.parametrize("left", [0, 20, None])
def test_a_file_that_was_cut_off_is_a_mismatch_with_the_remedy(
    store: TicketStore, tmp_path: Path, file: str, left: int | None
) -> None:
    damaged = build_index(store, EMBEDDER, tmp_path).path / file
    if left is None:
        damaged.unlink()
    else:
        damaged.write_bytes(damaged.read_bytes()[:left])
    with pytest.raises((IndexMissing, IndexMismatch), match="frontdesk index build"):
        load_index(tmp_path, EMBEDDER)
    build_index(store, EMBEDDER, tmp_path)
    assert len(load_index(tmp_path, EMBEDDER)) == 3


def test_a_release_of_the_former_form_is_refused_with_the_remedy(store: TicketStore, tmp_path: Path) -> None:
    release = build_index(store, EMBEDDER, tmp_path)
    manifest = json.loads((release.path / MANIFEST_FILE).read_text())
    for name in ("engine", "tuning", "files"):
        del manifest[name]
    (release.path / MANIFEST_FILE).write_text(json.dumps(manifest | {"holds": "problem + solution"}))
    with pytest.raises(IndexMismatch, match=r"'problem \+ solution' of each ticket.*frontdesk index build"):
        load_index(tmp_path, EMBEDDER)
    build_index(store, EMBEDDER, tmp_path)
    assert len(load_index(tmp_path, EMBEDDER)) == 3


def test_an_index_of_another_engine_is_a_mismatch(store: TicketStore, tmp_path: Path) -> None:
    build_index(store, EMBEDDER, tmp_path)
    other = IndexOptions(engine="milvus")
    with pytest.raises(IndexMismatch, match="built for faiss but settings name milvus"):
        load_index(tmp_path, EMBEDDER, options=other)
    status = index_status(tmp_path, store, EMBEDDER, other)
    assert not status.fits and "built for faiss but settings name milvus" in status.reason


def test_status_says_how_it_searches(store: TicketStore, tmp_path: Path) -> None:
    build_index(store, EMBEDDER, tmp_path)
    status = index_status(tmp_path, store, EMBEDDER)
    assert (status.kind, status.parameters, status.recall) == ("exact", {}, 1.0)
    assert set(status.memory) == {"resident", "mapped", "raw"}


@pytest.mark.parametrize("change", [{"count": 2}, {"metric": "euclid"}, {"surprise": 1}])
def test_a_manifest_that_says_otherwise_is_a_mismatch(store: TicketStore, tmp_path: Path, change: dict) -> None:
    release = build_index(store, EMBEDDER, tmp_path)
    manifest = release.path / MANIFEST_FILE
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | change))
    with pytest.raises(IndexMismatch):
        load_index(tmp_path, EMBEDDER)


def test_status_says_what_is_missing(store: TicketStore, tmp_path: Path) -> None:
    status = index_status(tmp_path, store, EMBEDDER)
    assert (status.release, status.tickets, status.indexed, status.fits) == (None, 3, 0, False)
    build_index(store, EMBEDDER, tmp_path)
    assert index_status(tmp_path, store, EMBEDDER).fits
    store.upsert([Ticket("T-4", question="stove", answer="gas")])
    status = index_status(tmp_path, store, EMBEDDER)
    assert (status.tickets, status.indexed, status.fits) == (4, 3, False)
    assert "changed" in status.reason
    with pytest.raises(IndexMismatch, match="changed"):
        load_index(tmp_path, EMBEDDER, content_hash=store.content_hash())


def test_a_loader_that_was_overtaken_takes_the_newer_release(
    store: TicketStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = build_index(store, EMBEDDER, tmp_path)
    new = build_index(store, EMBEDDER, tmp_path)
    answers = iter([old, new])
    monkeypatch.setattr(building, "current_release", lambda _: next(answers))
    assert len(load_index(tmp_path, EMBEDDER)) == 3


def test_an_index_of_no_tickets_is_an_index(tmp_path: Path) -> None:
    with TicketStore(":memory:") as empty:
        build_index(empty, EMBEDDER, tmp_path)
    assert len(load_index(tmp_path, EMBEDDER)) == 0
