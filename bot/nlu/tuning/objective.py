"""What the encoder learns from: each sentence vector belongs beside its intent's direction and away from the others'.

Softmax over cosines is the contrastive loss with one learned prototype for each intent instead of pairs of sentences:
every example meets all intents in each step. Does not touch the encoder.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bot.nlu.tuning.layer import Array


class Prototypes:
    """One direction for each intent, begun at the mean of its examples' vectors."""

    def __init__(self, vectors: Array, intents: npt.NDArray[np.int64], scale: float, smoothing: float) -> None:
        sums = np.zeros((int(intents.max()) + 1, vectors.shape[1]), dtype=np.float32)
        np.add.at(sums, intents, vectors)
        self.directions: Array = np.ascontiguousarray(sums / np.linalg.norm(sums, axis=1, keepdims=True))
        self.scale, self._smoothing = np.float32(scale), np.float32(smoothing)

    def unit(self) -> Array:
        """Return the directions as unit rows [intents, d]."""
        return self._unit()[0]

    def logits(self, vectors: Array) -> Array:
        """Return ``scale`` times the cosines [texts, intents]."""
        return np.asarray(vectors @ self.unit().T * self.scale, dtype=np.float32)

    def loss(self, vectors: Array, intents: npt.NDArray[np.int64], share: float = 1.0) -> tuple[float, Array, Array]:
        """Return the cross-entropy, and its derivatives by the vectors and by the directions.

        Args:
            vectors: unit rows [texts, d].
            intents: the place of each text's intent.
            share: of the whole batch that these texts are; losses and derivatives of all parts add up.
        """
        unit, size = self._unit()
        logits = vectors @ unit.T * self.scale
        logits -= logits.max(axis=1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        wanted = np.full_like(logs, self._smoothing / logs.shape[1])
        wanted[np.arange(len(intents)), intents] += 1 - self._smoothing
        weight = np.float32(share / len(intents))
        error = (np.exp(logs) - wanted) * (weight * self.scale)
        by_unit = error.T @ vectors
        along = (by_unit * unit).sum(axis=1, keepdims=True)
        return float(-(wanted * logs).sum() * weight), error @ unit, (by_unit - unit * along) / size

    def _unit(self) -> tuple[Array, Array]:
        size = np.linalg.norm(self.directions, axis=1, keepdims=True)
        return self.directions / size, size
