"""Writes the files of an index, from nothing or from a former release.

    ids.npy, pairs.f16   row ids and exact vectors, in the order of row ids
    keys.npy             what each ticket's vector was made from: tells the next build which vectors have changed
    lists.faiss          only above the size up to which exact search is faster

A vector that is no longer wanted is in none of the new files.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexMismatch
from retrieval.vectors.base import PARTS, Ids, check_shape, combine
from retrieval.vectors.lists import POINTS, Lists, lists_for
from retrieval.vectors.options import IndexOptions
from retrieval.vectors.pairs import BLOCK, IDS_FILE, PAIRS_FILE, Pairs
from retrieval.vectors.tuning import Tuning, tune

log = logging.getLogger(__name__)

Row = tuple[int, str, bytes]
Keys = NDArray[np.bytes_]

KEYS_FILE, LISTS_FILE = "keys.npy", "lists.faiss"
# Characters of a text's hash that are kept: 128 bits.
KEY_LENGTH = 32
# The lists are made again once there are so many times more tickets, or fewer, than they were trained with.
GROWTH = 2.0


@dataclass(frozen=True)
class Former:
    """A release to go on from."""

    folder: Path
    tuning: Tuning


def write_pairs(folder: Path, pages: Iterable[Sequence[Row]], dimension: int) -> Iterator[tuple[int, str]]:
    """Write ids, keys and pairs, and yield row id and text hash of each ticket that was written.

    Pages hold row id, text hash and pair (float32), by ascending row id.
    """
    ids: list[Ids] = []
    keys: list[Keys] = []
    with open(folder / PAIRS_FILE, "wb") as out:
        for page in pages:
            pairs = np.frombuffer(b"".join(row[2] for row in page), dtype=np.float32)
            check_shape(pairs, (len(page) * PARTS * dimension,))
            out.write(pairs.astype(np.float16).tobytes())
            ids.append(np.array([row[0] for row in page], dtype=np.int64))
            keys.append(np.array([row[1] for row in page], dtype=f"S{KEY_LENGTH}"))
            yield from ((rowid, key) for rowid, key, _ in page)
    np.save(folder / IDS_FILE, np.concatenate([np.zeros(0, np.int64), *ids]))
    np.save(folder / KEYS_FILE, np.concatenate([np.zeros(0, f"S{KEY_LENGTH}"), *keys]))


def write_lists(folder: Path, dimension: int, options: IndexOptions, former: Former | None) -> Tuning:
    """Write the lists beside the pairs of ``folder``, where there are enough tickets for them."""
    pairs = Pairs.opened(folder, dimension)
    # Some lists of no ticket at all could not even be trained.
    if len(pairs) <= options.exact_up_to or lists_for(len(pairs)) >= len(pairs):
        return Tuning()
    tuned = former and _updated(folder, pairs, former, options.recall)
    lists, tuning = tuned or _trained(pairs, options.recall)
    lists.save(folder / LISTS_FILE)
    return tuning


def _trained(pairs: Pairs, target: float) -> tuple[Lists, Tuning]:
    count = lists_for(len(pairs))
    rng = np.random.default_rng(count)
    chosen = np.sort(rng.choice(len(pairs), min(len(pairs), POINTS * count), replace=False))
    parts = [combine(pairs.rows(chosen[start : start + BLOCK])) for start in range(0, len(chosen), BLOCK)]
    lists = Lists.trained(np.concatenate(parts), count)
    for ids, rows in pairs.blocks():
        lists.add(ids, combine(rows))
    tuning = tune(lists, pairs, target, len(pairs))
    if tuning.recall < target:
        log.warning("lists hold a recall of %.3f, not %.3f: set index.exact_up_to higher", tuning.recall, target)
    return lists, tuning


def _updated(folder: Path, pairs: Pairs, former: Former, target: float) -> tuple[Lists, Tuning] | None:
    """Return the former lists without what is gone and with what is new; None where they are to be made again."""
    trained_on = former.tuning.trained_on
    if former.tuning.kind != Lists.kind or not trained_on / GROWTH <= len(pairs) <= trained_on * GROWTH:
        return None
    try:
        lists = Lists.opened(former.folder / LISTS_FILE, pairs.dimension, former.tuning.probes, mapped=False)
        gone, new = changes(former.folder, folder)
    except (IndexMismatch, OSError, ValueError) as exc:
        log.warning("the former lists cannot be used and are made again: %s", exc)
        return None
    lists.remove(gone)
    known, at = pairs.positions(new)
    for start in range(0, len(new), BLOCK):
        part = slice(start, start + BLOCK)
        lists.add(known[part], combine(pairs.rows(at[part])))
    tuning = tune(lists, pairs, target, trained_on) if len(lists) == len(pairs) else None
    return (lists, tuning) if tuning and tuning.recall >= target else None


def changes(former: Path, folder: Path) -> tuple[Ids, Ids]:
    """Return the ids whose former vectors are no longer right, and those whose vectors are new."""
    (old_ids, old_keys), (ids, keys) = (
        (np.load(path / IDS_FILE), np.load(path / KEYS_FILE)) for path in (former, folder)
    )
    _, old_at, at = np.intersect1d(old_ids, ids, assume_unique=True, return_indices=True)
    same = old_keys[old_at] == keys[at]
    return np.delete(old_ids, old_at[same]), np.delete(ids, at[same])
