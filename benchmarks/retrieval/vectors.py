"""Realistic vectors in any number, for benchmarks of the index: made from 34,000 public messages and their replies.

The airline messages and replies (FRONTDESK_DATA/airlines_twcs) are embedded with the packaged MiniLM once and kept in a
cache folder. 2,000 messages are held out as queries. More tickets than the others are made by mixing: a ticket, half
as much of one of its 20 nearest, and the difference of two random ones as noise. The weights were set so that the
similarities of held-out messages to their 1st and 10th neighbour among 32,000 made tickets are those among the 32,000
real ones (mean 0.66 and 0.59 against 0.68 and 0.59); random vectors would have no neighbours at all.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.embedder import PACKAGED, load_embedder
from retrieval.vectors.base import Vectors

HELD_OUT = 2000
NEAR, NEAR_SHARE, NOISE_SHARE = 20, 0.5, 0.35
BLOCK = 20_000


def real_pairs(cache: Path) -> tuple[Vectors, Vectors]:
    """Return the pairs of all tickets but the held-out ones, and the messages of those as queries."""
    kept = cache / "airlines.npy"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        embedder = load_embedder(PACKAGED, cache / "embedder", threads=2)
        rows = airline_rows()
        print(f"embedding {2 * len(rows)} texts, once ...", flush=True)
        halves = [embedder.embed([row[name] for row in rows]) for name in ("text", "first_reply")]
        np.save(kept, np.hstack(halves))
    pairs = np.random.default_rng(0).permutation(np.load(kept))
    return pairs[HELD_OUT:], np.ascontiguousarray(pairs[:HELD_OUT, : pairs.shape[1] // 2])


def made_pairs(real: Vectors, count: int, seed: int = 1) -> Iterator[Vectors]:
    """Yield ``count`` pairs in blocks: the real ones first, then mixtures of them."""
    yield from np.split(real[:count], range(BLOCK, min(count, len(real)), BLOCK))
    rng = np.random.default_rng(seed)
    near = _near(real[:, : real.shape[1] // 2]) if count > len(real) else np.zeros((0, NEAR), np.int64)
    for start in range(len(real), count, BLOCK):
        size = min(BLOCK, count - start)
        at, plus, minus = rng.integers(0, len(real), (3, size))
        mixed = real[at] + NEAR_SHARE * real[near[at, rng.integers(0, NEAR, size)]]
        mixed += NOISE_SHARE * (real[plus] - real[minus])
        halves = mixed.reshape(size, 2, -1)
        halves /= np.linalg.norm(halves, axis=2, keepdims=True)
        yield halves.reshape(size, -1).astype(np.float32)


def _near(problems: Vectors) -> NDArray[np.int64]:
    blocks = range(0, len(problems), 1000)
    return np.concatenate(
        [np.argpartition(-(problems[at : at + 1000] @ problems.T), NEAR, axis=1)[:, :NEAR] for at in blocks]
    )


def airline_rows() -> list[dict[str, Any]]:
    """Return the airline conversations, or stop with a remedy when they are not there."""
    path = Path(os.environ.get("FRONTDESK_DATA", "../shared/data")) / "airlines_twcs" / "history_80pct.jsonl.gz"
    if not path.exists():
        raise SystemExit(f"{path} is not there: set FRONTDESK_DATA to the folder of public data sets.")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
