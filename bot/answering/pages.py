"""Pages of hits: which of the hits found are shown, where the next page begins, and what a hit looks like in JSON.

Searches nothing itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.answering import letters, sentences
from retrieval.tickets import Hit

# How deep a search goes. Outcome and age order the hits of one depth: pages of the same depth fit together without a
# gap or a repetition, and the first is what nearly everybody looks at.
DEPTHS = (33, 101, 301)
# Who has not found it among so many hits should ask another way.
MAX_PLACE = DEPTHS[-1] - 1


@dataclass(frozen=True)
class Page:
    """Some hits; ``next_offset`` is where the following page begins, None when there is none."""

    hits: Sequence[Hit]
    next_offset: int | None


def depth(offset: int, top_k: int) -> int:
    """Return how many hits to search for: one more than is shown, so that it is known whether a page follows.

    Raises:
        ValueError: the page ends behind the last place that can be seen.
    """
    if offset + top_k > MAX_PLACE:
        raise ValueError(f"The page ends at hit {offset + top_k}; at most {MAX_PLACE} hits can be seen. Ask narrower.")
    return next(depth for depth in DEPTHS if depth > offset + top_k)


def page_of(found: Sequence[Hit], offset: int, top_k: int) -> Page:
    """Return the page of what a search of this ``depth`` found."""
    end = offset + top_k
    return Page(found[offset:end], end if len(found) > end and end + top_k <= MAX_PLACE else None)


def shown(hit: Hit) -> dict[str, Any]:
    """Return a hit as programs read it."""
    ticket = hit.ticket
    numbers = {"score": round(hit.score, 4), "dense": round(hit.dense, 4), "keyword": round(hit.keyword, 4)}
    text = {"id": ticket.id, "title": ticket.subject, "excerpt": sentences.excerpt(ticket.answer)}
    text["answer"] = ticket.answer
    # What a person may send again; the name under it is that of whoever answered then.
    text["draft"] = letters.draft(ticket.answer)
    named = {"product": ticket.product, "channel": ticket.channel, "language": ticket.language, "topic": ticket.topic}
    return {**text, **numbers, "duplicates": list(hit.duplicates), "created_at": ticket.created_at, **named}
