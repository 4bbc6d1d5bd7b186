"""What a message names besides its wish: one value each, with its place in the text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Mention:
    """One named value: ``start`` and ``end`` are offsets in the text.

    ``value`` is what is meant, None when the words can be read in several ways; then ``readings`` holds these.
    """

    kind: str
    start: int
    end: int
    value: str | None
    readings: tuple[str, ...] = ()

    def entity(self, text: str, extractor: str) -> dict[str, Any]:
        """Return the mention as Rasa keeps it; what is not resolved keeps the customer's own words as its value."""
        found: dict[str, Any] = {"entity": self.kind, "start": self.start, "end": self.end, "extractor": extractor}
        found["value"] = text[self.start : self.end] if self.value is None else self.value
        return {**found, "readings": list(self.readings)} if self.readings else found


def longest(mentions: Iterable[Mention]) -> list[Mention]:
    """Return the mentions in order of the text; of those that overlap the longest, of equally long ones the first."""
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda one: one.start - one.end):
        if all(mention.end <= other.start or mention.start >= other.end for other in kept):
            kept.append(mention)
    return sorted(kept, key=lambda one: one.start)
