"""Finds the solved tickets that are about the same problem as a query.

Two searches are fused: by meaning (dense) and by words (keyword). Does not decide whether the evidence is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from retrieval.embedder import Embedder
from retrieval.faiss_index import Vectors, VectorIndex
from retrieval.ranking import Candidate, fuse, order
from retrieval.store import TicketStore
from retrieval.terms import informative_terms, stem, stems
from retrieval.tickets import Hit, Ticket

Mode = Literal["hybrid", "dense", "keyword"]
MODES: tuple[Mode, ...] = ("hybrid", "dense", "keyword")

# Candidates that each of the two searches may bring.
POOL = 100
# Fused candidates, for each hit asked for, whose tickets are read so that outcome and age can move them.
SHORTLIST = 3
# Earlier turns that still say what a follow-up question is about, and their weight against the question's own words.
CONTEXT_TURNS = 4
CONTEXT_WEIGHT = 0.3


class Retriever:
    """Searches one store and one index. Holds no state of a query: threads may share it."""

    def __init__(self, store: TicketStore, index: VectorIndex | None, embedder: Embedder | None) -> None:
        self.store = store
        self.index = index
        self.embedder = embedder

    def search(
        self, query: str, top_k: int = 10, mode: Mode = "hybrid", context: Sequence[str] = ()
    ) -> list[Hit]:
        """Return at most ``top_k`` hits, best first; hits of equal score keep the order in which they were stored.

        Args:
            query: what the customer asks.
            top_k: the number of hits wanted, at least 1.
            mode: ``dense`` and ``keyword`` each use one search alone.
            context: earlier turns of the conversation, oldest first.
        """
        if top_k < 1:
            raise ValueError(f"top_k must be at least 1. It is {top_k}")
        if mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}. It is {mode!r}")
        if not query.strip():
            return []
        recent = [turn for turn in context if turn.strip()][-CONTEXT_TURNS:]
        candidates = fuse(self._dense(query, recent, mode), self._keyword(query, recent, mode), mode)
        return self._hits(query, candidates[: top_k * SHORTLIST], top_k)
