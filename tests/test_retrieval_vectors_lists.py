"""Lists of 8-bit vectors: recall against exact search, updates without training, erased vectors gone from the files."""

from __future__ import annotations

import ctypes.util
import logging
from pathlib import Path

import numpy as np
import pytest

from retrieval.errors import IndexMismatch
from retrieval.faiss_index import SCORED_AT_ONCE, FaissIndex
from retrieval.store import hash_rows
from retrieval.vectors.building import LISTS_FILE, Former, write_lists, write_pairs
from retrieval.vectors.gpu import gpu_missing
from retrieval.vectors.options import IndexOptions
from retrieval.vectors.pairs import PAIRS_FILE, Pairs
from retrieval.vectors.tuning import Tuning, nearest, recall, sample_queries

DIMENSION, COUNT = 16, 3000
OPTIONS = IndexOptions(exact_up_to=1000, recall=0.97)


def units(count: int, seed: int = 0) -> np.ndarray:
    """Pairs around 40 topics, so that there are neighbours to find."""
    rng = np.random.default_rng(seed)
    topics = np.random.default_rng(99).standard_normal((40, DIMENSION))
    halves = topics[rng.integers(0, 40, count)][:, None] + 0.6 * rng.standard_normal((count, 2, DIMENSION))
    halves /= np.linalg.norm(halves, axis=2, keepdims=True)
    return halves.reshape(count, -1).astype(np.float32)


def rows(ids, pairs, mark: str = "") -> list[tuple[int, str, bytes]]:
    return [(key, f"{key:031d}{mark or 'a'}", pair.tobytes()) for key, pair in zip(ids, pairs, strict=True)]


def write(folder: Path, tickets, former: Former | None = None, options: IndexOptions = OPTIONS) -> Former:
    folder.mkdir()
    hash_rows(write_pairs(folder, [tickets[:1500], tickets[1500:]], DIMENSION))
    return Former(folder, write_lists(folder, DIMENSION, options, former))


def opened(release: Former) -> FaissIndex:
    return FaissIndex.load(release.folder, DIMENSION, release.tuning, "cpu")


def measured(index: FaissIndex) -> float:
    queries, own = sample_queries(index.pairs, 200)
    truth = nearest(index.pairs, queries, np.full_like(own, -1))
    return recall([np.array([key for key, _ in index.search(query, 10)]) for query in queries], truth)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Former:
    return write(tmp_path_factory.mktemp("lists") / "first", rows(range(1, COUNT + 1), units(COUNT)))


def test_few_tickets_need_no_lists(tmp_path: Path) -> None:
    release = write(tmp_path / "small", rows(range(1, 501), units(500)))
    assert release.tuning == Tuning()
    assert not (release.folder / LISTS_FILE).exists()
    assert opened(release).kind == "exact"


def test_many_tickets_are_searched_by_lists_that_hold_the_recall(first: Former) -> None:
    index = opened(first)
    assert (index.kind, len(index)) == ("lists", COUNT)
    assert 1 <= first.tuning.probes < first.tuning.lists
    assert first.tuning.recall >= OPTIONS.recall
    assert measured(index) >= OPTIONS.recall - 0.02


def test_a_higher_recall_looks_into_more_lists(first: Former, tmp_path: Path) -> None:
    tickets = rows(range(1, COUNT + 1), units(COUNT))
    low = write(tmp_path / "low", tickets, options=IndexOptions(exact_up_to=1000, recall=0.7))
    assert low.tuning.probes < first.tuning.probes


def test_scores_are_exact_though_lists_hold_bytes(first: Former) -> None:
    index = opened(first)
    query = index.pairs.rows(slice(7, 8))[0, :DIMENSION]
    found = dict(index.search(query, 10))
    assert found == index.similarities(query, list(found))


@pytest.mark.parametrize("count", [5, SCORED_AT_ONCE + 500])
def test_filters_hold_the_recall_with_few_and_with_many_allowed(first: Former, count: int) -> None:
    index = opened(first)
    allowed = set(range(1, COUNT + 1, 1))
    allowed = set(sorted(allowed)[-count:])
    query = units(1, seed=5)[0, :DIMENSION]
    exact = sorted(index.similarities(query, sorted(allowed)).items(), key=lambda item: (-item[1], item[0]))[:10]
    found = index.search(query, 10, allowed)
    assert {key for key, _ in found} <= allowed
    assert len({key for key, _ in found} & {key for key, _ in exact}) >= min(count, 9)


def test_a_new_release_takes_the_lists_over_and_changes_what_changed(first: Former, tmp_path: Path) -> None:
    pairs, fresh = units(COUNT), units(200, seed=3)
    kept = rows(range(51, COUNT + 1), pairs[50:])
    kept[0] = rows([51], fresh[:1], "b")[0]
    second = write(tmp_path / "second", kept + rows(range(5001, 5200), fresh[1:]), first)
    assert second.tuning.trained_on == COUNT
    assert len(opened(second)) == COUNT - 50 + 199
    assert opened(second).vectors([51])[51] == pytest.approx(fresh[0], abs=1e-3)
    found = opened(second).search(fresh[0, :DIMENSION], 1, {51, 5003})
    assert [key for key, _ in found] == [51]
    assert measured(opened(second)) >= OPTIONS.recall - 0.02
    assert not set(opened(second).vectors(list(range(1, 51))))


def test_an_erased_vector_is_in_no_file_of_the_new_release(tmp_path: Path) -> None:
    pairs = units(COUNT)
    before = write(tmp_path / "before", rows(range(1, COUNT + 1), pairs))
    code, pair = codes_of(before)[7], pairs[6].astype(np.float16).tobytes()
    assert holding(before.folder, code) == {LISTS_FILE} and holding(before.folder, pair) == {"pairs.f16"}
    tickets = rows(range(1, COUNT + 1), pairs)
    after = write(tmp_path / "after", tickets[:6] + tickets[7:], before)
    assert holding(after.folder, code) == holding(after.folder, pair) == set()


