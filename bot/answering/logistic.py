"""Logistic regression small enough to be read: a weight for each named feature, kept as JSON.

Predicts without scikit-learn; only ``fit`` needs it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Features = Mapping[str, float]
LOGIT_LIMIT = 30.0


@dataclass(frozen=True)
class Logistic:
    """A fitted model over standardised features."""

    names: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float

    def probability(self, values: Features) -> float:
        """Return the probability, 0..1; a feature that is missing raises KeyError."""
        rows = zip(self.names, self.means, self.scales, self.weights, strict=True)
        logit = self.intercept + sum(weight * (values[name] - mean) / scale for name, mean, scale, weight in rows)
        return 1.0 / (1.0 + math.exp(-max(-LOGIT_LIMIT, min(LOGIT_LIMIT, logit))))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Logistic:
        """Build the model from its JSON form; raises KeyError, TypeError or ValueError on another form."""
        lists = {key: tuple(map(float, data[key])) for key in ("means", "scales", "weights")}
        names = tuple(map(str, data["names"]))
        if {len(values) for values in lists.values()} != {len(names)} or 0.0 in lists["scales"]:
            raise ValueError("names, means, scales and weights must be of one length, and no scale 0")
        return cls(names=names, intercept=float(data["intercept"]), **lists)


def fit(rows: Sequence[Features], flags: Sequence[bool], names: Sequence[str], *, strength: float = 1.0) -> Logistic:
    """Fit a model to rows with their outcome; ``strength`` is the inverse of the L2 penalty."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    matrix = np.array([[row[name] for name in names] for row in rows], dtype=float)
    means, scales = matrix.mean(axis=0), np.maximum(matrix.std(axis=0), 1e-6)
    found = LogisticRegression(C=strength, max_iter=1000).fit((matrix - means) / scales, np.array(flags, dtype=int))
    return Logistic(
        names=tuple(names),
        means=tuple(map(float, means)),
        scales=tuple(map(float, scales)),
        weights=tuple(map(float, found.coef_[0])),
        intercept=float(found.intercept_[0]),
    )
