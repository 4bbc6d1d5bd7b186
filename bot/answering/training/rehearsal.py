"""Rows made of fact cards, learned beside a team's own so that the generator keeps what it could before.

Fine-tuned on the demo team's pairs alone, the loss on cards that it had not seen rose within 48 steps from 2.43 to
3.43; with three rows of ten from cards, to 2.52, and the team's own pairs were learned as well (0.24 against 0.22). A
card is a small world of facts with questions that they answer and questions that they do not.
"""

from __future__ import annotations

import json
import random
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.answering.training.rows import Row
from bot.settings import PROJECT_ROOT

FOLDER = PROJECT_ROOT / "training_data" / "generator"
# Share of rehearsed rows among all.
SHARE = 0.3
# One card of so many is only measured on; the same ones as when the shipped weights were trained.
HELD_OUT = 12
# Share of rows whose facts do not answer the question: one without the facts needed, one that none of them answers.
MISSING, UNANSWERED = 0.09, 0.10
STRANGERS = 3  # facts of other cards, at most
GROUP = "cards"

Card = dict[str, Any]
_SLOT = re.compile(r"{(\w+)}")


class Rehearsal:
    """An endless stream of rows; ``held_out`` chooses the cards to learn from or those to measure on."""

    def __init__(self, cards: Sequence[Card], seed: int, *, held_out: bool = False) -> None:
        self._cards = [card for card in cards if is_held_out(card) == held_out]
        self._picked = random.Random(seed)

    def __bool__(self) -> bool:
        return bool(self._cards)

    def __iter__(self) -> Iterator[Row]:
        while True:
            yield self.row()

    def row(self) -> Row:
        """Return the next row."""
        card, chance = self._picked.choice(self._cards), self._picked.random()
        filled = self._filled(card)
        every = range(len(card["facts"]))
        if chance < UNANSWERED:
            return self._row(card, filled, self._picked.choice(card["unanswered"]), every, "")
        ask = self._picked.choice(card["asks"])
        question, answer = self._picked.choice(ask["questions"]), self._picked.choice(ask["answers"])
        others = [at for at in every if at not in ask["uses"]]
        if chance < UNANSWERED + MISSING:
            return self._row(card, filled, question, others, "")
        some = self._picked.sample(others, self._picked.randint(0, len(others)))
        return self._row(card, filled, question, [*ask["uses"], *some], answer)

    def _row(self, card: Card, filled: dict[str, str], question: str, facts: Sequence[int], answer: str) -> Row:
        told = [self._fact(card, at, filled) for at in facts]
        for _ in range(self._picked.randint(0 if told else 1, STRANGERS)):
            other = self._picked.choice(self._cards)
            if other is not card:
                told.append(self._fact(other, self._picked.randrange(len(other["facts"])), self._filled(other)))
        self._picked.shuffle(told)
        return Row(_fill(question, filled), tuple(self._passages(told)), _fill(answer, filled), GROUP)

    def _passages(self, told: Sequence[str]) -> Iterator[str]:
        at = 0
        while at < len(told):
            size = self._picked.randint(1, 3)
            yield " ".join(told[at : at + size])
            at += size

    def _fact(self, card: Card, at: int, filled: dict[str, str]) -> str:
        return _fill(self._picked.choice(card["facts"][at]), filled)

    def _filled(self, card: Card) -> dict[str, str]:
        return {name: self._picked.choice(choices) for name, choices in card["values"].items()}


def read_cards(folder: Path = FOLDER) -> list[Card]:
    """Return all cards; none where the folder is not there, as in an installation without the training data."""
    lines = [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]
    return [json.loads(line) for line in lines if line.strip()]


def is_held_out(card: Card) -> bool:
    """Return whether a card is only measured on; its id alone decides."""
    return zlib.crc32(card["id"].encode()) % HELD_OUT == 0


def _fill(text: str, filled: dict[str, str]) -> str:
    return _SLOT.sub(lambda match: filled.get(match[1], match[0]), text)
