"""The generator: composes an answer out of evidence when no single ticket says it.

Whatever it drafts is checked sentence by sentence before it is sent (grounding.py). Does not decide whether the
evidence is enough: see confidence.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.answering.evidence import Evidence


class Generator(Protocol):
    """Anything that drafts an answer from evidence; ``name`` is part of receipts and of the cache's key."""

    name: str

    def compose(self, question: str, evidence: Sequence[Evidence]) -> tuple[str, ...]:
        """Return the sentences of a draft in reading order, or nothing when the evidence does not answer.

        Raises:
            GenerationError: the generator is out of order or took too long.
        """
        ...
