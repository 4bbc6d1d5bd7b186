"""Logistic regression small enough to be read: a weight for each named feature, kept as JSON.

Predicts without scikit-learn and SciPy; only fitting needs them.
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
        return 1.0 / (1.0 + math.exp(-self.logit(values)))

    def logit(self, values: Features) -> float:
        """Return the log odds, which tell high probabilities apart where these are all near 1."""
        rows = zip(self.names, self.means, self.scales, self.weights, strict=True)
        logit = self.intercept + sum(weight * (values[name] - mean) / scale for name, mean, scale, weight in rows)
        return max(-LOGIT_LIMIT, min(LOGIT_LIMIT, logit))

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


def fit_choice(
    sets: Sequence[tuple[Sequence[Features], Sequence[bool]]], names: Sequence[str], *, strength: float = 1.0
) -> Logistic:
    """Fit a conditional logit: which rows of a set are right, given that some are. No weight is below 0.

    Only differences within a set count, so that the intercept, 0, means nothing. Sets without both kinds are left out.
    """
    import numpy as np
    from scipy.optimize import minimize

    told = [(rows, flags) for rows, flags in sets if any(flags) and not all(flags)]
    every = np.array([[row[name] for name in names] for rows, _ in told for row in rows], dtype=float)
    means, scales = every.mean(axis=0), np.maximum(every.std(axis=0), 1e-6)
    parts = np.split((every - means) / scales, np.cumsum([len(rows) for rows, _ in told])[:-1])
    chosen = [np.array(flags, dtype=bool) for _, flags in told]

    def loss(weights: Any) -> tuple[float, Any]:
        total, slope = weights @ weights / (2 * strength), weights / strength
        for matrix, right in zip(parts, chosen, strict=True):
            odds = np.exp(matrix @ weights - (matrix @ weights).max())
            shares, among = odds / odds.sum(), odds * right / odds[right].sum()
            total -= np.log(shares[right].sum())
            slope = slope - matrix.T @ (among - shares)
        return float(total), slope

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * len(names)).x
    lists = [tuple(map(float, values)) for values in (means, scales, found)]
    return Logistic(tuple(names), lists[0], lists[1], lists[2], 0.0)
