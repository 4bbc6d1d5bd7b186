"""Which reading is the best one, how likely it answers the question, and what follows from that.

Two small linear models: the first puts the readings in order (a conditional logit: which of them, given that one is
right); the second judges whether the best of them is right at all. Their coefficients and both thresholds stand in
``confidence.json`` beside this file with what they were fitted on, and benchmarks/calibrate_answers.py makes them. Sees
scores only, never the words of the question.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.answering.logistic import Logistic
from bot.answering.reading import Reading, in_order
from bot.errors import SettingsError

COEFFICIENTS = Path(__file__).with_name("confidence.json")
RANKING_FEATURES = ("score", "problem", "solution", "sentence", "keyword", "logit")
FEATURES = ("rank", "lead", "stands_out", *RANKING_FEATURES)
# Lead of a reading without a rival, and the greatest one: beyond it another step of the odds says nothing more.
MAX_LEAD = 6.0
# The retriever's own order.
BY_SCORE = Logistic(("score",), (0.0,), (1.0,), (1.0,), 0.0)


def ranking_features(readings: Sequence[Reading]) -> list[dict[str, float]]:
    """Return what the place of each reading depends on; one not read by the reranker has the least logit."""
    least = min((reading.hit.logit for reading in readings if reading.hit.logit is not None), default=0.0)
    return [_ranking_features(reading, least) for reading in readings]


def _ranking_features(reading: Reading, least: float) -> dict[str, float]:
    hit = reading.hit
    return {
        "logit": least if hit.logit is None else hit.logit,
        "score": hit.score,
        "problem": hit.match.problem,
        "solution": hit.match.solution,
        "sentence": reading.sentence,
        "keyword": hit.keyword,
    }


def features(readings: Sequence[Reading]) -> dict[str, float]:
    """Return what the probability depends on; ``readings`` holds at least one, best first.

    The lead is the distance to the best reading that says something else; ``stands_out`` is how far the first one's
    logit is above the mean of the others'.
    """
    first = readings[0]
    own, *others = ranking_features(readings)
    mean = sum(other["logit"] for other in others) / len(others) if others else own["logit"]
    rivals = [reading.rank for reading in readings if reading.is_rival]
    lead = min(first.rank - max(rivals, default=-math.inf), MAX_LEAD)
    return {"rank": first.rank, "lead": lead, "stands_out": own["logit"] - mean, **own}


@dataclass(frozen=True)
class Confidence:
    """Both models, and the probabilities from which on an answer may be given, or a question back is worth asking.

    ``thresholds`` holds further ones by the share of answers that may be wrong ("0.05"), as picked on judged questions.
    """

    model: Logistic
    threshold: float
    ask_threshold: float
    provenance: Mapping[str, Any]
    ranking: Logistic = BY_SCORE
    thresholds: Mapping[str, float] = field(default_factory=dict)

    def fitted_on(self, embedder: str, reranker: str) -> bool:
        """Return whether the models were fitted on scores of this embedder and this reranker (``off`` for none)."""
        return (self.provenance.get("embedder"), self.provenance.get("reranker")) == (embedder, reranker)

    def allowing(self, wrong: float) -> Confidence:
        """Return the same models with the threshold for at most this share of wrong answers.

        Between two shares that were measured the stricter one counts; below all of them nothing is answered.
        """
        within = [float(share) for share in self.thresholds if float(share) <= wrong + 1e-9]
        threshold = self.thresholds[f"{max(within):g}"] if within else 1.0
        return replace(self, threshold=threshold, ask_threshold=min(self.ask_threshold, threshold))

    def ranked(self, readings: Sequence[Reading]) -> list[Reading]:
        """Return the readings, the most likely first."""
        return in_order(readings, [self.ranking.logit(values) for values in ranking_features(readings)])

    def probability(self, readings: Sequence[Reading]) -> float:
        """Return the calibrated probability, 0..1, that the first reading answers the question; 0 without one."""
        return self.model.probability(features(readings)) if readings else 0.0

    def save(self, path: Path = COEFFICIENTS) -> None:
        """Write the model as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


@functools.lru_cache(maxsize=4)
def load_confidence(path: Path = COEFFICIENTS) -> Confidence:
    """Read the model.

    Raises:
        SettingsError: the file is missing or of another form.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        model, ranking = Logistic.from_dict(data["model"]), Logistic.from_dict(data["ranking"])
        thresholds = float(data["threshold"]), float(data["ask_threshold"])
        allowing = {f"{float(share):g}": float(value) for share, value in data["thresholds"].items()}
        loaded = Confidence(model, *thresholds, data["provenance"], ranking, allowing)
        if unknown := (set(model.names) - set(FEATURES)) | (set(ranking.names) - set(RANKING_FEATURES)):
            raise ValueError(f"unknown features {sorted(unknown)}")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        remedy = "Restore the file, or run: python benchmarks/calibrate_answers.py --write"
        raise SettingsError(f"{path} holds no confidence model: {exc!r}. {remedy}") from exc
    return loaded
