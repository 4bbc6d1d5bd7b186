"""What a mistyped message means: "wher iz my ordr" read as "where is my order".

A noisy channel: how likely the words are one after the other, by the project's own examples and by how common they are
in English, times how likely each was typed for what is written (:mod:`bot.nlu.keystrokes`). Words of the examples and
common words are never touched, nor is what may be a name, a number, an address or of another language.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from math import exp, log
from typing import NamedTuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.nlu.english import BARE, NEGATIONS, SHORTHAND, english, is_certain, is_english, pieces
from bot.nlu.keystrokes import VOWELS, distance
from bot.nlu.proper import PROPER

TOKEN = re.compile(r"\S+")
WORD = re.compile(r"[A-Za-z]+(?:['\u2019][A-Za-z]+)*")
# "Moneyyyy": what is drawn out is read as a letter twice.
DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
# Tokens with any of these are numbers, addresses, links, names of files, words of other languages.
NO_WORD = re.compile(r"[\d@_#/\\&=<>+*~^|]|www\.|\w\.\w|[^\x00-\x7f\u2010-\u2027\u20ac]")
# A postcode beside a comma: all words around it may be names.
POSTCODE = re.compile(r"(?<![\w-])(?:\d{4,5}|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})(?![\w-])")
BEFORE_NAME = frozenset({"mr", "mrs", "ms", "dr", "named", "called", "name"})
I_AM = frozenset({"i'm", "im"})
# Words that differ by these are both right: "voucher", "vouchers".
ENDINGS = frozenset({"s", "'s", "es", "d", "ed", "r", "er", "ing", "ly"})
CONTRARY = ("un", "in", "im", "ir", "dis", "non", "mis", "ab")
# A long message is understood in spite of its errors, and a turn must not wait for it.
MAX_CHARACTERS = 300
START, END = "^", "$"

# Natural logarithms, chosen on folds of the demo shop (docs/understanding.md): of one error, of a missing space, of
# changing a word that is English, of a word that nobody knows, of one that only the sentence model knows.
ERROR, SPACE, KNOWN, UNKNOWN, NAME = -5.0, -5.0, -5.0, -19.0, -15.0
# And of a word that no example has, where it is not what was typed, and of changing a short English one.
ABROAD, KNOWN_SHORT, SHORT = -2.0, -9.0, 4
# What pairs of the examples, words of the examples and words of English count.
OF_PAIRS, OF_WORDS, OF_ENGLISH = 0.6, 0.25, 0.15
# Distance at most, by the letters of the word as typed.
LIMITS, MOST = {2: 1.0, 3: 1.2, 4: 1.5, 5: 1.7}, 2.0
# English words that may be meant although no example has them; candidates that are weighed, and that are kept.
COMMON, WEIGHED, KEPT = 5000, 16, 6
# An example may be mistyped, too: so often a word without an entry must be there to be one.
OWN_WORD = 3


class Token(NamedTuple):
    """A word in small letters, where it stands, and whether it may be mistyped at all."""

    word: str
    start: int
    end: int
    is_open: bool


class Choice(NamedTuple):
    """Words that a word may stand for, with the logarithm of how likely they are typed so."""

    words: tuple[str, ...]
    typed: float


class Speller:
    """Reads mistyped messages with the words of a project's examples and of English."""

    def __init__(self, counts: Mapping[str, int], pairs: Mapping[str, int], names: Iterable[str]) -> None:
        """Take how often the examples have each word and each pair ("my order"), and names that are right as they are.

        ``pairs`` holds the beginnings and ends of examples, too: "^ where", "order $".
        """
        self._names = frozenset(names)
        # Examples are mistyped, too: an error that was seen once must not speak for itself.
        self._counts = dict.fromkeys(sorted(self._names), 1)
        self._counts.update({word: count for word, count in counts.items() if self._is_word(word, count)})
        words = {*self._counts, START, END}
        self._pairs = {pair: count for pair, count in pairs.items() if words.issuperset(pair.split(" "))}
        self._total = max(sum(counts.values()), 1)
        self._befores: Counter[str] = Counter()
        for pair, count in self._pairs.items():
            self._befores[pair.split(" ")[0]] += count
        self._by_length: dict[int, list[str]] = defaultdict(list)
        self._bare: dict[str, list[str]] = defaultdict(list)
        for word in dict.fromkeys([*self._counts, *NEGATIONS, *list(english())[:COMMON]]):
            self._by_length[len(word)].append(word)
            self._bare[_consonants(word)].append(word)

    def _is_word(self, word: str, count: int) -> bool:
        return (count >= OWN_WORD and word not in SHORTHAND) or is_english(word) or word in self._names

    def corrected(self, text: str) -> str:
        """Return the text as it was meant; the same text where nothing is mistyped or nothing can be told."""
        if len(text) > MAX_CHARACTERS or ("," in text and POSTCODE.search(text)):
            return text
        found = list(tokens(text))
        choices = [self._choices(token) for token in found]
        if all(len(one) == 1 and one[0].words == (token.word,) for one, token in zip(choices, found, strict=True)):
            return text
        best = self._best(choices)
        if sum(self._is_strange(word) for words in best for word in words) * 2 >= len(found):
            return text  # gibberish, or a language of its own
        parts, last = [], 0
        for token, meant in zip(found, best, strict=True):
            if meant != (token.word,):
                parts += [text[last : token.start], _in_case(" ".join(meant), text[token.start : token.end])]
                last = token.end
        return "".join([*parts, text[last:]])

    def _is_strange(self, word: str) -> bool:
        return not (self._counts.get(word) or is_english(word) or word in BARE or word in PROPER or word in pieces())

    def _choices(self, token: Token) -> list[Choice]:
        """Return what a word may stand for, itself first."""
        word = token.word
        itself = Choice((word,), 0.0)
        if not token.is_open:
            return [itself]
        if word in SHORTHAND:
            return [Choice(tuple(SHORTHAND[word].split()), 0.0)]
        known = is_english(word)
        bare = word.removesuffix("'s")
        several = len(word) > len("locks") and word[-1] == "s" and word[:-1] in self._counts
        if several or (known and self._counts.get(bare)) or word in BARE or bare in self._names or is_certain(bare):
            return [itself]
        near = sorted((distance(word, other), other) for other in self._near(word))[:KEPT]
        most, toll = LIMITS.get(len(word), MOST), _toll(word) if known else 0.0
        found = [
            Choice((other,), ERROR * far + toll + (0.0 if other in self._counts else ABROAD))
            for far, other in near
            if far <= most and not (known and _same_stem(word, other)) and not _reversed(word, other)
        ]
        if not known:
            found += [Choice(parts, SPACE * (len(parts) - 1)) for parts in self._split(word)]
        return [itself, *found]

    def _near(self, word: str) -> Iterator[str]:
        """Yield the words that one or two errors may have made into this one, few enough to weigh."""
        most = 1 if len(word) < 4 else 2
        others = [other for size in range(len(word) - most, len(word) + most + 1) for other in self._by_length[size]]
        if others:
            far = process.cdist([word], others, scorer=OSA.distance, score_cutoff=most, dtype=np.uint8)[0]
            places = sorted((far <= most).nonzero()[0], key=lambda at: (far[at], -self._counts.get(others[at], 0)))
            yield from (others[at] for at in places[:WEIGHED] if others[at] != word)
        bare = _consonants(word)
        if len(bare) > 2:
            yield from (other for other in self._bare.get(bare, ()) if abs(len(other) - len(word)) > most)

    def _split(self, word: str) -> Iterator[tuple[str, ...]]:
        """Yield the two or three words that a word without its spaces may be; the examples have them as neighbours."""
        for at in range(1, len(word)):
            first, rest = word[:at], word[at:]
            if first not in self._counts:
                continue
            if f"{first} {rest}" in self._pairs:
                yield first, rest
            for cut in range(1, len(rest)):
                if f"{first} {rest[:cut]}" in self._pairs and f"{rest[:cut]} {rest[cut:]}" in self._pairs:
                    yield first, rest[:cut], rest[cut:]

    def _best(self, choices: list[list[Choice]]) -> list[tuple[str, ...]]:
        """Return the likeliest choice for each word (Viterbi's algorithm)."""
        paths: dict[str, tuple[float, list[tuple[str, ...]]]] = {START: (0.0, [])}
        for options in choices:
            following: dict[str, tuple[float, list[tuple[str, ...]]]] = {}
            for words, typed in options:
                inner = typed + sum(self._chance(*pair) for pair in pairwise(words))
                score, path = max(
                    ((score + self._chance(last, words[0]), path) for last, (score, path) in paths.items()),
                    key=lambda one: one[0],
                )
                if words[-1] not in following or score + inner > following[words[-1]][0]:
                    following[words[-1]] = (score + inner, [*path, words])
            paths = following
        return max(paths.items(), key=lambda one: one[1][0] + self._chance(one[0], END))[1][1]

    def _chance(self, before: str, word: str) -> float:
        """Return the logarithm of how likely ``word`` is after ``before``."""
        both, count, common = self._pairs.get(f"{before} {word}", 0), self._counts.get(word, 0), english().get(word)
        if not both and not count and common is None:
            return NAME if word in pieces() else UNKNOWN
        # Two more, as if each word had stood before others, too: one example proves little.
        pair = both / (self._befores[before] + 2)
        share = 0.0 if common is None else exp(common)
        return log(OF_PAIRS * pair + OF_WORDS * count / self._total + OF_ENGLISH * share)


