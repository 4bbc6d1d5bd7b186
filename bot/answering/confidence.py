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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.answering.logistic import Logistic
from bot.answering.reading import Reading, in_order
from bot.errors import SettingsError

COEFFICIENTS = Path(__file__).with_name("confidence.json")
RANKING_FEATURES = ("score", "problem", "solution", "sentence", "keyword")
FEATURES = ("rank", "lead", *RANKING_FEATURES)
# Lead of a reading without a rival, and the greatest one: beyond it another step of the odds says nothing more.
MAX_LEAD = 6.0
# The retriever's own order.
BY_SCORE = Logistic(("score",), (0.0,), (1.0,), (1.0,), 0.0)


def ranking_features(reading: Reading) -> dict[str, float]:
    """Return what the place of a reading depends on."""
    hit = reading.hit
    return {
        "score": hit.score,
        "problem": hit.match.problem,
        "solution": hit.match.solution,
        "sentence": reading.sentence,
        "keyword": hit.keyword,
    }


def features(readings: Sequence[Reading]) -> dict[str, float]:
    """Return what the probability depends on; ``readings`` holds at least one, best first.

    The lead is the distance to the best reading that says something else.
    """
    first = readings[0]
    rivals = [reading.rank for reading in readings if reading.is_rival]
    lead = min(first.rank - max(rivals, default=-math.inf), MAX_LEAD)
    return {"rank": first.rank, "lead": lead, **ranking_features(first)}


@dataclass(frozen=True)
class Confidence:
    """Both models, and the probabilities from which on an answer may be given, or a question back is worth asking."""

    model: Logistic
    threshold: float
    ask_threshold: float
    provenance: Mapping[str, Any]
    ranking: Logistic = BY_SCORE

    def ranked(self, readings: Sequence[Reading]) -> list[Reading]:
        """Return the readings, the most likely first."""
        return in_order(readings, [self.ranking.logit(ranking_features(reading)) for reading in readings])

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
        loaded = Confidence(model, *thresholds, data["provenance"], ranking)
        if unknown := (set(model.names) - set(FEATURES)) | (set(ranking.names) - set(RANKING_FEATURES)):
            raise ValueError(f"unknown features {sorted(unknown)}")
    except (OSError, ValueError, KeyError, TypeError) as exc:
        remedy = "Restore the file, or run: python benchmarks/calibrate_answers.py --write"
        raise SettingsError(f"{path} holds no confidence model: {exc!r}. {remedy}") from exc
    return loaded
