"""How likely a word was typed for another one: an edit distance weighted by keys, by sound and by habit.

A slip to the next key, two letters in the wrong order, a letter too few or twice and a spelling by ear cost less than
other changes. Knows nothing of which words there are.
"""

from __future__ import annotations

from functools import lru_cache

VOWELS = frozenset("aeiouy'")
_ROWS = ("qwertyuiop", "asdfghjkl'", "zxcvbnm")
# Letters and pairs of letters that are taken for each other by ear.
_PAIRS = ("sz", "ck", "cs", "kq", "fv", "iy", "uw", "ae", "ei", "ao", "ou", "au", "gj", "eu", "io")
_ALIKE = frozenset(map(frozenset, _PAIRS))
_SPELLINGS = (("f", "ph"), ("w", "wh"), ("k", "ck"), ("shun", "tion"), ("ite", "ight"), ("n", "kn"), ("x", "cks"))
SWAP, DOUBLE, VOWEL, CONSONANT, NEXT_KEY, BY_EAR, OTHER = 0.7, 0.5, 0.75, 0.9, 0.8, 0.7, 1.3
# People rarely mistype a word's first letter, and everybody leaves apostrophes out.
FIRST, APOSTROPHE = 0.5, 0.1


def distance(typed: str, meant: str) -> float:
    """Return what it takes to type ``typed`` for ``meant``: about 1 for each error, 0 for the same word."""
    best = _weighted(typed, meant)
    for said, written in _SPELLINGS:
        if said in typed and written in meant and written not in typed:
            best = min(best, BY_EAR + _weighted(typed.replace(said, written, 1), meant))
    return best


def _weighted(typed: str, meant: str) -> float:
    """Return the cheapest way of single letters and swaps (optimal string alignment with weights)."""
    before: list[float] = []
    row = [0.0]
    for at, letter in enumerate(meant):
        row.append(row[-1] + _missing(meant, at, letter))
    for i, own in enumerate(typed):
        current = [row[0] + _extra(typed, i)]
        for j, other in enumerate(meant):
            first = FIRST if j == 0 else 0.0
            cost = row[j] + (0.0 if own == other else _instead(own, other) + first)
            cost = min(cost, row[j + 1] + _extra(typed, i), current[j] + _missing(meant, j, other))
            if i and j and own == meant[j - 1] and typed[i - 1] == other and own != other:
                cost = min(cost, before[j - 1] + SWAP)
            current.append(cost)
        before, row = row, current
    return row[-1]


def _missing(meant: str, at: int, letter: str) -> float:
    if at == 0:
        return CONSONANT + FIRST
    if letter == meant[at - 1]:
        return DOUBLE
    if letter == "'":
        return APOSTROPHE
    return VOWEL if letter in VOWELS else CONSONANT


def _extra(typed: str, at: int) -> float:
    if at and typed[at] == typed[at - 1]:
        return DOUBLE
    return CONSONANT


@lru_cache(maxsize=1024)
def _instead(own: str, other: str) -> float:
    if frozenset((own, other)) in _ALIKE:
        return BY_EAR
    return NEXT_KEY if own in _around(other) else OTHER


@lru_cache(maxsize=64)
def _around(letter: str) -> str:
    """Return the keys around a letter."""
    for at, row in enumerate(_ROWS):
        place = row.find(letter)
        if place >= 0:
            beside = row[max(place - 1, 0) : place + 2]
            above = _ROWS[at - 1][place : place + 2] if at else ""
            below = _ROWS[at + 1][max(place - 1, 0) : place + 1] if at + 1 < len(_ROWS) else ""
            return beside + above + below
    return ""
