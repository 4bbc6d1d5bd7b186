"""Values of a text (numbers, amounts, times, links) as placeholders, so that no network ever spells one.

A network that writes "19.99" digit by digit writes "19.9" some day. Here it reads and writes one token for the whole
value and the text of the evidence is put back afterwards: a figure is right or it is missing (delexicalisation, Wen et
al. 2015, arXiv:1508.01745). Equal values share a placeholder, within one question and its evidence.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# Kinds and how many different values of each one reading can hold.
SLOTS = {"link": 8, "money": 12, "share": 6, "time": 10, "number": 28}
COUNT = sum(SLOTS.values())
_STARTS = {kind: sum(list(SLOTS.values())[:at]) for at, kind in enumerate(SLOTS)}

_DIGITS = r"\d+(?:[.,:/’'-]\d+)*"
_CURRENCY = r"[$€£¥₹]|(?:USD|EUR|GBP|CHF|CAD|AUD|CNY|RMB)\b"
_TOP = "example|com|org|net|io|eu|de"
_VALUE = re.compile(
    rf"""
    (?P<link>(?:https?://[^\s<>"]+|www\.[^\s<>"]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+
        |\b[\w-]+\.(?:{_TOP})\b[^\s<>",;]*)(?<![.,;:!?)]))
    |(?P<money>(?:{_CURRENCY})\s?{_DIGITS}(?:\s?(?:[kKmM]|million|billion)\b)?|{_DIGITS}\s?(?:{_CURRENCY}))
    |(?P<share>{_DIGITS}\s?%)
    |(?P<time>\b\d{{1,2}}(?:[:.]\d\d)?\s?(?:a\.?m\b\.?|p\.?m\b\.?|AM\b|PM\b|o'clock\b|h\b)|\b\d{{1,2}}:\d\d\b)
    |(?P<number>\[[A-Z][A-Z_ ]{{1,20}}\]
        |(?<![\w{{])[+#]?(?:[A-Za-z]{{1,4}}-?){{0,2}}{_DIGITS}(?:[A-Za-z°]{{1,3}}\b)?(?:\)?[ -]\d{{3,}})*)
    """,
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True)
class Value:
    """One value in a text: its place, its kind and its words."""

    start: int
    end: int
    kind: str
    text: str


class Slots:
    """Gives each different value of one reading its placeholder, a number from 0 to ``COUNT``."""

    def __init__(self, shuffled: random.Random | None = None) -> None:
        """Hand out placeholders in order, or in an order of chance, so that training meets all of them."""
        self._free = {kind: list(range(count)) for kind, count in SLOTS.items()}
        for numbers in self._free.values():
            (shuffled.shuffle if shuffled else list.reverse)(numbers)
        self._known: dict[str, int] = {}
        self._texts: dict[int, str] = {}

    def place(self, value: Value) -> int | None:
        """Return the placeholder of a value, nothing when all of its kind are taken."""
        key = _normal(value.text)
        if key not in self._known:
            if not self._free[value.kind]:
                return None
            number = _STARTS[value.kind] + self._free[value.kind].pop()
            self._known[key], self._texts[number] = number, value.text
        return self._known[key]

    def known(self, value: Value) -> int | None:
        """Return the placeholder of a value that was met before, else nothing."""
        return self._known.get(_normal(value.text))

    def text(self, number: int) -> str:
        """Return the value behind a placeholder, as it stood where it was met first."""
        return self._texts.get(number, "")


def values(text: str) -> list[Value]:
    """Return the values of a text in order; none overlap."""
    return [
        Value(match.start(), match.end(), match.lastgroup or "number", match[0])
        for match in _VALUE.finditer(text)
        if any(map(str.isdigit, match[0])) or match.lastgroup == "link" or match[0].startswith("[")
    ]


def pieces(text: str) -> Iterator[str | Value]:
    """Return the text cut into what lies between values, and the values."""
    at = 0
    for value in values(text):
        if text[at : value.start].strip():
            yield text[at : value.start]
        yield value
        at = value.end
    if text[at:].strip():
        yield text[at:]


def made_up(text: str, sources: Iterable[str]) -> list[str]:
    """Return the values of a text that stand in none of the sources."""
    known = {_normal(value.text) for source in sources for value in values(source)}
    return [value.text for value in values(text) if _normal(value.text) not in known]


def _normal(text: str) -> str:
    """Return what makes two spellings of a value the same: case, spaces and a full stop at the end aside."""
    return re.sub(r"\s+", "", text).lower().rstrip(".,;:!?)")
