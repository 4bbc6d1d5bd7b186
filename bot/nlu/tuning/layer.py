"""One layer of the encoder with its derivative: attention and the feed-forward part, each with its residual.

Texts are packed: the tokens of all texts of a batch stand one below the other, so that nothing but attention is
computed on padding. Does not know what is trained or why.
Source: Devlin et al. 2018, arXiv:1810.04805; derivatives by hand, checked against differences in the tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Values = dict[str, Array]

EPSILON = 1e-12
HIDDEN = np.float32(-1e9)  # added to the score of a place without a token
# Abramowitz and Stegun 7.1.26: erf to 1.5e-7, which is float32's own precision; scipy's costs ten times as much.
ERF = np.array([1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592], dtype=np.float32)
ERF_STEP = np.float32(0.3275911)


@dataclass(frozen=True)
class Places:
    """Where the tokens of packed texts stand in a grid [texts, width]."""

    texts: int
    width: int
    at: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]
    hidden: Array

    @classmethod
    def of(cls, lengths: Sequence[int]) -> Places:
        """Return the places of texts that have so many tokens each; none may be empty."""
        sizes = np.asarray(lengths, dtype=np.int64)
        width = int(sizes.max())
        filled = np.arange(width)[None, :] < sizes[:, None]
        hidden = np.where(filled, np.float32(0), HIDDEN)[:, None, None, :]
        starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        return cls(len(sizes), width, np.flatnonzero(filled), starts, sizes, hidden)

    def spread(self, packed: Array) -> Array:
        """Return packed rows [tokens, d] as [texts * width, d] with zeros where no token is."""
        grid = np.zeros((self.texts * self.width, packed.shape[1]), dtype=np.float32)
        grid[self.at] = packed
        return grid


class Layer:
    """Weights of one layer (products as [in, out]) and what its derivative needs of the last forward pass."""

    def __init__(self, values: Values, heads: int) -> None:
        self.values = values
        self._heads = heads
        self._kept: Any = None

    def forward(self, hidden: Array, places: Places, masks: tuple[Array, Array] | None = None) -> Array:
        """Return the packed output [tokens, d]; ``masks`` are what dropout multiplies the two branches by."""
        values = self.values
        attended, attention = self._attend(hidden, places)
        branch = attended @ values["out"] + values["out_bias"]
        middle, norm_1 = normalised(hidden + _times(branch, masks, 0), values["norm_1"], values["norm_1_bias"])
        wide = middle @ values["wide"] + values["wide_bias"]
        active, slope = gelu(wide)
        branch = active @ values["narrow"] + values["narrow_bias"]
        result, norm_2 = normalised(middle + _times(branch, masks, 1), values["norm_2"], values["norm_2_bias"])
        self._kept = (hidden, places, masks, attended, attention, norm_1, middle, active, slope, norm_2)
        return result

    def backward(self, grad: Array) -> tuple[Array, Values]:
        """Return the derivatives by input and by weights, given that by the output of the last forward pass."""
        hidden, places, masks, attended, attention, norm_1, middle, active, slope, norm_2 = self._kept
        self._kept = None
        values, grads = self.values, Values()
        grad, grads["norm_2"], grads["norm_2_bias"] = normalised_back(grad, norm_2, values["norm_2"])
        branch = _times(grad, masks, 1)
        grads["narrow"], grads["narrow_bias"] = active.T @ branch, branch.sum(axis=0)
        wide = (branch @ values["narrow"].T) * slope
        grads["wide"], grads["wide_bias"] = middle.T @ wide, wide.sum(axis=0)
        grad = grad + wide @ values["wide"].T
        grad, grads["norm_1"], grads["norm_1_bias"] = normalised_back(grad, norm_1, values["norm_1"])
        branch = _times(grad, masks, 0)
        grads["out"], grads["out_bias"] = attended.T @ branch, branch.sum(axis=0)
        qkv = self._attend_back(branch @ values["out"].T, places, attention)
        grads["qkv"], grads["qkv_bias"] = hidden.T @ qkv, qkv.sum(axis=0)
        return grad + qkv @ values["qkv"].T, grads

    def _attend(self, hidden: Array, places: Places) -> tuple[Array, tuple[Array, Array]]:
        qkv = places.spread(hidden @ self.values["qkv"] + self.values["qkv_bias"])
        width = hidden.shape[1] // self._heads
        parts = np.ascontiguousarray(
            qkv.reshape(places.texts, places.width, 3, self._heads, width).transpose(2, 0, 3, 1, 4)
        )
        parts[0] /= np.float32(np.sqrt(width))
        scores = parts[0] @ parts[1].swapaxes(2, 3) + places.hidden
        scores = np.exp(scores - scores.max(axis=3, keepdims=True))
        scores /= scores.sum(axis=3, keepdims=True)
        joined = (scores @ parts[2]).transpose(0, 2, 1, 3).reshape(-1, hidden.shape[1])
        return joined[places.at], (parts, scores)

    def _attend_back(self, grad: Array, places: Places, kept: tuple[Array, Array]) -> Array:
        parts, scores = kept
        width = parts.shape[4]
        grid = places.spread(grad).reshape(places.texts, places.width, self._heads, width).transpose(0, 2, 1, 3)
        by_score = grid @ parts[2].swapaxes(2, 3)
        by_score = scores * (by_score - (by_score * scores).sum(axis=3, keepdims=True))
        by_query = by_score @ parts[1] / np.float32(np.sqrt(width))
        by_key = by_score.swapaxes(2, 3) @ parts[0]
        by_value = scores.swapaxes(2, 3) @ grid
        joined = np.stack((by_query, by_key, by_value)).transpose(1, 3, 0, 2, 4)
        return np.asarray(joined.reshape(places.texts * places.width, -1)[places.at])


def normalised(rows: Array, scale: Array, shift: Array) -> tuple[Array, tuple[Array, Array]]:
    """Return layer-normalised rows, and what the derivative needs."""
    rows = rows - rows.mean(axis=1, keepdims=True)
    inverse = 1 / np.sqrt((rows * rows).mean(axis=1, keepdims=True) + np.float32(EPSILON))
    rows *= inverse
    return rows * scale + shift, (rows, inverse)


def normalised_back(grad: Array, kept: tuple[Array, Array], scale: Array) -> tuple[Array, Array, Array]:
    """Return the derivatives by rows, scale and shift."""
    rows, inverse = kept
    by_scale, by_shift = (grad * rows).sum(axis=0), grad.sum(axis=0)
    grad = grad * scale
    along = (grad * rows).mean(axis=1, keepdims=True)
    return (grad - grad.mean(axis=1, keepdims=True) - rows * along) * inverse, by_scale, by_shift


def gelu(x: Array) -> tuple[Array, Array]:
    """Return x * Phi(x) and its slope Phi(x) + x * phi(x), both with one exponential."""
    density = np.exp(x * x * np.float32(-0.5))
    step = 1 / (1 + np.abs(x) * (ERF_STEP * np.float32(np.sqrt(0.5))))
    tail = np.full_like(x, ERF[0])
    for factor in ERF[1:]:
        tail *= step
        tail += factor
    tail *= step
    tail *= density
    tail *= np.float32(0.5)
    share = np.where(x >= 0, 1 - tail, tail)
    density *= np.float32(1 / np.sqrt(2 * np.pi))
    density *= x
    density += share
    return x * share, density


def _times(rows: Array, masks: tuple[Array, Array] | None, which: int) -> Array:
    return rows if masks is None else rows * masks[which]