def codes_of(release: Former) -> dict[int, bytes]:
    import faiss

    structure = faiss.read_index(str(release.folder / LISTS_FILE))
    lists = structure.invlists
    found = {}
    for number in range(lists.nlist):
        size = lists.list_size(number)
        ids = faiss.rev_swig_ptr(lists.get_ids(number), size).tolist()
        codes = faiss.rev_swig_ptr(lists.get_codes(number), size * lists.code_size).reshape(size, -1)
        found |= {key: row.tobytes() for key, row in zip(ids, codes, strict=True)}
    return found


def holding(folder: Path, content: bytes) -> set[str]:
    return {path.name for path in folder.iterdir() if content in path.read_bytes()}


@pytest.mark.parametrize("count", [1200, 6500])
def test_lists_are_made_again_when_the_number_of_tickets_has_changed_by_more_than_twice(
    first: Former, tmp_path: Path, count: int
) -> None:
    second = write(tmp_path / "second", rows(range(1, count + 1), units(count)), first)
    assert second.tuning.trained_on == count


def test_lists_are_made_again_when_the_recall_does_not_hold(first: Former, tmp_path: Path) -> None:
    """Tickets of quite another kind: they all fall into a few lists."""
    other = units(COUNT, seed=8)
    other[:, :DIMENSION] = other[:1, :DIMENSION] + 0.02 * units(COUNT, seed=9)[:, :DIMENSION]
    strict = IndexOptions(exact_up_to=1000, recall=0.99)
    second = write(tmp_path / "second", rows(range(1, COUNT + 1), other, "c"), first, strict)
    assert second.tuning.recall >= 0.98


@pytest.mark.parametrize("damage", [b"", b"not an index", None])
def test_damaged_lists_are_named_and_made_again(first: Former, tmp_path: Path, damage, caplog) -> None:
    before = write(tmp_path / "before", rows(range(1, COUNT + 1), units(COUNT)))
    path = before.folder / LISTS_FILE
    path.write_bytes(path.read_bytes()[:5000] if damage is None else damage)
    with pytest.raises(IndexMismatch, match="frontdesk index build"):
        opened(before)
    after = write(tmp_path / "after", rows(range(1, COUNT + 1), units(COUNT)), before)
    assert "made again" in caplog.text
    assert len(opened(after)) == COUNT


def test_without_a_driver_the_cpu_is_used_and_one_line_says_why(first: Former, caplog) -> None:
    if ctypes.util.find_library("cuda"):
        pytest.skip("an NVIDIA driver is installed")
    with caplog.at_level(logging.INFO, "retrieval.faiss_index"):
        index = FaissIndex.load(first.folder, DIMENSION, first.tuning, "gpu")
    (line,) = caplog.records
    assert index.kind == "lists" and line.levelno == logging.WARNING and "no NVIDIA driver" in line.message


def test_a_driver_that_cannot_be_loaded_is_named() -> None:
    assert "libnothing.so" in gpu_missing("libnothing.so")


def test_a_gpu_finds_what_the_cpu_finds(first: Former) -> None:
    if reason := gpu_missing():
        pytest.skip(reason)
    cpu = FaissIndex(DIMENSION, Pairs.opened(first.folder, DIMENSION))
    gpu = FaissIndex.load(first.folder, DIMENSION, first.tuning, "gpu")
    for query in units(50, seed=11)[:, :DIMENSION]:
        for allowed in (None, set(range(1, COUNT, 3)), set(range(1, 2600))):
            assert gpu.search(query, 10, allowed) == cpu.search(query, 10, allowed)


@pytest.mark.parametrize("count", [1, 5, 16, 17, 40])
@pytest.mark.parametrize("alike", [False, True])
def test_lists_of_very_few_tickets_are_none_or_find_them(tmp_path: Path, count: int, alike: bool) -> None:
    pairs = np.repeat(units(1), count, axis=0) if alike else units(count)
    release = write(tmp_path / "few", rows(range(1, count + 1), pairs), options=IndexOptions(exact_up_to=0))
    index = opened(release)
    assert index.kind == ("lists" if count > 16 else "exact")
    found = [key for key, _ in index.search(pairs[0, :DIMENSION], count)]
    assert found and (alike or 1 in found)


def test_many_rows_are_read_after_a_newer_release_took_the_file_away(tmp_path: Path) -> None:
    pairs = units(COUNT)
    release = write(tmp_path / "old", rows(range(1, COUNT + 1), pairs), options=IndexOptions())
    kept = Pairs.opened(release.folder, DIMENSION)
    (release.folder / PAIRS_FILE).unlink()
    chosen = np.arange(0, COUNT, 2)
    assert np.array_equal(kept.stored[chosen], pairs[chosen].astype(np.float16))
    assert np.allclose(kept.rows(chosen), pairs[chosen], atol=2e-3)


@pytest.mark.parametrize("count", [5, 1500])
def test_vectors_that_are_cut_off_while_in_use_are_an_error_and_not_a_crash(tmp_path: Path, count: int) -> None:
    release = write(tmp_path / "whole", rows(range(1, COUNT + 1), units(COUNT)), options=IndexOptions())
    index = opened(release)
    (release.folder / PAIRS_FILE).write_bytes(b"short")
    with pytest.raises(IndexMismatch, match="cut off while it was in use"):
        index.search(units(1)[0, :DIMENSION], count)
