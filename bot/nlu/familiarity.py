"""How familiar a message is: whether it resembles what the intents were taught with, as a rank and as a probability.

Two signs count alike, each in units of its own spread over the training examples: the energy of the scores (how
strongly anything answers) and the nearness of the nearest examples. Neither needs examples from outside the scope: what
an outsider looks like is learned by leaving out one whole intent after the other. Does not decide anything.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logsumexp

from bot.nlu.head import Labels, Matrix, OutOfFold

Numbers = npt.NDArray[np.float64]

QUANTILES = 1001
# So many examples from outside the scope, if given, stand in for the intents left out.
ENOUGH_OUTSIDERS = 20


@dataclass(frozen=True)
class Familiarity:
    """What was measured on the training examples, out of fold.

    ``inside`` marks the intents within the scope; ``centre`` and ``spread`` belong to energy and nearness; ``ladder``
    holds the quantiles of their sum over examples within the scope; ``slope`` and ``offset`` make it a probability.
    """

    temperature: float
    inside: list[bool]
    centre: list[float]
    spread: list[float]
    ladder: list[float]
    slope: float
    offset: float

    def signs(self, scores: Matrix, near: Matrix) -> Numbers:
        """Return the sum of both signs [n], greater for what is more familiar, about 0 for a usual message."""
        raw = _raw(scores, near, self.temperature, np.array(self.inside))
        return np.asarray(((raw - self.centre) / self.spread).sum(axis=1))

    def ranks(self, signs: Numbers) -> Numbers:
        """Return the share of messages within the scope that look stranger [n]: what refusing this one costs."""
        return np.interp(signs, self.ladder, np.linspace(0, 1, QUANTILES), left=0.0, right=1.0)

    def probabilities(self, signs: Numbers) -> Numbers:
        """Return the probability of being within the scope [n], where half of all messages are."""
        return np.asarray(expit(self.slope * signs + self.offset))

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return asdict(self)


def measure(found: OutOfFold, labels: Labels, inside: list[bool], temperature: float) -> Familiarity:
    """Return the familiarity of a head from its out-of-fold figures; ``inside`` [classes] marks the scope."""
    belongs = np.array(inside)
    rows = belongs[labels]
    known = _raw(found.seen, found.near, temperature, belongs)[rows]
    outsiders = ~rows if (~rows).sum() >= ENOUGH_OUTSIDERS else rows
    strange = _raw(found.unseen, found.far, temperature, belongs)[outsiders]
    centre, spread = known.mean(axis=0), np.maximum(known.std(axis=0), 1e-6)
    signs, others = (((raw - centre) / spread).sum(axis=1) for raw in (known, strange))
    ladder = np.quantile(signs, np.linspace(0, 1, QUANTILES))
    slope, offset = _logistic(signs, others)
    centres, spreads, steps = ([round(float(value), 6) for value in part] for part in (centre, spread, ladder))
    return Familiarity(temperature, list(map(bool, inside)), centres, spreads, steps, slope, offset)


def fitted_temperature(scores: Matrix, labels: Labels) -> float:
    """Return the divisor of the scores under which their softmax predicts ``labels`` best (least log loss)."""
    from scipy.optimize import minimize_scalar  # half a second, for training alone

    def loss(log_temperature: float) -> float:
        logits = scores / np.exp(log_temperature)
        return float((logsumexp(logits, axis=1) - logits[np.arange(len(labels)), labels]).mean())

    best = minimize_scalar(loss, bounds=(np.log(0.01), np.log(1.0)), method="bounded")
    return float(np.exp(best.x))


def _raw(scores: Matrix, near: Matrix, temperature: float, inside: npt.NDArray[np.bool_]) -> Numbers:
    """Return energy and nearness, [n, 2]."""
    logits = scores[:, inside].astype(np.float64) / temperature
    return np.stack([temperature * logsumexp(logits, axis=1), near], axis=1)


def _logistic(known: Numbers, strange: Numbers) -> tuple[float, float]:
    """Return slope and offset of the logistic that tells both apart, each kind weighing one half.

    The targets keep a little from 1 and 0, as in Platt's scaling, or few examples would make it sure of everything.
    """
    from scipy.optimize import minimize

    doubts = 1 / (len(known) + 2), 1 / (len(strange) + 2)

    def loss(line: Numbers) -> float:
        total = 0.0
        for signs, doubt in zip((known, -strange), doubts, strict=True):
            logits = line[0] * signs + (line[1] if signs is known else -line[1])
            total += float((np.logaddexp(0, -logits) * (1 - doubt) + np.logaddexp(0, logits) * doubt).mean())
        return total

    slope, offset = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    return float(slope), float(offset)
