"""Rows made from fact cards (training_data/generator/): paraphrase x question x answer x values x distracting facts."""

from __future__ import annotations

import json
import random
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.generator.rows import mixed
from bot.answering.training.rows import Row

FOLDER = Path("training_data/generator")
HELD_OUT = 12  # one card of so many is never trained on
Card = dict[str, Any]
_POLAR = re.compile(r"(?:yes|no|unfortunately|sorry|not)\b", re.IGNORECASE)
_SLOT = re.compile(r"{(\w+)}")
_JOINTS = (" ", " ", " And ", " Also, ", " Another question: ", "\n")


def cards(folder: Path = FOLDER) -> list[Card]:
    """Return all cards."""
    lines = [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]
    return [json.loads(line) for line in lines if line.strip()]


def is_held_out(card: Card) -> bool:
    """Return whether a card belongs to the measuring part; decided by its id alone."""
    return zlib.crc32(card["id"].encode()) % HELD_OUT == 0


class CardRows:
    """An endless stream of rows; ``others`` lends distracting facts."""

    def __init__(self, cards: list[Card], seed: int) -> None:
        self._cards = cards
        self._picked = random.Random(seed)

    def __iter__(self) -> Iterator[Row]:
        while True:
            yield self.one()

    def one(self) -> Row:
        """Return one row, one in five without an answer."""
        card, chance = self._picked.choice(self._cards), self._picked.random()
        filled = self._values(card)
        if chance < 0.10:
            question = self._picked.choice(card["unanswered"])
            return self._row(_fill(question, filled), self._facts(card, filled, range(len(card["facts"]))), "", card)
        ask = self._picked.choice(card["asks"])
        question = _fill(self._picked.choice(ask["questions"]), filled)
        others = [at for at in range(len(card["facts"])) if at not in ask["uses"]]
        if chance < 0.19:
            return self._row(question, self._facts(card, filled, others), "", card)
        answer = _fill(self._picked.choice(self._answers(card, ask)), filled)
        facts = self._facts(card, filled, ask["uses"])
        if self._picked.random() < 0.25:
            facts += self._facts(card, filled, [self._picked.choice(ask["uses"])])
        facts += self._facts(card, filled, self._picked.sample(others, self._picked.randint(0, len(others))))
        if chance < 0.27:
            question, facts, answer = self._two(question, facts, answer)
        elif chance < 0.34:
            before = _fill(self._picked.choice(self._picked.choice(card["asks"])["questions"]), filled)
            question = f"{before} {question}"
        return self._row(question, facts, answer, card)

    def _answers(self, card: Card, ask: Card) -> list[str]:
        """Return ways to answer; one in five times the fact in other words, unless it has to begin with yes or no."""
        if len(ask["uses"]) > 1 or _POLAR.match(ask["answers"][0]) or self._picked.random() > 0.2:
            return list(ask["answers"])
        return list(card["facts"][ask["uses"][0]])

    def _two(self, question: str, facts: list[str], answer: str) -> tuple[str, list[str], str]:
        """Return two requests of different cards in one message, both answered."""
        other = self._picked.choice(self._cards)
        ask, filled = self._picked.choice(other["asks"]), self._values(other)
        second = _fill(self._picked.choice(ask["questions"]), filled)
        joined = question.rstrip() + self._picked.choice(_JOINTS) + second
        both = f"{answer} {_fill(self._picked.choice(ask['answers']), filled)}"
        return joined, facts + self._facts(other, filled, ask["uses"]), both

    def _row(self, question: str, facts: list[str], answer: str, card: Card) -> Row:
        strangers = self._picked.randint(0, 3) if answer else self._picked.randint(1, 5)
        for _ in range(strangers):
            other = self._picked.choice(self._cards)
            if other is not card:
                facts = facts + self._facts(other, self._values(other), [self._picked.randrange(len(other["facts"]))])
        group = "cards" if answer else "cards without answer"
        return Row(question, mixed(self._picked, list(dict.fromkeys(facts))), answer, group, card["id"])

    def _facts(self, card: Card, filled: dict[str, str], places: Any) -> list[str]:
        return [_fill(self._picked.choice(card["facts"][at]), filled) for at in places]

    def _values(self, card: Card) -> dict[str, str]:
        return {name: self._picked.choice(choices) for name, choices in card["values"].items()}


def _fill(text: str, filled: dict[str, str]) -> str:
    return _SLOT.sub(lambda match: filled.get(match[1], match[0]), text)
