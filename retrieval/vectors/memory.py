"""What an open index takes in memory, from its size."""

from __future__ import annotations

from retrieval.vectors.exact import Exact
from retrieval.vectors.lists import Lists
from retrieval.vectors.tuning import Tuning

MEGABYTE = 1_000_000
ID = 8
FLOAT, BYTE = 4, 1


def memory_of(count: int, dimension: int, tuning: Tuning) -> dict[str, float]:
    """Return megabytes: ``resident``, ``mapped`` (lists, at most) and ``raw`` (float32, compared)."""
    raw = count * dimension * FLOAT
    lists = count * (dimension * BYTE + ID) + tuning.lists * dimension * FLOAT
    held = {
        Exact.kind: {"resident": raw + 2 * count * ID, "mapped": 0},
        Lists.kind: {"resident": count * ID + tuning.lists * dimension * FLOAT, "mapped": lists},
    }.get(tuning.kind, {"resident": 0, "mapped": 0})
    return {name: round(size / MEGABYTE, 1) for name, size in (held | {"raw": raw}).items()}
