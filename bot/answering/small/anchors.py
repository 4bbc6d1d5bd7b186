"""Holds the small network to what was said: each drafted sentence stands for the one of the evidence it was made of.

The network chooses well and rewords badly: read beside their evidence, of the drafted sentences that shared less than
nine tenths of their words, in order, with one sentence, most had joined two of them wrongly, and the support scorer let
some pass (docs/generator.md). So the draft says which sentences answer, and these are quoted.
"""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz.distance import LCSseq

from bot.answering import personal
from bot.answering.evidence import Evidence
from bot.answering.reading import Reader
from bot.answering.sentences import words

# Share of a drafted sentence's words that must stand, in order, in one sentence.
ANCHORED = 0.8
# Cosine with the question from which another sentence of the first ticket is told beside the chosen ones.
RELATED = 0.25
Place = tuple[int, int]  # of a ticket in the evidence, and of a sentence in it


def anchored(question: str, draft: Sequence[str], evidence: Sequence[Evidence], reader: Reader) -> tuple[str, ...]:
    """Return the sentences of the evidence that a draft stands for, and one that completes them, ticket by ticket.

    Nothing when no sentence of the draft has an anchor. What points back comes with what it points to.
    """
    anchors = [place for sentence in draft if (place := _anchor(sentence, evidence)) is not None]
    if not anchors:
        return ()
    chosen = {place for anchor in anchors for place in _with_reference(anchor, evidence)}
    chosen |= _companion(question, anchors[0][0], chosen, evidence, reader)
    rows = dict.fromkeys(row for row, _ in anchors)
    return tuple(evidence[row].sentences[at] for row in rows for at in sorted(at for r, at in chosen if r == row))


def _anchor(sentence: str, evidence: Sequence[Evidence]) -> Place | None:
    drafted = words(sentence)
    places = [(row, at) for row, item in enumerate(evidence) for at in range(len(item.sentences))]
    if not drafted or not places:
        return None
    shares = [LCSseq.similarity(drafted, words(evidence[row].sentences[at])) / len(drafted) for row, at in places]
    best = max(range(len(places)), key=shares.__getitem__)
    return places[best] if shares[best] >= ANCHORED else None


def _with_reference(place: Place, evidence: Sequence[Evidence]) -> list[Place]:
    row, at = place
    start = at
    while start > 0 and personal.depends(evidence[row].sentences[start]):
        start -= 1
    return [(row, step) for step in range(start, at + 1)]


def _companion(question: str, row: int, chosen: set[Place], evidence: Sequence[Evidence], reader: Reader) -> set[Place]:
    """Return the sentence of the first ticket that comes nearest to the question, if one is near that is not chosen."""
    said = evidence[row].sentences
    others = [at for at in range(len(said)) if (row, at) not in chosen and not personal.depends(said[at])]
    if not others:
        return set()
    vectors = reader.vectors([question, *(said[at] for at in others)])
    near = vectors[1:] @ vectors[0]
    best = int(near.argmax())
    return {(row, others[best])} if near[best] >= RELATED else set()
