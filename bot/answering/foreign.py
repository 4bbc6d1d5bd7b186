"""Takes out sentences that have nothing to do with the ticket they stand in: planted ones, pasted ones.

Whoever can write into a ticket could have the bot say anything, as long as it reads like an answer. What belongs to a
ticket resembles its problem or another sentence of its answer. Does not look at the customer's question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.answering.evidence import Evidence
from bot.answering.reading import Reader

# Cosine with the problem and with the nearest other sentence below which a sentence is foreign. Of the demo tickets'
# own sentences 5 % lie below, of sentences planted from BIPIA 88 % (benchmarks/generator/injection.py).
FOREIGN = 0.2


def without_foreign(evidence: Sequence[Evidence], reader: Reader) -> list[Evidence]:
    """Return the evidence without foreign sentences; an answer that held one can no longer be sent as it is."""
    return [_cleaned(item, reader) for item in evidence]


def _cleaned(item: Evidence, reader: Reader) -> Evidence:
    if len(item.sentences) < 2:
        return item
    vectors = reader.vectors([item.ticket.problem_text, *item.sentences])
    likeness = vectors @ vectors[1:].T
    for at in range(len(item.sentences)):
        likeness[at + 1, at] = -1.0  # not with itself
    kept = tuple(text for text, near in zip(item.sentences, likeness.max(axis=0), strict=True) if near >= FOREIGN)
    return item if len(kept) == len(item.sentences) else replace(item, sentences=kept, alone=None)
