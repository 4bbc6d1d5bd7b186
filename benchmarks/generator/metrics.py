"""How near a text comes to a reference, and what of it the evidence does not hold."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz.distance import LCSseq

from bot.answering.sentences import words


def rouge_l(text: str, reference: str) -> float:
    """Return ROUGE-L F1 over lower-case words (Lin 2004): the longest common subsequence of both."""
    one, two = words(text), words(reference)
    return 2 * LCSseq.similarity(one, two) / (len(one) + len(two)) if one and two else 0.0


def chrf(text: str, reference: str) -> float:
    """Return chrF, 0..1 (Popovic 2015), as sacrebleu computes it."""
    from sacrebleu import sentence_chrf

    return float(sentence_chrf(text, [reference]).score) / 100


def f1(right: int, said: int, wanted: int) -> float:
    """Return the harmonic mean of precision and recall."""
    return 2 * right / (said + wanted) if said + wanted else 0.0


def mean(values: Sequence[float]) -> float:
    """Return the mean, 0 for nothing."""
    return sum(values) / len(values) if values else 0.0
