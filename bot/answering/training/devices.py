"""Chooses how a model is trained on what is there: device, number format, batch size, steps between updates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

# Pairs that one update learns from, however many of them fit into memory at once.
PAIRS = 16
MOST_AT_ONCE = 16
AT_ONCE_ON_CPU = 2
# Of the memory that is free once the weights are there; the rest is for gradients of the adapter and fragments.
USED = 0.7
# Bytes kept for the way back: for each token, layer and unit of width, and for each token and word of the vocabulary.
BYTES_PER_UNIT, BYTES_PER_WORD = 40, 8


@dataclass(frozen=True)
class Device:
    """Where and how to train; ``recomputing`` spends time on what memory cannot hold (gradient checkpointing)."""

    name: str
    half: bool
    at_once: int
    updates_after: int
    recomputing: bool = False

    def smaller(self) -> Device | None:
        """Return the next smaller way after memory ran out, None if there is none."""
        if self.at_once > 1:
            return replace(self, at_once=self.at_once // 2, updates_after=self.updates_after * 2)
        return None if self.recomputing else replace(self, recomputing=True)


def device_for(config: Any, weights: int, tokens: int) -> Device:
    """Return the way for the best device there is.

    Args:
        config: the model's.
        weights: their number.
        tokens: of the longest pair.
    """
    import torch

    if not torch.cuda.is_available():
        return Device("cpu", half=False, at_once=AT_ONCE_ON_CPU, updates_after=PAIRS // AT_ONCE_ON_CPU)
    half = bool(torch.cuda.is_bf16_supported())
    free, _ = torch.cuda.mem_get_info()
    return on_gpu(config, free - weights * (2 if half else 4), tokens, half=half)


def on_gpu(config: Any, free: float, tokens: int, *, half: bool) -> Device:
    """Return the way for a GPU with ``free`` bytes beside the weights."""
    layers = int(getattr(config, "num_hidden_layers", 12))
    width = int(getattr(config, "hidden_size", 1024))
    words = int(getattr(config, "vocab_size", 32_000))
    each = tokens * (layers * width * BYTES_PER_UNIT + words * BYTES_PER_WORD) * (1 if half else 2)
    fitting = int(USED * free / each)
    at_once = max(min(fitting, MOST_AT_ONCE), 1)
    while PAIRS % at_once:
        at_once -= 1
    return Device("cuda", half, at_once, PAIRS // at_once, recomputing=fitting < 1)
