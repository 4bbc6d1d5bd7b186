"""AdamW over many arrays, in blocks that stay in a core's cache; the rate rises, then falls in a line.

Source: Loshchilov and Hutter 2019, arXiv:1711.05101. Does not know what the arrays mean.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.nlu.tuning.layer import Array

BLOCK = 1 << 15  # numbers; four arrays of so many float32 fit the second-level cache
BETAS = (0.9, 0.98)
TINY = 1e-8


class AdamW:
    """Changes arrays in place; each has its own highest rate and decay."""

    def __init__(self, arrays: Sequence[Array], rates: Sequence[float], decays: Sequence[float]) -> None:
        if not all(array.flags.c_contiguous for array in arrays):
            raise ValueError("an array is not contiguous, so that its changes would be made in a copy")
        self._arrays = [array.reshape(-1) for array in arrays]
        self._rates, self._decays = rates, decays
        self._means = [np.zeros_like(array) for array in self._arrays]
        self._squares = [np.zeros_like(array) for array in self._arrays]
        self._steps = 0

    def step(self, grads: Sequence[Array], share: float, longest: float = 1.0) -> None:
        """Move one step at ``share`` (0 to 1) of the highest rates; all derivatives together are cut to ``longest``."""
        self._steps += 1
        length = float(np.sqrt(sum(float(np.vdot(grad, grad)) for grad in grads)))
        cut = np.float32(min(1.0, longest / (length + TINY)))
        for number, grad in enumerate(grads):
            flat = grad.reshape(-1)
            for start in range(0, flat.size, BLOCK):
                self._change(number, flat[start : start + BLOCK] * cut, slice(start, start + BLOCK), share)

    def _change(self, number: int, grad: Array, block: slice, share: float) -> None:
        mean, square = self._means[number][block], self._squares[number][block]
        mean += (grad - mean) * np.float32(1 - BETAS[0])
        square += (grad * grad - square) * np.float32(1 - BETAS[1])
        rate = self._rates[number] * share
        size = np.sqrt(square / np.float32(1 - BETAS[1] ** self._steps))
        size += np.float32(TINY)
        array = self._arrays[number][block]
        array *= np.float32(1 - rate * self._decays[number])
        array -= mean / size * np.float32(rate / (1 - BETAS[0] ** self._steps))


def share_of_rate(step: int, steps: int, warm_up: float = 0.1) -> float:
    """Return the share of the highest rate in a step: up in a line, then down in a line to almost nothing."""
    rising = (step + 1) / max(1.0, warm_up * steps)
    falling = (steps - step) / max(1.0, (1 - warm_up) * steps)
    return max(0.0, min(1.0, rising, falling))
