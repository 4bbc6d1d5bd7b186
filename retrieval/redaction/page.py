"""A text with what was found in it: every rule reads it, takes its finds out of sight of the next and leaves the rest.

Knows nothing of what personal data looks like; the other modules of this room do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

# Stands for each character of a find: no letter, digit, space or punctuation that a later rule could use.
TAKEN = "\ufffc"
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"


@dataclass(frozen=True)
class Find:
    """Personal data in a text, by position; ``rule`` says what recognised it."""

    start: int
    end: int
    kind: str
    rule: str


@dataclass(frozen=True)
class Rule:
    """A pattern of one kind of personal data; ``length`` says how much of a match it really is, 0 for none of it.

    What the group ``keep`` matches at the beginning stays in the text. Without a kind, the match is to stay as it is.
    """

    kind: str
    name: str
    pattern: re.Pattern[str]
    length: Callable[[str], int] = len


class Page:
    """One text under redaction; positions in ``text`` (as written) and ``plain`` (widths folded) are the same."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.plain = text if text.isascii() else text.translate(_FOLDED)
        self.open = self.plain
        self.finds: list[Find] = []

    def apply(self, rules: Iterable[Rule]) -> None:
        """Take out what the rules find, one rule after the other."""
        for rule in rules:
            self.take(rule.kind, ((start, end, rule.name) for start, end in spans(rule, self.open)))

    def take(self, kind: str, found: Iterable[tuple[int, int, str]]) -> None:
        """Record finds, in order, that no earlier rule has touched; an empty kind protects the text instead."""
        pieces: list[str] = []
        at = 0
        for start, end, rule in found:
            if at <= start < end and TAKEN not in self.open[start:end]:
                if kind:
                    self.finds.append(Find(start, end, kind, rule))
                pieces += [self.open[at:start], TAKEN * (end - start)]
                at = end
        if at:
            self.open = "".join([*pieces, self.open[at:]])

    def redacted(self) -> tuple[str, list[Find]]:
        """Return the text with placeholders, and the finds in the order of the text."""
        finds = sorted(self.finds, key=lambda find: find.start)
        pieces: list[str] = []
        at = 0
        for find in finds:
            pieces += [self.text[at : find.start], f"[{find.kind}]"]
            at = find.end
        return "".join([*pieces, self.text[at:]]), finds


def spans(rule: Rule, text: str) -> Iterator[tuple[int, int]]:
    """Yield where a rule finds something in a text."""
    for match in rule.pattern.finditer(text):
        start = match.end("keep") if match.groupdict().get("keep") else match.start()
        found = match.string[start : match.end()]
        bare = found[: rule.length(found)]
        yield start + len(bare) - len(bare.lstrip()), start + len(bare.rstrip())


class _Folded(dict[int, str]):
    """One plain character for each that is a digit, a letter or a sign of another width; the rest as it is."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        plain = unicodedata.normalize("NFKC", character)
        wide = unicodedata.east_asian_width(character) == "F" or character.isspace() or character.isdecimal()
        if character in DASHES:
            plain = "-"
        elif character in INVISIBLE:
            plain = " "
        elif character.isdecimal():
            plain = str(unicodedata.decimal(character))
        elif not wide or len(plain) != 1:
            plain = character
        self[code] = plain
        return plain


_FOLDED = _Folded()
