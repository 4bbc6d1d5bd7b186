"""The mixture that the shipped generator is trained on: fact cards, the demo shop's training questions, public sets."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from benchmarks.generator.cards import CardRows, cards, is_held_out
from benchmarks.generator.public import Public
from benchmarks.generator.rows import spoken
from bot.answering.small.reading import CLS, NOT_ENOUGH, SEP, Tokens
from bot.answering.small.values import Slots
from bot.answering.small.writing import surfaces
from bot.answering.training.rows import Row

# Share of each source among the rows.
SHARES = {"cards": 0.36, "replies": 0.16, "FAQ": 0.10, "services": 0.14, "passages": 0.13, "own": 0.05, "tickets": 0.06}
COMMON_WORDS = 5000
SAMPLE = 40_000  # rows that common words are counted in
LEAST = 3  # times a word has to occur to be common
# Whose answers the common words are taken from; the others quote, and quoting needs none.
TALKING = ("cards", "replies", "services", "training")


class Mix:
    """An endless stream of rows in the shares above, the same for the same seed."""

    def __init__(self, data: Path, own: Path, seed: int) -> None:
        self._picked = random.Random(seed)
        self._public = Public(data / "generator", seed)
        self._sources: dict[str, Iterator[Row]] = {
            "cards": iter(CardRows([card for card in cards() if not is_held_out(card)], seed)),
            "replies": self._again(self._public.replies),
            "FAQ": self._public.selections(10**9),
            "services": self._again(lambda: list(self._public.services(0.3))),
            "passages": self._again(lambda: list(self._public.passages())),
            "own": self._own_rows(own_rows(own, "training")),
            "tickets": self._own_rows(own_rows(own, "tickets")),
        }

    def __iter__(self) -> Iterator[Row]:
        names, weights = list(SHARES), list(SHARES.values())
        while True:
            yield next(self._sources[self._picked.choices(names, weights)[0]])

    def _again(self, make: object) -> Iterator[Row]:
        """Yield all rows of a source in random order, then make them anew."""
        assert callable(make)
        while True:
            rows = list(make())
            self._picked.shuffle(rows)
            yield from rows

    def _own_rows(self, rows: list[Row]) -> Iterator[Row]:
        for row in cycle(rows):
            passages = list(row.passages)
            if len(passages) > 1 and self._picked.random() < 0.5:
                last = passages.pop()
                passages.insert(self._picked.randint(0, len(passages)), last)
            yield Row(row.question, tuple(passages), row.answer, row.group)


def own_rows(path: Path, split: str) -> list[Row]:
    """Return rows from what own.py wrote; where the right ticket was not found, it is given."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    found = []
    for row in (row for row in rows if row["split"] == split):
        if row["answerable"] and row["given"]:
            found.append(Row(row["question"], tuple(row["given"][:4]), spoken(row["answer"]), row["split"]))
        elif not row["answerable"] and row["found"]:
            found.append(Row(row["question"], tuple(row["found"]), "", f"{row['split']} without answer"))
    return found


def held_out(data: Path, own: Path, seed: int) -> dict[str, list[Row]]:
    """Return the measuring rows by source: cards and replies that training never sees, questions of the demo shop."""
    kept = CardRows([card for card in cards() if is_held_out(card)], seed)
    return {
        "cards": [kept.one() for _ in range(300)],
        "replies": Public(data / "generator", seed).replies(held_out=True),
        "own": own_rows(own, "calibration"),
    }


def common_words(rows: Iterator[Row], tokens: Tokens) -> list[int]:
    """Return the ids of words that may be written without being read: frequent, no names, no digits."""
    counted: Counter[int] = Counter()
    texts = []
    for _ in range(SAMPLE):
        row = next(rows)
        if row.group not in TALKING:
            continue
        counted.update(token for token in tokens.ids(row.answer, Slots()) if token < NOT_ENOUGH)
        texts.append(row.answer)
    written = surfaces(texts)
    names = {word for word, form in written.items() if form[0].isupper() and len(word) > 1}
    found = [
        token
        for token, count in counted.most_common()
        if count >= LEAST and not (piece := tokens.word(token)).strip("#").isdigit() and piece not in names
    ]
    return [SEP, NOT_ENOUGH, *(token for token in found if token not in (CLS, SEP))][:COMMON_WORDS]