def counted(texts: Iterable[str]) -> tuple[dict[str, int], dict[str, int]]:
    """Return how often the texts have each word and each pair of neighbours, their beginnings and ends included."""
    counts: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    for text in texts:
        words = [token.word for token in tokens(text)]
        counts.update(words)
        pairs.update(" ".join(pair) for pair in pairwise([START, *words, END]))
    return dict(counts), dict(pairs)


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of a text; one with a capital inside a sentence, or after "name is", is not open to change."""
    shouted = text.isupper()
    begins, named, before = True, False, ""
    for token in TOKEN.finditer(text):
        if not NO_WORD.search(token[0]):
            for match in WORD.finditer(token[0]):
                word = DRAWN_OUT.sub(r"\1\1", match[0].lower().replace("\u2019", "'"))
                small = match[0].islower() or shouted or (begins and match[0][1:].islower())
                named = named or (before in I_AM and is_english(word))  # "i'm ned"
                yield Token(word, token.start() + match.start(), token.start() + match.end(), small and not named)
                named = word in BEFORE_NAME or (named and word in ("is", "was"))
                begins, before = False, word
        begins = token[0][-1] in ".!?:" or (begins and not token[0][-1].isalnum())


def _toll(word: str) -> float:
    """Return what it costs to doubt a word that is English; a short one has too many neighbours."""
    return KNOWN if len(word) > SHORT else KNOWN_SHORT


def _in_case(words: str, typed: str) -> str:
    """Return the words in the letters of what was typed: small, with a capital, or all capitals."""
    if typed.isupper() and len(typed) > 1:
        return words.upper()
    return words[0].upper() + words[1:] if typed[0].isupper() else words


def _reversed(word: str, other: str) -> bool:
    """Return whether one is the other's contrary: "unrepaired" and "repaired"."""
    short, long = sorted((word, other), key=len)
    return any(long.startswith(no) and short[:2] == long[len(no) : len(no) + 2] for no in CONTRARY)


def _same_stem(word: str, other: str) -> bool:
    short, long = sorted((word, other), key=len)
    return long.startswith(short) and long[len(short) :] in ENDINGS


def _consonants(word: str) -> str:
    """Return a word without the vowels behind its first letter: what "dlvry" has of "delivery"."""
    return word[0] + "".join(letter for letter in word[1:] if letter not in VOWELS)
