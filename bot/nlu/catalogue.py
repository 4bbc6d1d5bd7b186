"""The project's products, found in messages also when they are mistyped: "Ridgline 2 tent", "scree boot".

The names come from a lookup table of the project's own training data, and what they mean from its synonyms. Strict:
every word of a name must be there, numbers must be right, and a word that customers use otherwise is no typing error.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import OSA

from bot.nlu.mentions import Mention, longest

# Unspaced scripts are words of their own: "Kestrel漏水了", "我的Ridgeline 2断了".
WORD = re.compile(
    r"[^\W\d_\u2e80-\uffef]+(?:['\u2019][^\W\d_\u2e80-\uffef]+)?|[^\W\d_\u0000-\u2e7f]+"
    r"|(?<![^\W\u2e80-\uffef])-?\d+|\d+"
)
# Shorter words have too many neighbours: "cook set" is two letters from "book it".
MIN_LETTERS = 5
# A name of one word is taken on its own only when it is as long as this, or written right.
MIN_ALONE = 7
# Two errors are forgiven in long words only.
LONG = 9


@dataclass(frozen=True)
class _Name:
    words: tuple[str, ...]
    value: str


class Catalogue:
    """All names of one kind of entity with the values they stand for."""

    def __init__(self, names: Mapping[str, str], ordinary: Iterable[str]) -> None:
        """Take names with their values, and the words that are never typing errors."""
        self._names = [_Name(words, value) for name, value in names.items() if (words := _words(name))]
        own = {word for name in self._names for word in name.words}
        self._ordinary = frozenset(ordinary) - own
        self._by_word: dict[str, list[_Name]] = defaultdict(list)
        self._joined = {"".join(name.words): name for name in self._names}
        for name in self._names:
            self._by_word[name.words[0]].append(name)
        self._neighbours: dict[str, list[str]] = defaultdict(list)
        for word in sorted(own):
            self._neighbours[word[0]].append(word)

    def mentions(self, text: str, kind: str) -> list[Mention]:
        """Return the products that the text names, in order; a name that fits two products is left out."""
        tokens = [(match[0].lower(), match.start(), match.end()) for match in WORD.finditer(text)]
        gaps = [text[one[2] : two[1]].strip(" -") for one, two in pairwise(tokens)]
        meant = [self._meant(word) for word, _, _ in tokens]
        found: list[Mention] = []
        for at in range(len(tokens)):
            for name, length in self._at(at, tokens, meant):
                # "in the rain, jacket soaked": a name has no comma in it.
                if not any(gaps[at : at + length - 1]):
                    found.append(Mention(kind, tokens[at][1], tokens[at + length - 1][2], name.value))
        values = defaultdict(set)
        for one in found:
            values[one.start, one.end].add(one.value)
        return longest(one for one in found if len(values[one.start, one.end]) == 1)

    def _at(self, at: int, tokens: list[tuple[str, int, int]], meant: list[tuple[str, ...]]) -> list[tuple[_Name, int]]:
        found: list[tuple[_Name, int]] = []
        for first in meant[at]:
            for name in self._by_word.get(first, ()):
                said = range(at, at + len(name.words))
                if said[-1] >= len(tokens) or not all(w in meant[i] for w, i in zip(name.words, said, strict=True)):
                    continue
                exact = sum(len(w) for w, i in zip(name.words, said, strict=True) if tokens[i][0] == w)
                if exact >= MIN_LETTERS or sum(map(len, name.words)) >= MIN_ALONE:
                    found.append((name, len(name.words)))
        for length in (1, 2, 3):
            joined = "".join(word for word, _, _ in tokens[at : at + length])
            if at + length <= len(tokens) and joined in self._joined:
                found.append((self._joined[joined], length))
        return found

    def _meant(self, word: str) -> tuple[str, ...]:
        """Return the words of names that this word stands for: itself, its singular or plural, or a near one."""
        near = self._neighbours.get(word[0], [])
        forms = {word, f"{word}s", word.removesuffix("s")}
        same = tuple(other for other in near if other in forms)
        if same or len(word) < MIN_LETTERS or not word.isalpha() or self._is_ordinary(word):
            return same
        return tuple(other for other in near if _is_typo(word, other))

    def _is_ordinary(self, word: str) -> bool:
        return word in self._ordinary or word.removesuffix("s") in self._ordinary or f"{word}s" in self._ordinary


def _is_typo(word: str, other: str) -> bool:
    allowed = 2 if min(len(word), len(other)) >= LONG else 1
    if len(other) < MIN_LETTERS or not other.isalpha():
        return False
    return bool(OSA.distance(word, other, score_cutoff=allowed) <= allowed)


def _words(name: str) -> tuple[str, ...]:
    return tuple(match[0].lower() for match in WORD.finditer(name))
