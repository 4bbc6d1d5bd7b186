"""Takes out sentences that have nothing to do with the ticket they stand in: planted ones, pasted ones.

Whoever can write into a ticket could have the bot say anything, as long as it reads like an answer. What belongs to a
ticket resembles its problem or another sentence of its answer. Does not look at the customer's question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from bot.answering import personal, sentences
from bot.answering.evidence import Evidence
from bot.answering.reading import Reader

# Cosine with the problem and with the nearest other sentence below which a sentence is foreign. Of the demo tickets'
# own sentences 5 % lie below, of sentences planted from BIPIA 88 % (benchmarks/generator/injection.py).
FOREIGN = 0.2
# A sentence of at most so many words, without a figure, an address or a link, is a remark: "Once a year is plenty."
REMARK = 8
# An opening of that kind which forbids or allows resembles nothing, and the rest means another thing without it:
# "Please don't light it."
_VERDICT = re.compile(r"\b(?:not|don't|never|can't|cannot|no|yes|only|safe|fine)\b", re.IGNORECASE)
# Sentences that have to stay for the rest to be the ticket's answer.
LEAST = 3
_VALUE = re.compile(r"[\d@€$£]|://|www\.|\w\.\w{2,}", re.IGNORECASE)


def without_foreign(evidence: Sequence[Evidence], reader: Reader) -> list[Evidence]:
    """Return the evidence without foreign sentences; an answer that held one can no longer be sent as it is.

    One that held a mere remark is sent without it: the rest of the ticket says what it said before.
    """
    return [_cleaned(item, reader) for item in evidence]


def _cleaned(item: Evidence, reader: Reader) -> Evidence:
    if len(item.sentences) < 2:
        return item
    vectors = reader.vectors([item.ticket.problem_text, *item.sentences])
    likeness = vectors @ vectors[1:].T
    for at in range(len(item.sentences)):
        likeness[at + 1, at] = -1.0  # not with itself
    near = [float(value) >= FOREIGN for value in likeness.max(axis=0)]
    near[0] = near[0] or (is_remark(item.sentences[0]) and _VERDICT.search(item.sentences[0]) is not None)
    kept = tuple(text for text, stays in zip(item.sentences, near, strict=True) if stays)
    if len(kept) == len(item.sentences):
        return item
    return replace(item, sentences=kept, alone=_without_remarks(item, set(item.sentences) - set(kept)))


def is_remark(sentence: str) -> bool:
    """Return whether a sentence is short and holds no figure, address or link, so that little is lost with it."""
    return len(sentences.words(sentence)) <= REMARK and not _VALUE.search(sentence)


def _without_remarks(item: Evidence, foreign: set[str]) -> str | None:
    """Return the whole answer without foreign sentences if these are remarks that nothing points back to."""
    if item.alone is None or not all(map(is_remark, foreign)):
        return None
    said = sentences.split(item.alone)
    if not foreign <= set(said) or len(said) - len(foreign) < LEAST or said[0] in foreign:
        return None
    dangling = any(before in foreign and personal.depends(after) for before, after in pairwise(said))
    return None if dangling else " ".join(text for text in said if text not in foreign)
