"""All pairs of an installation's tickets, parted into sides. Made anew for other tickets, gone on with after a kill.

The file holds ids and numbers, no words of customers.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.answering.training.candidates import Candidates
from bot.answering.training.pairs import Pair, PairMaker
from bot.answering.training.splits import SIDES, Side
from bot.errors import TrainingError

# Pairs with an answer below which nothing is learned but the noise of a few tickets.
LEAST_PAIRS = 50
# Held-out questions below which no difference can be told from chance.
LEAST_JUDGED = 5

Progress = Callable[[int], None]


@dataclass
class Corpus:
    """Pairs by side, why tickets have none, and how many tickets were moved to an older side as near-duplicates."""

    pairs: dict[Side, list[Pair]] = field(default_factory=lambda: {side: [] for side in SIDES})
    left_out: Mapping[str, int] = field(default_factory=dict)
    moved: int = 0

    def answered(self, side: Side) -> list[Pair]:
        """Return the pairs of a side that have an answer."""
        return [pair for pair in self.pairs[side] if pair.said]

    def counts(self) -> dict[str, Any]:
        """Return how many pairs each side has, by whose answers are read, and what was left out."""
        found: dict[str, Any] = {side: dict(Counter(pair.source for pair in self.pairs[side])) for side in SIDES}
        return found | {"left out": dict(self.left_out), "near-duplicates moved": self.moved}

    def refuse_if_too_small(self) -> None:
        """Check that there is enough to learn from and to judge by.

        Raises:
            TrainingError: there is not.
        """
        refuse_if_too_few(sum(len(self.answered(side)) for side in SIDES), self.left_out)
        self.refuse_if_unjudged()

    def refuse_if_unjudged(self) -> None:
        """Check that there is enough to judge by.

        Raises:
            TrainingError: there is not.
        """
        judged = len(self.answered("held out"))
        if judged < LEAST_JUDGED:
            raise TrainingError(
                f"Only {judged} of the newest tickets say something that no older one says; {LEAST_JUDGED} are needed "
                "to judge a model by. Import more solved tickets: frontdesk tickets import FILE"
            )


def refuse_if_too_few(usable: int, left_out: Mapping[str, int]) -> None:
    """Check that there are tickets enough to learn from.

    Raises:
        TrainingError: there are not.
    """
    if usable < LEAST_PAIRS:
        reasons = ", ".join(f"{count} {why}" for why, count in left_out.items()) or "none"
        raise TrainingError(
            f"Only {usable} tickets can be learned from (left out: {reasons}); {LEAST_PAIRS} are needed, and some "
            "thousand to gain much. Import more solved tickets: frontdesk tickets import FILE"
        )


def make_corpus(
    wanted: Candidates,
    maker: PairMaker,
    parted: Mapping[str, Side],
    path: Path | None = None,
    key: str = "",
    progress: Progress = lambda done: None,
) -> Corpus:
    """Return the pairs of all tickets; what a kill left in ``path`` under the same key is not made again.

    Args:
        wanted: the tickets.
        maker: makes their pairs.
        parted: the side of each ticket; one without a side is not in the index and left out.
        path: where pairs are kept while they are made; None keeps them nowhere.
        key: names what they depend on; a file with another key is thrown away.
        progress: gets the number of tickets done.
    """
    found, left_out = Corpus(), Counter(wanted.left_out)
    kept = _Kept(path, key)
    for done, name in enumerate(wanted.ids, start=1):
        made = kept.known.get(name) if name in parted else "not in the index yet: frontdesk index build"
        if made is None:
            made = maker.pairs(name)
            kept.add(name, made)
        if isinstance(made, str):
            left_out[made] += 1
        else:
            found.pairs[parted[name]].extend(made)
        progress(done)
    found.left_out = dict(left_out)
    return found


def key_of(*parts: object) -> str:
    """Return a name for all that pairs depend on."""
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()


class _Kept:
    """The file: its key, then a line for each ticket; a line that a kill cut short is taken off."""

    def __init__(self, path: Path | None, key: str) -> None:
        self.known: dict[str, tuple[Pair, ...] | str] = {}
        self._path = path
        if path is None:
            return
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        whole = [line for line in lines if line.endswith(b"\n")]
        if not whole or json.loads(whole[0]) != {"key": key}:
            whole = [json.dumps({"key": key}).encode() + b"\n"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(whole))
        for data in map(json.loads, whole[1:]):
            self.known[data["ticket"]] = data["why"] or tuple(map(Pair.from_dict, data["pairs"]))

    def add(self, name: str, made: tuple[Pair, ...] | str) -> None:
        if self._path is None:
            return
        why, pairs = (made, ()) if isinstance(made, str) else ("", made)
        line = {"ticket": name, "why": why, "pairs": [pair.to_dict() for pair in pairs]}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
