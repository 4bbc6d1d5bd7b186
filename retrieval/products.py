"""Recognises the products that a conversation is about, from the names that stand in the tickets themselves.

"Is breakfast included?" means something only beside what was named three turns ago. Names are found whole or by their
beginning ("the Ridgeline"), where the tickets say that this beginning belongs to few products. Knows no grammar and
corrects no typing errors.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from retrieval.store import TicketStore
from retrieval.terms import words

ARTICLES = frozenset(("the", "a", "an"))
# Products that one conversation is taken to be about: each costs an embedding and a search.
MAX_MENTIONED = 2
# A beginning that so many products share names a kind of product, not one.
MAX_SHARED = 3
# Of the tickets that hold the words of a beginning, the share that has to be about such a product.
DISTINCT = 0.6
MIN_LETTERS = 4
# Longer names are no names but descriptions; beginnings are looked at in a catalogue of up to so many names.
MAX_WORDS, MAX_NAMES = 8, 2000

Key = tuple[str, ...]


class Products:
    """The product names of one state of the store; safe to share between threads."""

    def __init__(self, full: dict[Key, tuple[str, ...]], beginnings: dict[Key, tuple[str, ...]]) -> None:
        self._full = full
        self._names = beginnings | full
        self._longest = max(map(len, self._names), default=0)

    @classmethod
    def of(cls, store: TicketStore) -> Products:
        """Read the names from a store."""
        full: dict[Key, set[str]] = defaultdict(set)
        shared: dict[Key, set[str]] = defaultdict(set)
        names = store.filtered.names("product")
        for name in names:
            key = _key(name)
            if len(key) > MAX_WORDS:
                continue
            full[key].add(name)
            for end in range(1, len(key) if len(names) <= MAX_NAMES else 0):
                shared[key[:end]].add(name)
        beginnings = {
            key: tuple(sorted(names))
            for key, names in shared.items()
            if len(names) <= MAX_SHARED and _says_something(key) and store.keywords.share_about(key, names) >= DISTINCT
        }
        return cls({key: tuple(sorted(names)) for key, names in full.items() if key}, beginnings)

    def mentioned(self, turns: Sequence[str]) -> list[str]:
        """Return at most two products named in a conversation (oldest turn first).

        The one named last comes first, and names in full before beginnings: these may be words of everyday language.
        """
        keys = [key for turn in reversed(turns) for key in reversed(self._in(turn))]
        ordered = [key for key in keys if key in self._full] + [key for key in keys if key not in self._full]
        return list(dict.fromkeys(name for key in ordered for name in self._names[key]))[:MAX_MENTIONED]

    def _in(self, text: str) -> list[Key]:
        said, found, at = _key(text), [], 0
        while at < len(said):
            length = next((n for n in range(self._longest, 0, -1) if said[at : at + n] in self._names), 0)
            if length:
                found.append(said[at : at + length])
            at += max(length, 1)
        return found


def _key(text: str) -> Key:
    return tuple(word for word in words(text) if word not in ARTICLES)


def _says_something(key: Key) -> bool:
    return any(len(word) >= MIN_LETTERS and word.isalpha() for word in key)
