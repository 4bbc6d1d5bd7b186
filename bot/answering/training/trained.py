"""What a training did: its steps, its losses, and where its best weights are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Trained:
    """What a training did; ``best`` holds the weights, and the losses are those of the rows it was stopped by."""

    best: Path
    steps: int
    seconds: float
    examples: int
    left_out: int
    before: float
    after: float
    log: list[dict[str, Any]]

    @property
    def learned(self) -> bool:
        """Whether any weights were better than those it began with."""
        return self.after < self.before

    def told(self) -> dict[str, Any]:
        """Return what a card says of it."""
        return {
            "steps": self.steps,
            "seconds": round(self.seconds),
            "examples": self.examples,
            "left_out": self.left_out,
            "loss_before": self.before,
            "loss_after": self.after,
        }
