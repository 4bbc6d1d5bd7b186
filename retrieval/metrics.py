"""Measures of a ranking, as the field defines them: relevance is yes or no, the best rank is 1.

Plain functions on lists. Knows nothing of tickets or searches.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence


def hit_at(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return 1 if any of the first k is relevant, else 0."""
    return float(any(key in relevant for key in ranked[:k]))


def recall_at(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return the share of all relevant documents that is among the first k."""
    return sum(key in relevant for key in ranked[:k]) / len(relevant)


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return 1 / rank of the first relevant document among the first k, or 0."""
    return next((1.0 / rank for rank, key in enumerate(ranked[:k], start=1) if key in relevant), 0.0)


def ndcg_at(ranked: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Return the discounted gain of the first k, divided by that of the best possible order."""
    gain = sum(1.0 / math.log2(rank + 1) for rank, key in enumerate(ranked[:k], start=1) if key in relevant)
    return gain / sum(1.0 / math.log2(rank + 1) for rank in range(1, min(k, len(relevant)) + 1))


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Return how often a positive score exceeds a negative one, ties counting half; None if either is missing."""
    if not positive or not negative:
        return None
    scores = sorted({*positive, *negative})
    at = {score: rank for rank, score in enumerate(scores)}
    below = [0] * len(scores)
    for score in negative:
        below[at[score]] += 1
    smaller, wins = 0, [0.0] * len(scores)
    for rank, count in enumerate(below):
        wins[rank] = smaller + count / 2
        smaller += count
    return sum(wins[at[score]] for score in positive) / (len(positive) * len(negative))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of all values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def mean(values: Sequence[float]) -> float:
    """Return the arithmetic mean, 0 for nothing."""
    return sum(values) / len(values) if values else 0.0
