"""Finds the solved tickets that are about the same problem as a query.

Two searches are fused: by meaning (dense) and by words (keyword). Does not decide whether the evidence is enough.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal

from retrieval.asking import Asked
from retrieval.embedder import Embedder
from retrieval.errors import IndexMissing
from retrieval.filters import Filters
from retrieval.nearest import Nearest
from retrieval.products import Products
from retrieval.ranking import DENSE_SHARE, distinct, fuse, missing_successors, ordered, policies_first, term_share
from retrieval.reranker import CANDIDATES, Reranker
from retrieval.reranking.blending import rerank
from retrieval.store import TicketStore
from retrieval.terms import informative_terms, stem, stems
from retrieval.tickets import Hit, Ticket
from retrieval.vectors.base import VectorIndex

Mode = Literal["hybrid", "dense", "keyword"]
DENSE_SHARES: dict[Mode, float] = {"hybrid": DENSE_SHARE, "dense": 1.0, "keyword": 0.0}

# Candidates that each of the two searches brings at least.
POOL = 100
# Candidates whose tickets are read, for each hit asked for, so that outcome and age can move them.
SHORTLIST = 3
# Successors of successors that are followed to the policy in force.
MAX_SUCCESSIONS = 5


class Retriever:
    """Searches one store and one index. Keeps nothing of a query: threads may share it.

    ``index`` and ``embedder`` may be None where only the keyword search is used, ``reranker`` where none is wanted.
    ``products`` are those of the store unless given.
    """

    def __init__(
        self,
        store: TicketStore,
        index: VectorIndex | None,
        embedder: Embedder | None,
        *,
        reranker: Reranker | None = None,
        products: Products | None = None,
    ) -> None:
        self.store = store
        self.index = index
        self.embedder = embedder
        self._reranker = reranker
        self._products = Products.of(store) if products is None else products

    def search(
        self,
        query: str,
        top_k: int = 10,
        mode: Mode = "hybrid",
        context: Sequence[str] = (),
        filters: Filters | None = None,
    ) -> list[Hit]:
        """Return at most ``top_k`` hits, best first; hits of equal score keep the order in which they were stored.

        Args:
            query: what the customer asks.
            top_k: the number of hits wanted, at least 1.
            mode: ``dense`` and ``keyword`` each use one search alone.
            context: earlier turns of the conversation, oldest first.
            filters: what a ticket must meet to be found.
        """
        if top_k < 1:
            raise ValueError(f"top_k must be at least 1. It is {top_k}")
        if mode not in DENSE_SHARES:
            raise ValueError(f"mode must be one of {', '.join(DENSE_SHARES)}. It is {mode!r}")
        listed = filters.allowed(self.store) if filters else None
        allowed = None if listed is None else frozenset(listed)
        if not query.strip() or (allowed is not None and not allowed):
            return []
        asked = Asked.of(query, context, self._products)
        pool = max(POOL, top_k * SHORTLIST)
        keyword = {} if mode == "dense" else self._keyword(asked, pool, allowed)
        near = None if mode == "keyword" else self._nearest(asked)
        dense = near.search(pool, keyword.keys(), allowed) if near else {}
        candidates = [found for found in fuse(dense, keyword, DENSE_SHARES[mode]) if found.score > 0.0]
        scores = {found.rowid: found.score for found in candidates[: top_k * SHORTLIST]}
        tickets = self._with_successors(self.store.by_rowids(list(scores)), allowed)
        hits = self._hits(query, scores, dense, tickets)
        found = distinct(near.matched(hits) if near else [hit for _, hit in hits])
        return (self._reranked(asked, found) if mode == "hybrid" else found)[:top_k]

    def _reranked(self, asked: Asked, hits: list[Hit]) -> list[Hit]:
        if self._reranker is None:
            return hits
        judged = rerank(self._reranker, asked.query, asked.turns, hits, CANDIDATES)
        return policies_first([replace(one.hit, logit=one.logit) for one in judged])

    def _nearest(self, asked: Asked) -> Nearest:
        if self.embedder is None:
            raise IndexMissing("The dense search needs an embedder. Name one in answers.embedder of the settings")
        if self.index is None:
            raise IndexMissing("The dense search needs an index. Run: frontdesk index build")
        return Nearest(self.index, asked.vectors(self.embedder), asked.penalties)

    def _keyword(self, asked: Asked, pool: int, allowed: Collection[int] | None) -> dict[int, float]:
        """Return BM25 by row id, divided by the weight of all terms asked for, so that queries can be compared.

        The words of the question and those of earlier turns are measured apart: the latter are many more.
        """
        groups = asked.terms()
        found: dict[int, float] = {}
        for terms, weight in groups:
            whole = max(sum(self.store.term_weights(terms).values()), 1e-9) * sum(share for _, share in groups)
            for rowid, score in self.store.keywords.search(terms, pool, allowed):
                found[rowid] = found.get(rowid, 0.0) + weight * score / whole
        return found

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

    def _with_successors(self, tickets: dict[int, Ticket], allowed: Collection[int] | None) -> dict[int, Ticket]:
        """Add the tickets that replaced a found one, so that the policy in force is always among the hits."""
        for _ in range(MAX_SUCCESSIONS):
            rowids = self.store.rowids(missing_successors(tickets.values())).values()
            added = self.store.by_rowids([key for key in rowids if allowed is None or key in allowed])
            if not added:
                break
            tickets = tickets | added
        return tickets


def _stems_of(ticket: Ticket) -> frozenset[str]:
    return stems(f"{ticket.problem_text}\n{ticket.answer}")
