"""Judges probabilities against what turned out to be true, and picks the threshold that keeps a promise."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def pick_threshold(probabilities: Sequence[float], wrong: Sequence[bool], *, allowed: float) -> float:
    """Return the lowest probability at and above which the share of wrong answers stays within ``allowed``.

    1.0 when there is no such place, which means: answer nothing.
    """
    order = sorted(zip(probabilities, wrong, strict=True), key=lambda pair: -pair[0])
    best, errors = 1.0, 0
    for count, (probability, is_wrong) in enumerate(order, start=1):
        errors += is_wrong
        ends_group = count == len(order) or order[count][0] < probability
        if ends_group and errors <= allowed * count:
            best = probability
    return best


def auroc(probabilities: Sequence[float], right: Sequence[bool]) -> float:
    """Return the chance that a right one is ranked over a wrong one, ties counted half; NaN without both kinds."""
    values, flags = np.asarray(probabilities, dtype=float), np.asarray(right, dtype=bool)
    pairs = values[flags][:, None] - values[~flags][None, :]
    return float(((pairs > 0) + 0.5 * (pairs == 0)).mean()) if pairs.size else math.nan


def expected_calibration_error(probabilities: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """Return the mean distance between stated and found probability over equal-width bins, weighted by their size."""
    values, flags = np.asarray(probabilities, dtype=float), np.asarray(right, dtype=float)
    places = np.minimum((values * bins).astype(int), bins - 1)
    gaps = [abs(values[places == at].mean() - flags[places == at].mean()) * (places == at).mean() for at in set(places)]
    return float(sum(gaps))
