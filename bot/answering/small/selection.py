"""Chooses what of the evidence the small generator reads: the sentences nearest to the question, ticket by ticket.

A short reading is a better one for a small network, and costs less. Does not judge whether the sentences answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.answering import personal
from bot.answering.evidence import Evidence
from bot.answering.reading import Reader

MAX_READ = 8  # sentences
MAX_COMPARED = 32
# Cosine with the question below which a sentence is not read, unless it belongs to the first ticket.
RELATED = 0.25


def selected(question: str, evidence: Sequence[Evidence], reader: Reader) -> list[str]:
    """Return passages, one for each ticket that is read, the best ticket first."""
    chosen = places(question, evidence, reader)
    return [" ".join(evidence[row].sentences[at] for at in numbers) for row, numbers in chosen]


def places(question: str, evidence: Sequence[Evidence], reader: Reader) -> list[tuple[int, tuple[int, ...]]]:
    """Return what is read: the place of each evidence and the numbers of its sentences."""
    found = [(row, at) for row, item in enumerate(evidence) for at in range(len(item.sentences))][:MAX_COMPARED]
    if not found:
        return []
    vectors = reader.vectors([question, *(evidence[row].sentences[at] for row, at in found)])
    near = vectors[1:] @ vectors[0]
    order = sorted(range(len(found)), key=lambda place: -near[place])
    taken: set[tuple[int, int]] = set()
    for place in order:
        row, at = found[place]
        if near[place] >= RELATED or row == 0:
            taken.update((row, step) for step in range(_start(evidence[row], at), at + 1))
        if len(taken) >= MAX_READ:
            break
    rows = sorted({row for row, _ in taken})
    return [(row, tuple(sorted(at for other, at in taken if other == row))) for row in rows]


def _start(item: Evidence, at: int) -> int:
    """Return where the sentence begins to make sense: at what it points back to."""
    while at > 0 and personal.depends(item.sentences[at]):
        at -= 1
    return at
