"""The sentence encoder in numpy: lower layers as they were published, upper layers that can learn.

Weights have the names of transformers' BertModel, as in ``retrieval.embedding``. Does not tokenise or train.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.nlu.tuning.layer import Array, Layer, Places, Values, normalised

# name here -> name in BertModel's layer; products are stored [out, in] there and [in, out] here
PRODUCTS = {"out": "attention.output.dense", "wide": "intermediate.dense", "narrow": "output.dense"}
NORMS = {"norm_1": "attention.output.LayerNorm", "norm_2": "output.LayerNorm"}
PARTS = tuple(f"attention.self.{part}" for part in ("query", "key", "value"))


class TunableEncoder:
    """Texts as token ids -> unit vectors, with the derivative by the weights of the upper layers."""

    def __init__(self, weights: Mapping[str, npt.NDArray[Any]], layers: int, heads: int, frozen: int) -> None:
        self._words = weights["embeddings.word_embeddings.weight"]
        kinds = weights["embeddings.token_type_embeddings.weight"]
        self._positions = weights["embeddings.position_embeddings.weight"] + kinds[:1]
        self._norm = [weights[f"embeddings.LayerNorm.{part}"] for part in ("weight", "bias")]
        all_layers = [Layer(layer_values(weights, number), heads) for number in range(layers)]
        self._lower, self.upper = all_layers[:frozen], all_layers[frozen:]
        self._kept: Any = None

    def twin(self) -> TunableEncoder:
        """Return an encoder with the same arrays, so that two threads can compute at once."""
        other = copy(self)
        other._lower, other.upper = ([copy(layer) for layer in layers] for layers in (self._lower, self.upper))
        return other

    def lower(self, rows: Sequence[Sequence[int]]) -> Array:
        """Return packed token vectors [tokens, d] below the first layer that learns."""
        places = Places.of([len(row) for row in rows])
        ids = np.concatenate([np.asarray(row, dtype=np.int64) for row in rows])
        hidden, _ = normalised(self._words[ids] + self._positions[places.at % places.width], *self._norm)
        for layer in self._lower:
            hidden = layer.forward(hidden, places)
        return hidden

    def forward(
        self, hidden: Array, lengths: Sequence[int], dropout: float = 0.0, rng: np.random.Generator | None = None
    ) -> Array:
        """Return unit vectors [texts, d] of what ``lower`` gave for texts of these lengths."""
        places = Places.of(lengths)
        for layer in self.upper:
            masks = None if rng is None or not dropout else (_mask(hidden, dropout, rng), _mask(hidden, dropout, rng))
            hidden = layer.forward(hidden, places, masks)
        total = np.add.reduceat(hidden, places.starts, axis=0)
        size = np.linalg.norm(total, axis=1, keepdims=True)
        vectors: Array = total / size
        self._kept = (places, vectors, size)
        return vectors

    def backward(self, grad: Array) -> list[Values]:
        """Return the derivatives by the weights of each upper layer, lowest first."""
        places, vectors, size = self._kept
        along = (grad * vectors).sum(axis=1, keepdims=True)
        rows = np.repeat((grad - vectors * along) / size, places.lengths, axis=0)
        found = []
        for layer in reversed(self.upper):
            rows, grads = layer.backward(rows)
            found.append(grads)
        return found[::-1]

    def embed(self, rows: Sequence[Sequence[int]]) -> Array:
        """Return unit vectors [texts, d] without dropout."""
        return self.forward(self.lower(rows), [len(row) for row in rows])


def layer_values(weights: Mapping[str, npt.NDArray[Any]], number: int) -> Values:
    """Return copies of one layer's weights under the names that ``Layer`` reads."""
    prefix = f"encoder.layer.{number}"
    values = {
        "qkv": np.concatenate([weights[f"{prefix}.{part}.weight"].T for part in PARTS], axis=1),
        "qkv_bias": np.concatenate([weights[f"{prefix}.{part}.bias"] for part in PARTS]),
    }
    for name, theirs in PRODUCTS.items():
        values[name] = weights[f"{prefix}.{theirs}.weight"].T
        values[f"{name}_bias"] = weights[f"{prefix}.{theirs}.bias"]
    for name, theirs in NORMS.items():
        values[name] = weights[f"{prefix}.{theirs}.weight"]
        values[f"{name}_bias"] = weights[f"{prefix}.{theirs}.bias"]
    return {name: np.array(value, dtype=np.float32, order="C") for name, value in values.items()}


def bert_weights(values: Values, number: int) -> dict[str, npt.NDArray[Any]]:
    """Return one layer's weights under BertModel's names: the inverse of ``layer_values``."""
    prefix = f"encoder.layer.{number}"
    weights: dict[str, npt.NDArray[Any]] = {}
    for part, product, bias in zip(
        PARTS, np.split(values["qkv"], 3, axis=1), np.split(values["qkv_bias"], 3), strict=True
    ):
        weights[f"{prefix}.{part}.weight"], weights[f"{prefix}.{part}.bias"] = product.T, bias
    for name, theirs in PRODUCTS.items():
        weights[f"{prefix}.{theirs}.weight"] = values[name].T
        weights[f"{prefix}.{theirs}.bias"] = values[f"{name}_bias"]
    for name, theirs in NORMS.items():
        weights[f"{prefix}.{theirs}.weight"] = values[name]
        weights[f"{prefix}.{theirs}.bias"] = values[f"{name}_bias"]
    return weights


def _mask(hidden: Array, dropout: float, rng: np.random.Generator) -> Array:
    kept = rng.random(hidden.shape, dtype=np.float32) >= dropout
    return kept.astype(np.float32) / np.float32(1 - dropout)
