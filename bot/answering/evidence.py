"""Turns hits into evidence: which past answers may speak today, and which of their sentences hold for everyone.

Superseded tickets never speak. Where two tickets state different figures for the same thing, the newer one does.
Does not judge whether the evidence answers the question: see confidence.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.answering import personal, reactions, sentences
from retrieval.tickets import Hit, Ticket

MAX_ANSWER = 900  # characters of one reply
MIN_WORDS = 6  # a shorter past answer ("Done!") says nothing to the next customer
# An answer of which less than this share is general is not used, unless that is a paragraph of its own.
LEAST_SHARE, ENOUGH_WORDS = 0.35, 25
# Two sentences with at least this share of common words speak of the same thing, so their figures must agree.
SAME_THING = 0.34
COMPARED = 6  # top hits that are checked against each other

_QUANTITY = re.compile(
    r"(?P<number>\d+(?:[.,:]\d+)*)(?:\s?(?:-|–|to)\s?\d+(?:[.,]\d+)?)?[\s-]?"
    r"(?P<unit>%|°c|\w+(?: (?:days?|minutes?|hours?))?)?",
    re.IGNORECASE,
)
# Units in the singular; "s" is taken off before the look-up.
_UNITS = frozenset((
    "day", "working day", "hour", "minute", "week", "month", "year", "euro", "point", "percent", "%", "kg", "g", "cm",
    "mm", "l", "litre", "piece", "attempt", "mail",
))  # fmt: skip
_STOP = frozenset((
    "the", "a", "an", "and", "or", "of", "to", "in", "on", "at", "for", "from", "by", "with", "is", "are", "was", "be",
    "been", "can", "may", "will", "you", "your", "we", "our", "it", "its", "that", "this", "if", "as", "not", "no",
    "only", "than", "then", "so", "up", "out", "after", "before", "until", "within", "per", "more", "less", "also",
    "have", "has", "do", "does", "there", "when", "which", "all", "any", "one",
))  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """One hit and what of its answer may be used.

    ``sentences`` are the general ones in order; ``alone`` is the whole cleaned answer if it can be sent as it is.
    """

    hit: Hit
    sentences: tuple[str, ...]
    alone: str | None

    @property
    def ticket(self) -> Ticket:
        """The solved ticket behind the hit."""
        return self.hit.ticket


def evidence_of(hit: Hit) -> Evidence:
    """Return what a hit's answer offers; nothing of a superseded ticket may be used."""
    if hit.ticket.superseded_by is not None:
        return Evidence(hit, (), None)
    turns = [reactions.spoken(part) for part in turns_of(hit.ticket)]
    valid = _since_correction(turns)
    general = tuple(sentence for turn in valid for sentence in _independent(turn))
    if _is_remnant(general, [sentence for turn in valid for sentence in turn]):
        return Evidence(hit, (), None)
    return Evidence(hit, general, _alone(hit.ticket, turns))


def _is_remnant(general: Sequence[str], said: Sequence[str]) -> bool:
    """Return whether so little of an answer is general that it misses the point ("No return of the tent needed.")."""
    kept, total = (sum(len(sentences.words(sentence)) for sentence in part) for part in (general, said))
    return kept < ENOUGH_WORDS and kept < LEAST_SHARE * total


def turns_of(ticket: Ticket) -> list[str]:
    """Return the agent's turns that the answer consists of; later ones reply to what the customer said in between."""
    found = [turn.text.strip() for turn in ticket.turns if turn.role == "agent" and turn.text.strip() in ticket.answer]
    return found if found and "\n\n".join(found) == ticket.answer.strip() else [ticket.answer]


def _since_correction(turns: Sequence[list[str]]) -> list[list[str]]:
    """Return the turns from the last in which the agent takes back what was said; no turn before it holds."""
    last = max((at for at, turn in enumerate(turns) if any(map(sentences.is_correction, turn))), default=0)
    return list(turns[last:])


def _independent(cleaned: Sequence[str]) -> list[str]:
    """Return the general sentences whose reference, if they point back, is kept too; none from before a correction."""
    kept: list[str] = []
    previous_kept = False
    for sentence in cleaned:
        if sentences.is_correction(sentence):
            kept.clear()
        previous_kept = personal.is_general(sentence) and (previous_kept or not personal.depends(sentence))
        if previous_kept:
            kept.append(sentence)
    return kept


def _alone(ticket: Ticket, turns: Sequence[list[str]]) -> str | None:
    """Return the first turn if every sentence of it is general, nothing was taken back and the outcome was good."""
    cleaned = next((turn for turn in turns if turn), [])
    if ticket.reopened or (ticket.csat is not None and ticket.csat <= 2) or "goodwill" in ticket.tags:
        return None
    if any(sentences.is_correction(sentence) for turn in turns for sentence in turn):
        return None
    if not cleaned or personal.depends(cleaned[0]) or not all(map(personal.is_general, cleaned)):
        return None
    text = " ".join(cleaned)
    return text if len(text) <= MAX_ANSWER and len(sentences.words(text)) >= MIN_WORDS else None


def agreeing(items: Sequence[Evidence]) -> list[Evidence]:
    """Return the evidence with something to say, without what a newer one among the first contradicts."""
    speaking = [item for item in items if item.sentences]
    top = speaking[:COMPARED]
    kept = [item for item in top if not any(_outdated(item, other) for other in top if other is not item)]
    return kept + speaking[COMPARED:]


def _outdated(item: Evidence, other: Evidence) -> bool:
    """Return whether ``other`` is newer than ``item`` and states another figure for the same thing."""
    if item.ticket.topic != other.ticket.topic or _standing(other.ticket) <= _standing(item.ticket):
        return False
    return any(contradicts(old, new) for old in item.sentences for new in other.sentences)


def _standing(ticket: Ticket) -> tuple[bool, str]:
    """Order tickets by authority: a goodwill exception below a rule, then by date."""
    return ("goodwill" not in ticket.tags, ticket.created_at)


def contradicts(first: str, second: str) -> bool:
    """Return whether two sentences speak of the same thing and give different figures in the same unit."""
    one, two = quantities(first), quantities(second)
    shared = set(one) & set(two)
    if not any(one[unit].isdisjoint(two[unit]) for unit in shared):
        return False
    return overlap(first, second) >= SAME_THING


def quantities(sentence: str) -> dict[str, set[str]]:
    """Return the numbers of a sentence by unit; a number without a known unit is left out."""
    found: dict[str, set[str]] = {}
    for match in _QUANTITY.finditer(sentence):
        if unit := _unit(match["unit"] or ""):
            found.setdefault(unit, set()).add(match["number"].rstrip("."))
    return found


def _unit(text: str) -> str:
    """Return the unit that a number's following words begin with, or nothing."""
    both = text.lower()
    for name in (both, both.split(" ")[0]):
        if (bare := name.removesuffix("s")) in _UNITS:
            return bare
    return ""


def content_words(text: str) -> set[str]:
    """Return the words that carry meaning: no numbers, no function words, plural s off."""
    found = (word for word in sentences.words(text) if word not in _STOP and not word[0].isdigit())
    return {word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word for word in found}


def overlap(first: str, second: str) -> float:
    """Return the share of common content words, 0..1 (Jaccard)."""
    one, two = content_words(first), content_words(second)
    return len(one & two) / len(one | two) if one and two else 0.0
