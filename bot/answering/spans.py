"""Chooses the parts of the evidence that a sentence may rest on: those that share most words with it.

One sentence, two of them, or all of one ticket's. Does not judge whether they state the sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.answering.evidence import Evidence, content_words

SINGLES, PAIRS = 4, 2
# Words of a whole answer that is still read; a longer one would be cut.
MAX_WORDS = 100
GAP = " … "


@dataclass(frozen=True)
class Line:
    """One sentence of the evidence, the ticket it stands in and its place there."""

    text: str
    ticket_id: str
    place: int


@dataclass(frozen=True)
class Span:
    """Sentences that together may state something; ``ticket_id`` is the one with the larger share."""

    text: str
    ticket_id: str


def lines_of(evidence: Sequence[Evidence]) -> list[Line]:
    """Return the sentences of the evidence in order."""
    return [Line(text, item.ticket.id, at) for item in evidence for at, text in enumerate(item.sentences)]


def spans_for(sentence: str, lines: Sequence[Line]) -> list[Span]:
    """Return what to look at, the smallest parts first."""
    wanted = content_words(sentence)
    shared = [wanted & content_words(line.text) for line in lines]
    # Ties keep the order of the evidence: the best ticket comes first.
    order = sorted(range(len(lines)), key=lambda at: -len(shared[at]))
    found = [Span(lines[at].text, lines[at].ticket_id) for at in order[:SINGLES]]
    found += [_joined(lines, shared, first, second) for first, second in _pairs(order, shared)]
    found += _whole(lines, order)
    return list({span.text: span for span in found}.values())


def _pairs(order: Sequence[int], shared: Sequence[set[str]]) -> Iterator[tuple[int, int]]:
    """Yield the places of the best sentences, each with the one that adds most to it."""
    for first in order[:PAIRS]:
        others = [at for at in order if at != first and shared[at] - shared[first]]
        if others:
            yield first, max(others, key=lambda at: (len(shared[at] - shared[first]), -abs(at - first)))


def _joined(lines: Sequence[Line], shared: Sequence[set[str]], first: int, second: int) -> Span:
    """Return two sentences as one span, in the order of the evidence; neighbours are joined without a gap."""
    main = lines[first] if len(shared[first]) >= len(shared[second]) else lines[second]
    one, two = lines[min(first, second)], lines[max(first, second)]
    neighbours = one.ticket_id == two.ticket_id and two.place == one.place + 1
    return Span(f"{one.text}{' ' if neighbours else GAP}{two.text}", main.ticket_id)


def _whole(lines: Sequence[Line], order: Sequence[int]) -> list[Span]:
    """Return the whole answer of the ticket that the best sentence stands in, if it is more than two and not long."""
    if not order:
        return []
    ticket_id = lines[order[0]].ticket_id
    texts = [line.text for line in lines if line.ticket_id == ticket_id]
    text = " ".join(texts)
    return [Span(text, ticket_id)] if len(texts) > 2 and len(text.split()) <= MAX_WORDS else []
