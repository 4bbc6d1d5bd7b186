"""Finds how many lists to look into, and how many candidates to score exactly, to hold a recall on a sample.

Sample queries are like questions: the problem of a ticket, moved by half the way from one random problem to another. On
held-out messages the recall was within 0.004 of that of such a sample; plain problems of tickets flatter it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.vectors.base import PARTS, Ids, Vectors, combine
from retrieval.vectors.lists import Lists
from retrieval.vectors.pairs import Pairs

QUERIES, NEAREST, DRIFT = 300, 10, 0.5
# What the sample must reach above the recall that is asked for, as it is a sample.
MARGIN = 0.0025
# Candidates that are scored exactly, for each hit asked for.
DEPTHS = (1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
# Where more than this share of the lists must be looked into, they no longer fit the tickets.
MAX_SHARE = 0.5


@dataclass(frozen=True)
class Tuning:
    """How an index finds candidates, and the recall@10 measured against exact search on a sample of ``queries``.

    ``trained_on`` is the number of tickets when the lists were made. An exact index has neither lists nor sample.
    """

    kind: str = "exact"
    lists: int = 0
    probes: int = 0
    depth: float = 1.0
    recall: float = 1.0
    queries: int = 0
    trained_on: int = 0


def tune(lists: Lists, pairs: Pairs, target: float, trained_on: int) -> Tuning:
    """Set the lists' ``probes`` and return them with the depth and recall; the recall may fall short of ``target``."""
    queries, own = sample_queries(pairs)
    truth = nearest(pairs, queries, own)
    least, most = 1, max(1, round(MAX_SHARE * lists.lists))
    found = _found(lists, most, queries, own)
    while least < most:
        middle = (least + most) // 2
        tried = _found(lists, middle, queries, own)
        if recall(tried, truth) >= target + MARGIN:
            most, found = middle, tried
        else:
            least = middle + 1
    best = recall(found, truth)
    depth = next(depth for depth in DEPTHS if recall(found, truth, depth) >= min(best, target + MARGIN))
    lists.probes = most
    reached = round(recall(found, truth, depth), 4)
    return Tuning(Lists.kind, lists.lists, most, depth, reached, len(queries), trained_on)


def sample_queries(pairs: Pairs, count: int = QUERIES) -> tuple[Vectors, Ids]:
    """Return queries like the stored problems, and the id of the ticket that each was made of."""
    rng = np.random.default_rng(len(pairs))
    at, start, end = rng.integers(0, len(pairs), (3, count))
    problem, source, goal = (np.split(pairs.rows(rows), PARTS, axis=1)[0] for rows in (at, start, end))
    drifted = problem + np.float32(DRIFT) * (goal - source)
    queries: Vectors = drifted / np.maximum(np.linalg.norm(drifted, axis=1, keepdims=True), np.float32(1e-9))
    return queries, pairs.ids[at]


def nearest(pairs: Pairs, queries: Vectors, own: Ids, count: int = NEAREST) -> Ids:
    """Return the ids of the tickets nearest to each query by comparing all, without the one it was made of."""
    scores = np.full((len(queries), count), -np.inf, dtype=np.float32)
    best = np.full((len(queries), count), -1, dtype=np.int64)
    for ids, rows in pairs.blocks():
        block = queries @ combine(rows).T
        block[own[:, None] == ids[None, :]] = -np.inf
        every = np.hstack([scores, block])
        top = np.argpartition(-every, count - 1, axis=1)[:, :count]
        kept = np.take_along_axis(best, np.minimum(top, count - 1), 1)
        scores, best = np.take_along_axis(every, top, 1), np.where(top < count, kept, ids[np.maximum(top - count, 0)])
    return best


def recall(found: list[Ids], truth: NDArray[np.int64], depth: float = DEPTHS[-1]) -> float:
    """Return the share of the nearest tickets among the first candidates, ``depth`` for each hit."""
    count = int(depth * truth.shape[1])
    wanted = sum(int((row != -1).sum()) for row in truth)
    hits = sum(int(np.isin(ids[:count], row[row != -1]).sum()) for ids, row in zip(found, truth, strict=True))
    return hits / max(1, wanted)


def _found(lists: Lists, probes: int, queries: Vectors, own: Ids) -> list[Ids]:
    lists.probes = probes
    count = int(DEPTHS[-1] * NEAREST) + 1
    return [ids[ids != mine] for ids, mine in zip(lists.nearest(queries, count), own, strict=True)]
