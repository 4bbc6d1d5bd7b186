"""Chooses the candidates worth reading, and orders them by the reranker's logit and the score of the search together.

The weights are those of a conditional logit (the softmax over the candidates of a query, a right ticket on top), fitted
on questions kept out of the reranker's training. Does not search and does not run the network.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.reranking.reading import digest_of
from retrieval.terms import WORD, stem
from retrieval.tickets import Hit

if TYPE_CHECKING:
    from retrieval.reranker import Reranker

# What the share of the earlier turns' telling words adds to the score when candidates are chosen: with it the first 8
# hold as many right tickets as the first 16 without.
SHARE_OF_CONTEXT = 0.1
MAX_CHARACTERS = 6000

# Weights of the hybrid score and of the network's logit. The other figures of a hit (both cosines, the share of words)
# gave a little more on some kinds of questions and cost more on kinds that were not fitted on.
# On questions kept out of the training the best weight of the logit was 0.79; less than half of that keeps the gain on
# follow-ups and loses nothing on kinds of questions that the network was not trained on.
SCORE, LOGIT = 17.3, 0.35


@dataclass(frozen=True)
class Judged:
    """A hit with what the reranker made of it.

    ``context`` is the share of the earlier turns' telling words that the ticket holds. ``logit`` is the network's and
    ``total`` what hits are ordered by, both None for a hit that was not read.
    """

    hit: Hit
    context: float = 0.0
    logit: float | None = None
    total: float | None = None


def rerank(
    reranker: Reranker, query: str, context: Sequence[str], hits: Sequence[Hit], candidates: int
) -> list[Judged]:
    """Return the hits in their new order: those that were read by falling ``total``, then the others as they were.

    Args:
        reranker: reads the candidates.
        query: what was asked.
        context: earlier turns, oldest first.
        hits: what the search found, best first.
        candidates: how many of them are read.
    """
    digest = digest_of(query, context, [hit.ticket for hit in hits])
    shares = context_shares(digest, [_text(hit) for hit in hits])
    order = sorted(range(len(hits)), key=lambda at: -(hits[at].score + SHARE_OF_CONTEXT * shares[at]))
    chosen, others = order[:candidates], sorted(order[candidates:])
    logits = reranker.scores(query, [hits[at].ticket for at in chosen], context)
    judged = [
        Judged(hits[at], shares[at], logit, total(hits[at].score, logit))
        for at, logit in zip(chosen, logits, strict=True)
    ]
    judged.sort(key=lambda one: -(one.total or 0.0))
    return judged + [Judged(hits[at], shares[at]) for at in others]


def total(score: float, logit: float) -> float:
    """Return what a candidate is ordered by; a difference of 1 between two makes the odds e to 1."""
    return SCORE * score + LOGIT * logit


def context_shares(digest: str, texts: Sequence[str]) -> list[float]:
    """Return for each text the share of the digest's words that it holds, rare words among the texts counting more."""
    wanted = {stem(word) for word in WORD.findall(digest.lower())}
    if not wanted:
        return [0.0] * len(texts)
    held = [wanted & {stem(word) for word in WORD.findall(text.lower())} for text in texts]
    counts = Counter(word for words in held for word in words)
    weights = {word: math.log((len(texts) + 1) / count) for word, count in counts.items()}
    whole = sum(weights.values())
    return [sum(weights[word] for word in words) / whole if whole else 0.0 for words in held]


def _text(hit: Hit) -> str:
    return f"{hit.ticket.problem_text[:MAX_CHARACTERS]}\n{hit.ticket.answer[:MAX_CHARACTERS]}"
