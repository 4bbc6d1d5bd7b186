"""Names of products where they stand in a text: which finds of people's names they hide, and which they do not.

A product is said by its whole name or by two or more of its first words. One word of a longer name hides nobody whose
name it is, unless the product is said in the same text; after a word that announces a name it hides nobody at all.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from retrieval.redaction.gazetteer import Names

WORD = re.compile(r"[^\W_]+")
# What stands between two words of one name: no end of a line, of a clause or of a sentence.
GAP = re.compile(r"[^\w\n,;:!?]{1,3}")
# Shorter names of one word are codes and syllables.
MIN_LETTERS = 3
MIN_LEADING = 2


@dataclass(frozen=True)
class Said:
    """Where a product is said, and the words of its name that stand there."""

    start: int
    end: int
    words: tuple[str, ...]


class Products:
    """Names of products, by their beginnings and by the words they are made of."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._beginning: dict[tuple[str, ...], set[int]] = defaultdict(set)
        self._whole: dict[tuple[str, ...], set[int]] = defaultdict(set)
        self._holding: dict[str, set[int]] = defaultdict(set)
        self.longest = 0
        for number, name in enumerate(names):
            words = tuple(WORD.findall(name.lower()))
            if len("".join(words)) >= MIN_LETTERS:
                self._add(number, words)

    def _add(self, number: int, words: tuple[str, ...]) -> None:
        self.longest = max(self.longest, len(words))
        self._whole[words].add(number)
        for length, word in enumerate(words, start=1):
            self._beginning[words[:length]].add(number)
            self._holding[word].add(number)

    def said_in(self, text: str) -> Iterator[Said]:
        """Yield where products are said in a text: of each place the most words."""
        tokens = list(WORD.finditer(text)) if self.longest else []
        for at, token in enumerate(tokens):
            words = self._words_at(text, tokens, at)
            if words:
                yield Said(token.start(), tokens[at + len(words) - 1].end(), words)

    def _words_at(self, text: str, tokens: Sequence[re.Match[str]], at: int) -> tuple[str, ...]:
        words: tuple[str, ...] = ()
        said = words
        for place in range(at, min(len(tokens), at + self.longest)):
            words = (*words, tokens[place].group().lower())
            together = place == at or GAP.fullmatch(text, tokens[place - 1].end(), tokens[place].start())
            if not together or words not in self._beginning:
                break
            if len(words) >= MIN_LEADING or words in self._whole:
                said = words
        return said

    def meant_by(self, said: Iterable[Said]) -> set[int]:
        """Return the products that may be meant where products are said."""
        beginnings = {one.words[:MIN_LEADING] for one in said}
        several = [self._beginning[words] for words in beginnings if len(words) == MIN_LEADING]
        return set().union(*several, *(self._whole.get(words[:1], ()) for words in beginnings))

    def with_words(self, words: Sequence[str]) -> set[int]:
        """Return the products whose names have all of these words."""
        return set.intersection(*(self._holding.get(word, set()) for word in words)) if words else set()


class Shelter:
    """What the products hide of one text."""

    def __init__(self, text: str, products: Products, names: Names) -> None:
        self._text = text
        self._products = products
        self._names = names
        self._said = list(products.said_in(text))
        self._starts = [said.start for said in self._said]
        self._meant = products.meant_by(self._said)
        self._short: dict[str, bool] = {}

    def hides(self, start: int, end: int, announced: bool) -> bool:
        """Return whether what looks like a name is a product; ``announced`` when a word of the text says it is none."""
        last = bisect_right(self._starts, start)
        near = self._said[max(0, last - self._products.longest) : last]
        around = [said.words for said in near if end <= said.end]
        if announced:
            return any(not self._names.all.issuperset(words) for words in around)
        found = self._text[start:end].lower()
        if found not in self._short:
            self._short[found] = self._is_short_form(found)
        return bool(around) or self._short[found]

    def _is_short_form(self, found: str) -> bool:
        words = WORD.findall(found)
        products = self._products.with_words(words)
        unknown = self._names.given_or_family.isdisjoint(words)
        return bool(products) and (unknown or not self._meant.isdisjoint(products))
