"""Decides which sentences of a draft may be sent: each must be supported by the evidence it cites.

The support asked for here is exact: the words of the sentence, in order, in the cited answer, and no figure, address or
link that is not there. Does not judge whether the sentences answer the question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering import personal, sentences
from bot.answering.evidence import Evidence

_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_LINK = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.\w+|\b[\w-]+\.(?:example|com|org|net|io|eu|de)\b\S*", re.IGNORECASE
)


@dataclass(frozen=True)
class Cited:
    """One sentence of a draft and the id of the ticket that it is taken from."""

    text: str
    ticket_id: str


def grounded(draft: Sequence[Cited], evidence: Sequence[Evidence]) -> tuple[Cited, ...]:
    """Return the sentences of the draft that may be sent, in order."""
    by_id = {item.ticket.id: item for item in evidence}
    return tuple(
        cited
        for cited in draft
        if cited.ticket_id in by_id and supported(cited.text, by_id[cited.ticket_id].ticket.answer)
    )


def supported(sentence: str, answer: str) -> bool:
    """Return whether ``answer`` holds the sentence word for word and the sentence may be said to any customer."""
    if not personal.is_general(sentence):
        return False
    if not values(sentence) <= values(answer):
        return False
    return _normal(sentence) in _normal(answer)


def values(text: str) -> set[str]:
    """Return what must never be made up: numbers, links and addresses, lower case."""
    links = {link.lower().rstrip(".,;:!?)") for link in _LINK.findall(text)}
    return links | {number.rstrip(".,:/") for number in _NUMBER.findall(text)}


def share_supported(text: str, answers: Sequence[str]) -> float:
    """Return the share of a text's sentences that one of the answers supports; 1.0 for a text without sentences."""
    parts = sentences.split(text)
    return sum(any(supported(part, answer) for answer in answers) for part in parts) / len(parts) if parts else 1.0


def _normal(text: str) -> str:
    """Return the words with single spaces and one at each end, so that only whole words match."""
    return f" {' '.join(sentences.words(text))} "
