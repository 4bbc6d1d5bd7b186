"""Decides whether a new generator is better than the one in use, from both their figures on the same questions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from bot.answering.training.measuring import Figures, mean

# What likeness must gain; below it nobody would notice.
GAIN = 0.01
# Standard errors of the paired difference that the gain must exceed: by chance alone one time in twenty.
SURE = 1.64
# What the share of supported sentences, and of refusals where one is due, may lose.
LOSS = 0.01


@dataclass(frozen=True)
class Verdict:
    """Whether the new generator is better than the current one; ``gain`` is in likeness, ``against`` says why not."""

    better: bool
    gain: float
    needed: float
    against: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict for card and report."""
        return {
            "better": self.better,
            "gain": round(self.gain, 4),
            "needed": round(self.needed, 4),
            "against": list(self.against),
        }


def verdict(new: Figures, current: Figures) -> Verdict:
    """Compare two generators on the same questions: nearer to the team's answers, and nothing worse."""
    gains = [one - other for one, other in zip(new.each, current.each, strict=True)]
    gain = mean(gains)
    spread = math.sqrt(sum((one - gain) ** 2 for one in gains) / max(len(gains) - 1, 1))
    needed = max(GAIN, SURE * spread / math.sqrt(max(len(gains), 1)))
    against = []
    if gain < needed:
        against.append(f"likeness gains {gain:+.3f}, {needed:.3f} is needed")
    if new.supported < current.supported - LOSS:
        against.append(f"supported sentences fall from {current.supported:.3f} to {new.supported:.3f}")
    if new.made_up > current.made_up:
        against.append(f"made-up values rise from {current.made_up:.3f} to {new.made_up:.3f}")
    if new.unanswerable and new.refused < current.refused - LOSS:
        against.append(f"refusals where one is due fall from {current.refused:.3f} to {new.refused:.3f}")
    return Verdict(not against, gain, needed, tuple(against))
