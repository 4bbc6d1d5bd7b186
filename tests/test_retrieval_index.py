"""The vector index and its releases: exactness, wrong inputs, crashes at every step, and what no longer fits."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import KeywordEmbedder

from retrieval import index as building
from retrieval.errors import IndexMismatch, IndexMissing
from retrieval.faiss_index import FaissIndex
from retrieval.index import build_index, embed_new, index_status, load_index
from retrieval.release import CURRENT, MANIFEST_FILE, current_release
from retrieval.store import TicketStore
from retrieval.tickets import Ticket

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


def unit(*values: float) -> np.ndarray:
    vector = np.array(values, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def test_search_gives_cosines_best_first_and_no_filling() -> None:
    index = FaissIndex(2)
    index.add([7, 3], np.stack([unit(1, 0), unit(1, 1)]))
    assert [key for key, _ in index.search(unit(1, 0), 10)] == [7, 3]
    assert [score for _, score in index.search(unit(1, 0), 10)] == pytest.approx([1.0, 0.5**0.5])


def test_an_empty_index_finds_nothing() -> None:
    assert FaissIndex(2).search(unit(1, 0), 5) == []


def test_adding_an_id_again_replaces_its_vector() -> None:
    index = FaissIndex(2)
    index.add([1], unit(1, 0)[None])
    index.add([1], unit(0, 1)[None])
    assert len(index) == 1
    assert index.search(unit(0, 1), 1)[0] == (1, pytest.approx(1.0))


def test_removed_vectors_are_gone_and_the_others_keep_their_ids() -> None:
    index = FaissIndex(2)
    index.add([1, 2, 3], np.stack([unit(1, 0), unit(0, 1), unit(1, 1)]))
    assert index.remove([1, 99]) == 1
    assert index.remove([]) == 0
    assert index.similarities(unit(0, 1), [1, 2, 3]) == {2: pytest.approx(1.0), 3: pytest.approx(0.5**0.5)}


@pytest.mark.parametrize("rows", [np.ones((1, 3)), np.ones((2, 2)), np.ones(2)])
def test_vectors_of_a_wrong_shape_are_refused(rows: np.ndarray) -> None:
    with pytest.raises(IndexMismatch, match=r"\(1, 2\)"):
        FaissIndex(2).add([1], rows)


def test_a_query_of_a_wrong_dimension_is_refused() -> None:
    index = FaissIndex(2)
    index.add([1], unit(1, 0)[None])
    with pytest.raises(IndexMismatch, match="Use one embedder"):
        index.search(unit(1, 0, 0), 1)


def test_a_built_index_loads_and_finds(store: TicketStore, tmp_path: Path) -> None:
    done: list[int] = []
    release = build_index(store, EMBEDDER, tmp_path, done.append)
    index = load_index(tmp_path, EMBEDDER)
    found = index.search(np.tile(EMBEDDER.embed(["refund"])[0], 2), 1)
    assert store.by_rowids([found[0][0]])[1].id == "T-1"
    assert done == [3]
    assert release.manifest.count == len(index) == 3
    assert release.manifest.content_hash == store.content_hash()


def test_building_again_embeds_nothing(store: TicketStore, tmp_path: Path) -> None:
    build_index(store, EMBEDDER, tmp_path)
    assert embed_new(store, EMBEDDER) == 0
    store.upsert([replace(TICKETS[0], question="refund now")])
    assert embed_new(store, EMBEDDER) == 1


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
    (half / "index.faiss").write_bytes(b"...")
    second = build_index(store, EMBEDDER, tmp_path)
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_dir()] == [second.name]
    assert first.name != second.name
    assert current_release(tmp_path) == second


@pytest.mark.parametrize("step", ["write_index", "_write", "os.replace"])
def test_a_crash_while_publishing_leaves_the_former_release(
    store: TicketStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def crash(*_: object) -> None:
        raise OSError("no space left")

    before = build_index(store, EMBEDDER, tmp_path)
    target = "retrieval.faiss_index.FaissIndex.save" if step == "write_index" else f"retrieval.release.{step}"
    monkeypatch.setattr(target, crash)
    with pytest.raises(OSError, match="no space"):
        build_index(store, EMBEDDER, tmp_path)
    assert current_release(tmp_path) == before
    assert len(load_index(tmp_path, EMBEDDER)) == 3


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


@pytest.mark.parametrize("damage", [b"", b"not an index"])
def test_a_damaged_index_file_is_a_mismatch(store: TicketStore, tmp_path: Path, damage: bytes) -> None:
    release = build_index(store, EMBEDDER, tmp_path)
    (release.path / "index.faiss").write_bytes(damage)
    with pytest.raises(IndexMismatch, match="frontdesk index build"):
        load_index(tmp_path, EMBEDDER)


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
