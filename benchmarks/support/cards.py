"""Pairs from our own fact cards: small worlds of two to four facts, with answers that rest on some of them.

An answer is stated by the facts it uses, in any of their wordings, and by nothing less: other facts of the card, other
values, a changed polarity, or one fact of two make it unsupported. Whole cards are held out.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.reranker.sources import share
from benchmarks.support import falsify
from benchmarks.support.pairs import Pair

PASSES = 2  # over a card of the training part, each with other values, wordings and distractors
DEV, TEST = 0.1, 0.25  # share of cards that thresholds are chosen on, and up to where the test cards go
JOINTS = (" ", " ", " … ")
CHANGES = (
    (falsify.negated, 0.8), (falsify.swapped, 0.6), (falsify.added, 0.5), (falsify.renumbered, 0.3),
)  # fmt: skip
_SLOT = re.compile(r"\{(\w+)\}")
Card = dict[str, Any]


def load(folder: Path) -> list[Card]:
    """Return the cards of all files of a folder; the last line of a file may still be in the writing."""
    found: list[Card] = []
    for path in sorted(folder.glob("*.jsonl")):
        *whole, _ = path.read_text(encoding="utf-8").split("\n")
        found += [json.loads(line) for line in whole if line]
    return found


def part_of(card: Card) -> str:
    """Return which part a card belongs to, by its name alone."""
    place = share(card["id"])
    return "dev" if place < DEV else "test" if place < TEST else "train"


def pairs(cards: Sequence[Card], picked: random.Random) -> Iterator[Pair]:
    """Return the pairs of all cards; other cards of the same part lend what distracts."""
    for card in cards:
        part = part_of(card)
        others = [one for one in cards if one["id"] != card["id"] and part_of(one) == part]
        for _ in range(PASSES if part == "train" else 1):
            yield from Maker(card, others, part, picked).pairs()


class Maker:
    """Makes the pairs of one card."""

    def __init__(self, card: Card, others: Sequence[Card], part: str, picked: random.Random) -> None:
        self._card = card
        self._others = others
        self._part = part
        self._picked = picked

    def pairs(self) -> Iterator[Pair]:
        """Return all pairs of the card."""
        for ask in self._card["asks"]:
            for answer in ask["answers"]:
                yield from self._of_answer(answer, ask["uses"])
        for at, wordings in enumerate(self._card["facts"]):
            for wording in self._picked.sample(wordings, min(2, len(wordings))):
                yield from self._of_answer(wording, [at])

    def _of_answer(self, answer: str, uses: Sequence[int]) -> Iterator[Pair]:
        values = self._values()
        text = filled(answer, values)
        yield self._pair(self._evidence(uses, values, answer), text, True, "stated")
        if (polite := falsify.same(text, self._picked)) and self._picked.random() < 0.5:
            yield self._pair(self._evidence(uses, values, answer), polite, True, "other form")
        parts = re.split(r"(?<=[.!?]) +", text)
        if len(parts) > 1:
            for part in parts:
                if len(part.split()) > 4:
                    yield self._pair(self._evidence(uses, values, answer), part, True, "sentence")
        yield from self._unsupported(answer, text, uses, values)

    def _unsupported(self, answer: str, text: str, uses: Sequence[int], values: Mapping[str, str]) -> Iterator[Pair]:
        rest = [at for at in range(len(self._card["facts"])) if at not in uses]
        if rest:
            yield self._pair(self._evidence(rest, values, answer, all_of_them=True), text, False, "other facts")
        if len(uses) > 1:
            for left in self._picked.sample(list(uses), len(uses)):
                some = [at for at in range(len(self._card["facts"])) if at != left]
                yield self._pair(self._evidence(some, values, answer, all_of_them=True), text, False, "half")
        if other := self._other_values(answer, values):
            yield self._pair(self._evidence(uses, values, answer), filled(answer, other), False, "other value")
        for change, often in CHANGES:
            if self._picked.random() < often and (new := change(text, self._picked)):
                yield self._pair(self._evidence(uses, values, answer), new, False, change.__name__)
        change = self._picked.choice((falsify.negated, falsify.swapped))
        if self._picked.random() < 0.5 and (other := self._falsified(uses, values, answer, change)):
            yield self._pair(other, text, False, "evidence changed")
        if self._others and self._picked.random() < 0.3:
            lent = self._lent()
            yield self._pair(lent, text, False, "other card")
        if self._others and self._picked.random() < 0.3:
            clause = self._lent()
            both = f"{text.rstrip('.! ')}, and {clause[0].lower()}{clause[1:]}"
            yield self._pair(self._evidence(uses, values, answer), both, False, "joined with another")

    def _pair(self, evidence: str, text: str, supported: bool, kind: str) -> Pair:
        return Pair(evidence, text, supported, "cards", kind, self._part, self._card["id"])

    def _evidence(self, uses: Sequence[int], values: Mapping[str, str], but: str, *, all_of_them: bool = False) -> str:
        """Return wordings of the facts in any order, at times with others around them; never the text ``but``."""
        facts = self._card["facts"]
        picked = self._picked
        chosen = [picked.choice([one for one in facts[at] if one != but]) for at in uses]
        if not all_of_them:
            rest = [at for at in range(len(facts)) if at not in uses]
            chosen += [picked.choice(facts[at]) for at in rest if picked.random() < 0.25]
        texts = [filled(one, values) for one in chosen]
        if self._others and picked.random() < 0.15:
            texts.append(self._lent())
        picked.shuffle(texts)
        return picked.choice(JOINTS).join(texts)

    def _falsified(
        self, uses: Sequence[int], values: Mapping[str, str], but: str, change: Callable[[str, random.Random], str]
    ) -> str:
        """Return the facts used with one of them made false, nothing where that cannot be done."""
        chosen = [
            filled(self._picked.choice([one for one in self._card["facts"][at] if one != but]), values) for at in uses
        ]
        at = self._picked.randrange(len(chosen))
        chosen[at] = change(chosen[at], self._picked)
        return self._picked.choice(JOINTS).join(chosen) if chosen[at] else ""

    def _lent(self) -> str:
        """Return a fact of another card, rather one of the same domain."""
        near = [one for one in self._others if one["domain"] == self._card["domain"]]
        card = self._picked.choice(near if near and self._picked.random() < 0.6 else self._others)
        wording = self._picked.choice(self._picked.choice(card["facts"]))
        return filled(wording, {name: self._picked.choice(many) for name, many in card["values"].items()})

    def _values(self) -> dict[str, str]:
        return {name: self._picked.choice(many) for name, many in self._card["values"].items()}

    def _other_values(self, answer: str, values: Mapping[str, str]) -> dict[str, str] | None:
        """Return the values with one that the answer uses changed."""
        used = [name for name in _SLOT.findall(answer) if len(self._card["values"].get(name, ())) > 1]
        if not used:
            return None
        name = self._picked.choice(used)
        other = [one for one in self._card["values"][name] if one != values[name]]
        return {**values, name: self._picked.choice(other)} if other else None


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return the text with the values in the places of its slots."""
    return _SLOT.sub(lambda found: values.get(found[1], found[0]), text)
