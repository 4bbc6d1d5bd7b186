"""Rows that the small generator learns from, and their tokens."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from bot.answering.small.reading import NOT_ENOUGH, Tokens

# Tokens of an answer that may be neither common words nor in the evidence; they teach nothing and do not count.
UNKNOWN = 1
LONGEST_ANSWER = 90  # tokens


@dataclass(frozen=True)
class Row:
    """A question, its evidence in passages, and the answer; an empty answer says that the evidence has none."""

    question: str
    passages: tuple[str, ...]
    answer: str
    group: str = ""
    kept: str = field(default="", compare=False)  # what a split by hash looks at


@dataclass(frozen=True)
class Example:
    """A row in tokens."""

    ids: list[int]
    kinds: list[int]
    answer: list[int]
    group: str


class Examples:
    """Turns rows into examples; rows whose answers are not in their evidence are left out and counted."""

    def __init__(self, tokens: Tokens, common: Collection[int], picked: random.Random | None = None) -> None:
        self._tokens = tokens
        self._common = frozenset(common)
        self._picked = picked
        self.taken, self.left_out = 0, 0

    def of(self, rows: Iterable[Row]) -> Iterator[Example]:
        """Yield an example for each row that is fit to be learned."""
        for row in rows:
            example = self.one(row)
            if example is None:
                self.left_out += 1
            else:
                self.taken += 1
                yield example

    def one(self, row: Row) -> Example | None:
        """Return the example, nothing when the answer holds values or several words that the evidence does not."""
        source = self._tokens.source(row.question, row.passages, self._picked)
        if not row.answer:
            return Example(source.ids, source.kinds, [NOT_ENOUGH], row.group)
        answer = self._tokens.answer(row.answer, source)
        if not answer or len(answer) > LONGEST_ANSWER:
            return None
        if sum(token not in self._common and token not in source.ids for token in answer) > UNKNOWN:
            return None
        return Example(source.ids, source.kinds, answer, row.group)
