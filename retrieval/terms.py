"""Words of a query: which of them carry information, and how they are put to the keyword index.

Chinese, Japanese and Korean are written without spaces: there each character is a term, and each pair of neighbours.
Does not know the index, nor how often a word occurs in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

# A query longer than this says nothing more; the rest would only cost time.
MAX_CHARACTERS = 4000
MAX_TERMS = 64

WORD = re.compile(r"[^\W_]+")
# Kana, Han and hangul, each with what newer versions of Unicode added on the same plane.
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+")

FUNCTION_WORDS = """
    a about after again all also am an and any are as at be because been before being but by can cant could did didnt
    do does doesnt doing dont for from get got had has have having he hello her here hey hi him his how i if im in into
    is isnt it its itself ive just let like me more most my no nor not now of off on one only or other our out over own
    please pls re s same she should so some such t than thank thanks that thats the their them then there these they
    this those through to too up us very was wasnt we were what when where which while who whom why will with wont
    would yes yet you your yours
"""
STOP_WORDS = frozenset(FUNCTION_WORDS.split())

SUFFIXES = ("ations", "ation", "ings", "ing", "edly", "ies", "ied", "ed", "es", "ly", "s", "e", "y")


def words(text: str) -> list[str]:
    """Split a text into lower-case words; an apostrophe inside a word is dropped (``can't`` is ``cant``)."""
    return WORD.findall(spaced(re.sub(r"(?<=\w)['’](?=\w)", "", text.lower())))


def spaced(text: str) -> str:
    """Return a text whose unspaced runs are written as terms with spaces between; any other text as it is.

    A character is followed by the pair that it begins, so that a part of a run gives a part of its terms, in order.
    Chosen on Chinese questions against pairs alone, a dictionary (jieba) and FTS5's trigrams; see docs/retrieval.md.
    """
    return UNSPACED.sub(lambda run: f" {' '.join(_terms_of_run(run[0]))} ", text) if UNSPACED.search(text) else text


def _terms_of_run(run: str) -> list[str]:
    return [term for at in range(len(run)) for term in (run[at], run[at : at + 2])[: 2 if at + 1 < len(run) else 1]]


def informative_terms(text: str) -> list[str]:
    """Return the distinct words of a text without function words, in order; all words if nothing else is left."""
    found = list(dict.fromkeys(words(text[:MAX_CHARACTERS])))
    return ([word for word in found if word not in STOP_WORDS] or found)[:MAX_TERMS]


def match_expression(terms: Iterable[str]) -> str:
    """Return an FTS5 expression that matches any of the terms.

    Each term is a quoted string, so that ``AND``, ``NEAR``, ``*`` or ``:`` in a customer's text are words, not syntax.
    """
    return " OR ".join('"' + term.replace('"', '""') + '"' for term in terms)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return a rough stem, good enough to see that ``refunded`` and ``refund`` are one term."""
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word


def stems(text: str) -> frozenset[str]:
    """Return the stems of all words of a text."""
    return frozenset(map(stem, words(text)))
