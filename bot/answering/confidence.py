"""How likely it is that the first hit answers the question: a small logistic model over the hit list.

The coefficients stand in ``confidence.json`` beside this file, with what they were fitted on;
benchmarks/calibrate_answers.py makes it. Looks at the shape of the hit list alone, never at the question's subject.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.answering import sentences
from bot.errors import SettingsError
from retrieval.tickets import Hit

COEFFICIENTS = Path(__file__).with_name("confidence.json")
NEIGHBOURS = 5  # hits that the shape of the list is taken from


NAMES = (
    "lead_score",
    "lead_dense",
    "best_dense",
    "near_dense",
    "spread",
    "lead_keyword",
    "best_keyword",
    "agreement",
    "length",
)


def features(question: str, hits: Sequence[Hit]) -> dict[str, float]:
    """Return what the model looks at; all zeros when there are no hits."""
    top = list(hits[:NEIGHBOURS])
    if not top:
        return dict.fromkeys(NAMES, 0.0)
    dense = sorted((hit.dense for hit in hits), reverse=True)[:NEIGHBOURS]
    return {
        "lead_score": top[0].score,
        "lead_dense": top[0].dense,
        "best_dense": dense[0],
        "near_dense": float(np.mean(dense[:3])),
        "spread": dense[0] - dense[-1],
        "lead_keyword": top[0].keyword,
        "best_keyword": max(hit.keyword for hit in top),
        "agreement": sum(hit.ticket.topic == top[0].ticket.topic for hit in top) / len(top),
        "length": math.log1p(len(sentences.words(question))),
    }


@dataclass(frozen=True)
class ConfidenceModel:
    """Logistic regression on standardised features, and the probability from which on an answer may be given."""

    names: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float
    threshold: float
    provenance: Mapping[str, Any]

    def probability(self, values: Mapping[str, float]) -> float:
        """Return the calibrated probability, 0..1, that the first hit answers the question."""
        rows = zip(self.names, self.means, self.scales, self.coefficients, strict=True)
        logit = self.intercept + sum(weight * (values[name] - mean) / scale for name, mean, scale, weight in rows)
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))

    def save(self, path: Path = COEFFICIENTS) -> None:
        """Write the model as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


@functools.lru_cache(maxsize=4)
def load_model(path: Path = COEFFICIENTS) -> ConfidenceModel:
    """Read the model.

    Raises:
        SettingsError: the file is missing or of another form.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        lists = {key: tuple(data[key]) for key in ("names", "means", "scales", "coefficients")}
        model = ConfidenceModel(
            **lists,
            intercept=float(data["intercept"]),
            threshold=float(data["threshold"]),
            provenance=data["provenance"],
        )
        model.probability(dict.fromkeys(NAMES, 0.0))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise SettingsError(
            f"{path} holds no confidence model: {exc!r}. Run: make bench, or restore the file."
        ) from exc
    return model


def fit(
    rows: Sequence[Mapping[str, float]],
    right: Sequence[bool],
    *,
    names: Sequence[str] = NAMES,
    strength: float = 1.0,
) -> ConfidenceModel:
    """Fit the coefficients; the threshold stays 0.5 until ``pick_threshold`` has chosen one.

    Args:
        rows: features of each question.
        right: whether the first hit answered it.
        names: the features to use.
        strength: inverse of the L2 penalty.
    """
    from sklearn.linear_model import LogisticRegression

    matrix = np.array([[row[name] for name in names] for row in rows], dtype=float)
    means, scales = matrix.mean(axis=0), np.maximum(matrix.std(axis=0), 1e-6)
    found = LogisticRegression(C=strength, max_iter=1000).fit((matrix - means) / scales, np.array(right, dtype=int))
    return ConfidenceModel(
        names=tuple(names),
        means=tuple(map(float, means)),
        scales=tuple(map(float, scales)),
        coefficients=tuple(map(float, found.coef_[0])),
        intercept=float(found.intercept_[0]),
        threshold=0.5,
        provenance={},
    )


def pick_threshold(probabilities: Sequence[float], wrong: Sequence[bool], *, allowed: float) -> float:
    """Return the lowest probability at and above which the share of wrong answers stays within ``allowed``.

    1.0 when no such place exists, which means: answer nothing.
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
