"""What every vector index does, whichever engine is behind it."""

from __future__ import annotations

import importlib.util
import uuid

import numpy as np
import pytest
from conftest import need

from retrieval.errors import IndexMismatch
from retrieval.faiss_index import FaissIndex
from retrieval.ranking import SOLUTION_WEIGHT
from retrieval.vectors.base import VectorIndex
from retrieval.vectors.lists import Lists
from retrieval.vectors.milvus import MilvusIndex, connected
from retrieval.vectors.options import IndexOptions


def unit(*values: float) -> np.ndarray:
    vector = np.array(values, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def pair(problem: np.ndarray, solution: np.ndarray | None = None) -> np.ndarray:
    return np.concatenate([problem, problem if solution is None else solution])


EAST, NORTH, BETWEEN = unit(1, 0), unit(0, 1), unit(1, 1)


@pytest.fixture(scope="session")
def milvus(tmp_path_factory: pytest.TempPathFactory):
    need(importlib.util.find_spec("milvus_lite") is not None, "milvus-lite")
    return connected(IndexOptions(milvus_uri=str(tmp_path_factory.mktemp("milvus") / "milvus.db")))


@pytest.fixture(params=["exact", "lists", "milvus"])
def index(request: pytest.FixtureRequest) -> VectorIndex:
    if request.param == "exact":
        return FaissIndex(2)
    if request.param == "lists":
        lists = Lists.trained(np.stack([EAST, NORTH, unit(-1, 0), unit(0, -1)]), 2)
        lists.probes = 2
        return FaissIndex(2, candidates=lists, depth=10.0)
    return MilvusIndex.created(request.getfixturevalue("milvus"), f"c{uuid.uuid4().hex}", 2)


def test_search_gives_similarities_best_first_and_no_filling(index: VectorIndex) -> None:
    index.add([7, 3], np.stack([pair(EAST), pair(BETWEEN)]))
    found = index.search(EAST, 10)
    assert [key for key, _ in found] == [7, 3]
    assert [score for _, score in found] == pytest.approx([1.0, 0.5**0.5])


def test_the_problem_counts_more_than_the_solution(index: VectorIndex) -> None:
    index.add([1, 2], np.stack([pair(NORTH, EAST), pair(EAST, NORTH)]))
    whole = 1.0 + SOLUTION_WEIGHT
    assert index.search(EAST, 2) == [(2, pytest.approx(1 / whole)), (1, pytest.approx(SOLUTION_WEIGHT / whole))]


def test_an_empty_index_finds_nothing(index: VectorIndex) -> None:
    assert index.search(EAST, 5) == []
    assert index.vectors([1]) == index.similarities(EAST, [1]) == {}


def test_adding_an_id_again_replaces_its_pair(index: VectorIndex) -> None:
    index.add([1], pair(EAST)[None])
    index.add([1], pair(NORTH)[None])
    assert len(index) == 1
    assert index.search(NORTH, 1) == [(1, pytest.approx(1.0))]


def test_removed_tickets_are_gone_and_the_others_keep_their_ids(index: VectorIndex) -> None:
    index.add([1, 2, 3], np.stack([pair(EAST), pair(NORTH), pair(BETWEEN)]))
    assert index.remove([1, 99]) == 1
    assert index.remove([]) == 0
    assert [key for key, _ in index.search(EAST, 5)] == [3, 2]
    assert index.similarities(NORTH, [3, 1, 2, 2]) == {2: pytest.approx(1.0), 3: pytest.approx(0.5**0.5)}


def test_pairs_come_back_as_they_were_handed_in(index: VectorIndex) -> None:
    handed = pair(unit(3, 4), unit(-1, 2))
    index.add([5], handed[None])
    assert index.vectors([5, 6])[5] == pytest.approx(handed, abs=5e-4)


@pytest.mark.parametrize(
    ("allowed", "expected"), [(None, [1, 3, 2]), ([2, 3, 99], [3, 2]), ({2}, [2]), ([], []), ([99], [])]
)
def test_only_allowed_ids_are_found(index: VectorIndex, allowed, expected: list[int]) -> None:
    index.add([1, 2, 3], np.stack([pair(EAST), pair(NORTH), pair(BETWEEN)]))
    assert [key for key, _ in index.search(EAST, 3, allowed)] == expected


def test_equal_scores_keep_the_order_of_ids(index: VectorIndex) -> None:
    index.add([9, 4, 6], np.stack([pair(EAST)] * 3))
    assert [key for key, _ in index.search(EAST, 3)] == [4, 6, 9]


@pytest.mark.parametrize("rows", [np.ones((1, 6)), np.ones((2, 4)), np.ones(4)])
def test_pairs_of_a_wrong_shape_are_refused(index: VectorIndex, rows: np.ndarray) -> None:
    with pytest.raises(IndexMismatch, match=r"\(1, 4\)"):
        index.add([1], rows)


def test_a_query_of_a_wrong_dimension_is_refused(index: VectorIndex) -> None:
    index.add([1], pair(EAST)[None])
    with pytest.raises(IndexMismatch, match="Use one embedder"):
        index.search(unit(1, 0, 0), 1)
