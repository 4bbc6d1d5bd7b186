"""The keyword index over the tickets: BM25 search and the rarity of words, on SQLite's FTS5.

Does not understand meaning, nor does it fill itself: triggers on the tickets do.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Collection, Iterable, Sequence

from retrieval.connections import Connections
from retrieval.terms import match_expression, spaced

# Weights of subject, question, answer and product in BM25: what was asked says more than what was answered.
BM25_WEIGHTS = (1.0, 1.0, 0.5, 1.0)
# Rows that one search may score. Frequent terms beyond it add little to BM25 and would cost most of the time.
MAX_POSTINGS = 4000
# Counts that are kept: customers' words would fill the memory of a service that runs for months.
MAX_COUNTS = 50_000

SEARCH = (
    f"SELECT rowid, -bm25(tickets_fts, {', '.join(map(str, BM25_WEIGHTS))}) AS weight FROM tickets_fts "
    "WHERE tickets_fts MATCH :terms AND (:allowed IS NULL OR rowid IN (SELECT value FROM json_each(:allowed))) "
    "ORDER BY weight DESC, rowid LIMIT :top_k"
)


class _Cache(threading.local):
    """Document counts of one thread, good for one version of the database."""

    version: tuple[int, int] | None = None
    total: int = 0

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}


class KeywordIndex:
    """Searches the words of tickets; text is never read as FTS5 syntax."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._cache = _Cache()

    def search(
        self, terms: Sequence[str], top_k: int, allowed: Collection[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return row ids and BM25 weights (higher is better) of the tickets that hold any of the terms.

        The rarest terms are searched first; frequent ones are left out once enough rows are to be scored. ``allowed``
        names the only rows that may be found; None means all.
        """
        chosen = self._rarest(terms, MAX_POSTINGS if allowed is None or len(allowed) > MAX_POSTINGS else None)
        if not chosen or top_k < 1:
            return []
        listed = None if allowed is None else json.dumps(list(allowed))
        values = {"terms": match_expression(chosen), "allowed": listed, "top_k": top_k}
        with self._connections.reading() as db:
            rows: list[tuple[int, float]] = db.conn.execute(SEARCH, values).fetchall()
            return rows

    def weights(self, terms: Sequence[str]) -> dict[str, float]:
        """Return the inverse document frequency of each term, above 0; a term in no ticket weighs most."""
        counts = self._counts(terms)
        total = self._cache.total
        return {term: math.log1p((total - n + 0.5) / (n + 0.5)) for term, n in counts.items()}

    def share_about(self, phrase: Sequence[str], products: Iterable[str]) -> float:
        """Return which share of the tickets that say a phrase is about one of the products; 0 where none says it."""
        said = f"{{subject question answer}} : {_quoted(spaced(' '.join(phrase)))}"
        named = " OR ".join(_quoted(spaced(name)) for name in products)
        with self._connections.reading() as db:
            sql = "SELECT count(*) FROM tickets_fts WHERE tickets_fts MATCH ?"
            every, about = (
                db.conn.execute(sql, [text]).fetchone()[0] for text in (said, f"({said}) AND product : ({named})")
            )
        return about / every if every else 0.0

    def _rarest(self, terms: Sequence[str], most: int | None) -> list[str]:
        """Return the rarest terms that hold at most so many rows together; all that any row holds for None."""
        counts = self._counts(terms)
        budget = sum(counts.values()) if most is None else most
        chosen: list[str] = []
        for term in sorted((term for term in counts if counts[term]), key=lambda term: (counts[term], term)):
            if chosen and counts[term] > budget:
                break
            budget -= counts[term]
            chosen.append(term)
        return chosen

    def _counts(self, terms: Sequence[str]) -> dict[str, int]:
        cache = self._fresh_cache()
        missing = [term for term in terms if term not in cache.counts]
        if missing:
            with self._connections.reading() as db:
                for term in missing:
                    sql = "SELECT count(*) FROM tickets_fts WHERE tickets_fts MATCH ?"
                    cache.counts[term] = db.conn.execute(sql, [match_expression([term])]).fetchone()[0]
        return {term: cache.counts[term] for term in terms}

    def _fresh_cache(self) -> _Cache:
        cache, version = self._cache, self._connections.version()
        if cache.version != version or len(cache.counts) > MAX_COUNTS:
            with self._connections.reading() as db:
                cache.total = db.conn.execute("SELECT count(*) FROM tickets").fetchone()[0]
            cache.counts, cache.version = {}, version
        return cache


def _quoted(phrase: str) -> str:
    return '"' + phrase.replace('"', '""') + '"'
