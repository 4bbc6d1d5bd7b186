"""Finds the solved tickets that are about the same problem as a query.

Two searches are fused: by meaning (dense) and by words (keyword). Does not decide whether the evidence is enough.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from retrieval.embedder import Embedder
from retrieval.errors import IndexMissing
from retrieval.faiss_index import VectorIndex, Vectors
from retrieval.index import PARTS
from retrieval.ranking import DENSE_SHARE, SOLUTION_WEIGHT, fuse, missing_successors, ordered, term_share
from retrieval.store import TicketStore
from retrieval.terms import informative_terms, stem, stems
from retrieval.tickets import Hit, Match, Ticket

Mode = Literal["hybrid", "dense", "keyword"]
DENSE_SHARES: dict[Mode, float] = {"hybrid": DENSE_SHARE, "dense": 1.0, "keyword": 0.0}

# Candidates that each of the two searches brings at least.
POOL = 100
# Candidates whose tickets are read, for each hit asked for, so that outcome and age can move them.
SHORTLIST = 3
# Earlier turns that say what a follow-up question is about: the last ones for meaning, some more for rare words.
DENSE_TURNS, KEYWORD_TURNS = 2, 4
TURN_CHARACTERS = 600
# Weight of the words of earlier turns against the question's own.
CONTEXT_WEIGHT = 0.3
# Successors of successors that are followed to the policy in force.
MAX_SUCCESSIONS = 5


class Retriever:
    """Searches one store and one index. Keeps nothing of a query: threads may share it.

    ``index`` and ``embedder`` may be None where only the keyword search is used.
    """

    def __init__(self, store: TicketStore, index: VectorIndex | None, embedder: Embedder | None) -> None:
        self.store = store
        self.index = index
        self.embedder = embedder

    def search(self, query: str, top_k: int = 10, mode: Mode = "hybrid", context: Sequence[str] = ()) -> list[Hit]:
        """Return at most ``top_k`` hits, best first; hits of equal score keep the order in which they were stored.

        Args:
            query: what the customer asks.
            top_k: the number of hits wanted, at least 1.
            mode: ``dense`` and ``keyword`` each use one search alone.
            context: earlier turns of the conversation, oldest first.
        """
        if top_k < 1:
            raise ValueError(f"top_k must be at least 1. It is {top_k}")
        if mode not in DENSE_SHARES:
            raise ValueError(f"mode must be one of {', '.join(DENSE_SHARES)}. It is {mode!r}")
        if not query.strip():
            return []
        turns = [turn[-TURN_CHARACTERS:] for turn in context if turn.strip()]
        pool = max(POOL, top_k * SHORTLIST)
        keyword = {} if mode == "dense" else self._keyword(query, turns[-KEYWORD_TURNS:], pool)
        vector = None if mode == "keyword" else self._query_vector(query, turns[-DENSE_TURNS:])
        dense = {} if vector is None else dict(self._vectors().search(vector, pool))
        dense |= self._similarities(vector, keyword.keys() - dense.keys())
        candidates = [found for found in fuse(dense, keyword, DENSE_SHARES[mode]) if found.score > 0.0]
        scores = {found.rowid: found.score for found in candidates[: top_k * SHORTLIST]}
        tickets = self._with_successors(self.store.by_rowids(list(scores)))
        dense |= self._similarities(vector, tickets.keys() - dense.keys())
        return self._matched(self._hits(query, scores, dense, tickets)[:top_k], vector)

    def _vectors(self) -> VectorIndex:
        if self.index is None:
            raise IndexMissing("The dense search needs an index. Run: frontdesk index build")
        return self.index

    def _similarities(self, vector: Vectors | None, rowids: Collection[int]) -> dict[int, float]:
        return self._vectors().similarities(vector, sorted(rowids)) if vector is not None and rowids else {}

    def _query_vector(self, query: str, turns: Sequence[str]) -> Vectors:
        if self.embedder is None:
            raise IndexMissing("The dense search needs an embedder. Name one in answers.embedder of the settings")
        texts = [query, "\n".join([*turns, query])] if turns else [query]
        vector: Vectors = np.sum(self.embedder.embed(texts), axis=0, dtype=np.float32)
        vector /= max(float(np.linalg.norm(vector)), 1e-9)
        halves: Vectors = np.concatenate([vector, SOLUTION_WEIGHT * vector])
        return halves / (1.0 + SOLUTION_WEIGHT)

    def _keyword(self, query: str, turns: Sequence[str], pool: int) -> dict[int, float]:
        """Return BM25 by row id, divided by the weight of all terms asked for, so that queries can be compared."""
        terms = informative_terms(query)
        found = dict(self.store.keywords.search(terms, pool))
        total = sum(self.store.term_weights(terms).values())
        if turns:
            earlier = informative_terms("\n".join(turns))
            total += CONTEXT_WEIGHT * sum(self.store.term_weights(earlier).values())
            for rowid, weight in self.store.keywords.search(earlier, pool):
                found[rowid] = found.get(rowid, 0.0) + CONTEXT_WEIGHT * weight
        return {rowid: weight / max(total, 1e-9) for rowid, weight in found.items()}

    def _hits(
        self, query: str, scores: dict[int, float], dense: dict[int, float], tickets: dict[int, Ticket]
    ) -> list[tuple[int, Hit]]:
        """Return the hits under their row ids, best first."""
        weights = self.store.term_weights(informative_terms(query))
        query_stems = [(stem(term), weight) for term, weight in weights.items()]
        order = ordered({rowid: scores.get(rowid, 0.0) for rowid in tickets}, tickets)
        found = [(rowid, min(score, 1.0), dense.get(rowid, 0.0), _stems_of(tickets[rowid])) for rowid, score in order]
        return [
            (rowid, Hit(tickets[rowid], score, cosine, term_share(query_stems, held)))
            for rowid, score, cosine, held in found
        ]

    def _matched(self, hits: Sequence[tuple[int, Hit]], vector: Vectors | None) -> list[Hit]:
        """Add what the two halves of the stored vectors say apart."""
        if vector is None:
            return [hit for _, hit in hits]
        query = np.split(vector, PARTS)[0] * (1.0 + SOLUTION_WEIGHT)
        stored = self._vectors().vectors([rowid for rowid, _ in hits])
        matched = []
        for rowid, hit in hits:
            if rowid in stored:
                problem, solution = np.split(stored[rowid], PARTS)
                hit = replace(hit, match=Match(float(problem @ query), float(solution @ query), solution))
            matched.append(hit)
        return matched

    def _with_successors(self, tickets: dict[int, Ticket]) -> dict[int, Ticket]:
        """Add the tickets that replaced a found one, so that the policy in force is always among the hits."""
        for _ in range(MAX_SUCCESSIONS):
            wanted = missing_successors(tickets.values())
            added = self.store.by_rowids(list(self.store.rowids(wanted).values())) if wanted else {}
            if not added:
                break
            tickets = tickets | added
        return tickets


def _stems_of(ticket: Ticket) -> frozenset[str]:
    return stems(f"{ticket.problem_text}\n{ticket.answer}")
