"""How likely it is that the first reading answers the question, and what follows from it.

A small logistic model; its coefficients and both thresholds stand in ``confidence.json`` beside this file with what
they were fitted on, and benchmarks/calibrate_answers.py makes them. Sees scores only, never the words of the question.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.answering.logistic import Logistic
from bot.answering.reading import Reading
from bot.errors import SettingsError

COEFFICIENTS = Path(__file__).with_name("confidence.json")
FEATURES = ("score", "keyword", "sentence", "answer", "margin")


def features(readings: Sequence[Reading]) -> dict[str, float]:
    """Return what the probability depends on; ``readings`` holds at least one, best first.

    The margin is taken to the best reading that says something else.
    Length of the question, agreement of topics and spread of scores were tried too and added nothing.
    """
    lead = readings[0]
    return {
        "score": lead.hit.score,
        "keyword": lead.hit.keyword,
        "sentence": lead.sentence,
        "answer": lead.answer,
        "margin": lead.hit.score - max((reading.hit.score for reading in readings if reading.is_rival), default=0.0),
    }


@dataclass(frozen=True)
class Confidence:
    """The model, and the probabilities from which on an answer may be given, or a question back is worth asking."""

    model: Logistic
    threshold: float
    ask_threshold: float
    provenance: Mapping[str, Any]

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
        model = Logistic.from_dict(data["model"])
        loaded = Confidence(model, float(data["threshold"]), float(data["ask_threshold"]), data["provenance"])
        if unknown := set(model.names) - set(FEATURES):
            raise ValueError(f"unknown features {sorted(unknown)}")
    except (OSError, ValueError, KeyError, TypeError) as exc:
        remedy = "Restore the file, or run: python benchmarks/calibrate_answers.py --write"
        raise SettingsError(f"{path} holds no confidence model: {exc!r}. {remedy}") from exc
    return loaded
