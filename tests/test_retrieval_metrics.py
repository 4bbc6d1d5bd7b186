"""Measures of a ranking against examples computed by hand."""

from __future__ import annotations

import math

import pytest

from retrieval import metrics

RANKED = ["a", "b", "c", "d"]


@pytest.mark.parametrize(("k", "hit", "recall"), [(1, 0.0, 0.0), (2, 1.0, 1 / 3), (4, 1.0, 2 / 3)])
def test_hit_and_recall(k: int, hit: float, recall: float) -> None:
    relevant = {"b", "d", "never found"}
    assert metrics.hit_at(RANKED, relevant, k) == hit
    assert metrics.recall_at(RANKED, relevant, k) == pytest.approx(recall)


@pytest.mark.parametrize(("relevant", "k", "expected"), [({"a"}, 10, 1.0), ({"c", "d"}, 10, 1 / 3), ({"c"}, 2, 0.0)])
def test_reciprocal_rank(relevant: set[str], k: int, expected: float) -> None:
    assert metrics.reciprocal_rank(RANKED, relevant, k) == pytest.approx(expected)


def test_ndcg_of_ranks_two_and_four() -> None:
    gain = 1 / math.log2(3) + 1 / math.log2(5)
    ideal = 1 + 1 / math.log2(3)
    assert metrics.ndcg_at(RANKED, {"b", "d"}, 10) == pytest.approx(gain / ideal)


def test_ndcg_is_one_when_the_cut_is_full_of_relevant_documents() -> None:
    assert metrics.ndcg_at(RANKED, {"a", "b", "c"}, 2) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("positive", "negative", "expected"),
    [
        ([0.9, 0.8], [0.1, 0.2], 1.0),
        ([0.1], [0.9], 0.0),
        ([0.5], [0.5], 0.5),
        ([0.9, 0.3], [0.5, 0.3], (2 + 0.5) / 4),
        ([], [0.1], None),
        ([0.1], [], None),
    ],
)
def test_auroc(positive: list[float], negative: list[float], expected: float | None) -> None:
    assert metrics.auroc(positive, negative) == expected


@pytest.mark.parametrize(("share", "expected"), [(0.5, 2.0), (0.95, 4.0), (0.0, 1.0), (1.0, 4.0)])
def test_percentile_is_by_nearest_rank(share: float, expected: float) -> None:
    assert metrics.percentile([4.0, 1.0, 3.0, 2.0], share) == expected


def test_mean_of_nothing_is_zero() -> None:
    assert metrics.mean([]) == 0.0
    assert metrics.mean([1.0, 2.0]) == 1.5
