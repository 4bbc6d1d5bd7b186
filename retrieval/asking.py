"""What a question asks for once the conversation before it is read: texts to embed, and words with their weight.

A follow-up ("is it waterproof?") is searched in several wordings: as it stands beside the last turns, and once for each
product that the conversation is about. Does not search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.embedder import Embedder
from retrieval.products import Products
from retrieval.terms import informative_terms
from retrieval.vectors.base import Vectors

# Earlier turns that say what a follow-up question is about: the last ones for meaning, some more for rare words.
DENSE_TURNS, KEYWORD_TURNS, PRODUCT_TURNS = 2, 4, 8
TURN_CHARACTERS = 600
# Weight of the words of earlier turns against the question's own; beside a product, which says most of it, less.
CONTEXT_WEIGHT, BESIDE_PRODUCT = 0.6, 0.2
# What the cosine loses for each product named after the one in question: the last one is meant most often.
EARLIER_PRODUCT = 0.05


@dataclass(frozen=True)
class Asked:
    """A question in its conversation; ``turns`` are the earlier ones, oldest first, cut to what is read of them."""

    query: str
    turns: tuple[str, ...] = ()
    products: tuple[str, ...] = ()

    @classmethod
    def of(cls, query: str, context: Sequence[str], products: Products) -> Asked:
        """Read the conversation."""
        turns = tuple(turn[-TURN_CHARACTERS:] for turn in context if turn.strip())
        named = products.mentioned([*turns[-PRODUCT_TURNS:], query]) if turns else []
        return cls(query, turns, tuple(named))

    def vectors(self, embedder: Embedder) -> Vectors:
        """Return a unit row for each wording: the question with the last turns, then with each product."""
        turns = self.turns[-DENSE_TURNS:]
        plain = [self.query, "\n".join([*turns, self.query])] if turns else [self.query]
        rows = embedder.embed_queries([*plain, *(f"{product}\n{self.query}" for product in self.products)])
        first = rows[: len(plain)].sum(axis=0, dtype=np.float32)
        first /= max(float(np.linalg.norm(first)), 1e-9)
        joined: Vectors = np.vstack([first, rows[len(plain) :]]).astype(np.float32)
        return joined

    @property
    def penalties(self) -> list[float]:
        """What the cosine of each wording loses, so that the likeliest one counts most."""
        return [0.0, *(EARLIER_PRODUCT * place for place in range(len(self.products)))]

    def terms(self) -> list[tuple[list[str], float]]:
        """Return groups of terms and what each group weighs."""
        own = informative_terms("\n".join([self.query, *self.products[:1]]))
        earlier = informative_terms("\n".join(self.turns[-KEYWORD_TURNS:])) if self.turns else []
        weight = BESIDE_PRODUCT if self.products else CONTEXT_WEIGHT
        return [(own, 1.0), (earlier, weight)] if earlier else [(own, 1.0)]
