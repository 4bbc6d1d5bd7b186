"""Parts tickets into those to learn from, those to stop by and those to judge by, so that none is on two sides.

By time: the newest are held out, as in use, where every question is newer than what was learned. Near-duplicates are on
one side: what would repeat an older ticket's question or answer is learned from, not judged by.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from retrieval.store import TicketStore

Side = Literal["training", "check", "held out"]
SIDES: tuple[Side, ...] = ("training", "check", "held out")
# Shares of the newest tickets; "check" tells when to stop, so that what judges has chosen nothing.
HELD_OUT, CHECK = 0.15, 0.10
# Cosine of two problems, or of two solutions, from which on tickets are near-duplicates.
SAME = 0.95
# Where so few are left to judge by, more of the newest are held out, up to this share.
LEAST, MOST_HELD_OUT = 20, 0.35
PAGE = 2000  # vectors read or compared at a time

Floats = NDArray[np.float32]


class Vectors:
    """Vectors of the problems and of the solutions of tickets [ticket, width], in the order of ``ids``."""

    def __init__(self, ids: Sequence[str], problems: Floats, solutions: Floats) -> None:
        self.ids, self.problems, self.solutions = tuple(ids), problems, solutions
        self.place = {name: at for at, name in enumerate(self.ids)}


def vectors_of(store: TicketStore, fingerprint: str, ids: Sequence[str]) -> Vectors:
    """Return the vectors of tickets as the index holds them; tickets that it does not hold yet are left out."""
    rows: dict[int, str] = {}
    for at in range(0, len(ids), PAGE // 4):
        rows |= {row: name for name, row in store.rowids(ids[at : at + PAGE // 4]).items()}
    found: dict[str, Floats] = {}
    last = 0
    while page := store.vectors(fingerprint, last, PAGE):
        last = page[-1][0]
        found |= {rows[row]: np.frombuffer(vector, dtype=np.float32) for row, _, vector in page if row in rows}
    kept = [name for name in ids if name in found]
    both = np.array([found[name] for name in kept] or np.zeros((0, 2)), dtype=np.float32)
    width = both.shape[1] // 2
    return Vectors(kept, both[:, :width], both[:, width:])


def sides(vectors: Vectors) -> tuple[dict[str, Side], int]:
    """Return the side of each ticket, and how many were moved to an older side as near-duplicates.

    ``vectors`` are in the order of time, the oldest first.
    """
    share = HELD_OUT
    while True:
        parted, moved = _sides(vectors, share)
        enough = int((parted == 2).sum()) >= min(LEAST, HELD_OUT * len(parted))
        if enough or share >= MOST_HELD_OUT:
            return {name: SIDES[side] for name, side in zip(vectors.ids, parted, strict=True)}, moved
        share += 0.10


def _sides(vectors: Vectors, share: float) -> tuple[NDArray[np.int64], int]:
    count = len(vectors.ids)
    places = np.arange(count)
    first_check, first_held_out = round(count * (1 - share - CHECK)), round(count * (1 - share))
    by_time = (places >= first_check).astype(np.int64) + (places >= first_held_out)
    parted = by_time.copy()
    for side in (0, 1):
        # What is near a ticket of this side joins it, and so does what is near that one.
        joined = np.flatnonzero(parted == side)
        while len(joined) and len(later := np.flatnonzero(parted > side)):
            joined = later[_near(vectors, later, joined)]
            parted[joined] = side
    return parted, int((parted != by_time).sum())


def _near(vectors: Vectors, some: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which of ``some`` are near-duplicates of one of ``others``."""
    found = np.zeros(len(some), dtype=np.bool_)
    for rows in (vectors.problems, vectors.solutions):
        for at in range(0, len(others), PAGE):
            part = rows[others[at : at + PAGE]].T
            for start in range(0, len(some), PAGE):
                likeness = rows[some[start : start + PAGE]] @ part
                found[start : start + PAGE] |= (likeness >= SAME).any(axis=1)
    return found
