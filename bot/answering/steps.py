"""Keeps instructions whole: of an answer that says how to do something no earlier step and no condition is left out.

What a question about a figure or a place needs is one sentence; what somebody follows with their hands is all of it.
Writes nothing: only sentences of the ticket are put back, in its own order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.answering import personal, reactions
from bot.answering.evidence import MAX_ANSWER, Evidence, turns_of
from bot.answering.foreign import is_remark
from bot.answering.grounding import supported
from bot.messages import Supported

# What follows from that customer's own words: "Then it is condensation and not a leak".
_THEN = re.compile(r"(?:then|so)\b", re.IGNORECASE)


def whole_instruction(said: Sequence[Supported], lead: Evidence) -> tuple[Supported, ...]:
    """Return all that the first ticket's answer says where a draft quotes some of it; other tickets add no steps.

    Later turns, which answer something else, are told as far as the draft quotes them. Nothing where the opening is
    lost that the rest follows from, or the whole is too long; what a generator has reworded stays as it is.
    """
    own = [part.text for part in said if part.ticket_id == lead.ticket.id]
    if not own or any(text not in lead.sentences for text in own):
        return tuple(said)
    first = turns_of(lead.ticket)[0]
    told = [text for text in lead.sentences if text in own or supported(text, first)]
    if opening_lost(lead, first) or sum(len(text) + 1 for text in told) > MAX_ANSWER:
        return ()
    return tuple(Supported(text, lead.ticket.id, text, 1.0) for text in told)


def opening_lost(lead: Evidence, first: str) -> bool:
    """Return whether an answer's first sentence judges this one customer's case, or was taken out as a foreign one."""
    opening = next(iter(reactions.spoken(first)), "")
    return opening not in lead.sentences and (bool(_THEN.match(opening)) or _may_open(opening))


def _may_open(sentence: str) -> bool:
    return (
        bool(sentence) and not is_remark(sentence) and personal.is_general(sentence) and not personal.depends(sentence)
    )
