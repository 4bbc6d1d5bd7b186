"""How near a text comes to a reference, and what of it the evidence does not hold."""

from __future__ import annotations

from bot.answering.training.measuring import mean, rouge_l

__all__ = ["chrf", "f1", "mean", "rouge_l"]


def chrf(text: str, reference: str) -> float:
    """Return chrF, 0..1 (Popovic 2015), as sacrebleu computes it."""
    from sacrebleu import sentence_chrf

    return float(sentence_chrf(text, [reference]).score) / 100


def f1(right: int, said: int, wanted: int) -> float:
    """Return the harmonic mean of precision and recall."""
    return 2 * right / (said + wanted) if said + wanted else 0.0
