"""How well messages are understood: figures from a list of (text, intent, what was predicted, how surely)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import SuiteError

# Intents that mean "not our field"; the first is what examples are labelled with.
OUTSIDE = ("out_of_scope", "nlu_fallback")
BINS = 20


@dataclass(frozen=True)
class Row:
    """One message that the model had not seen. ``confidence`` is of the prediction, 0..1.

    ``inside`` is how surely the message was held to be one of ours, 0..1: the scope decision's score where the
    pipeline makes one, else the confidence of the best intent that is not outside.
    """

    text: str
    intent: str
    predicted: str
    confidence: float
    inside: float

    @property
    def right(self) -> bool:
        """Whether the prediction is right; any of the outside intents is for a message outside."""
        return self.predicted == self.intent or (self.intent in OUTSIDE and self.predicted in OUTSIDE)


def figures(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the figures of the report: shares 0..1, counts, per intent, and confusions with examples.

    Raises:
        SuiteError: there is no row.
    """
    if not rows:
        raise SuiteError("There is no message to measure.")
    ours = [row for row in rows if row.intent not in OUTSIDE]
    outside = [row for row in rows if row.intent in OUTSIDE]
    return {
        "messages": len(rows),
        "accuracy": share(row.right for row in rows),
        "accuracy_inside": share(row.right for row in ours),
        "false_alarms": share(row.predicted in OUTSIDE for row in ours),
        "outside_found": share(row.right for row in outside),
        "auroc_inside": area(ours, outside),
        "intents": per_intent(rows),
        "confusions": confusions(rows),
    }


def share(hits: Iterable[bool]) -> float | None:
    """Return the share that is true, None of nothing."""
    all_hits = list(hits)
    return round(sum(all_hits) / len(all_hits), 4) if all_hits else None


def area(ours: Sequence[Row], outside: Sequence[Row]) -> float | None:
    """Return the AUROC of ``inside``: how often one of ours is held to be ours more surely than one outside."""
    if not ours or not outside:
        return None
    wins = sum((mine.inside > other.inside) + (mine.inside == other.inside) / 2 for mine in ours for other in outside)
    return round(wins / (len(ours) * len(outside)), 4)


def per_intent(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Return examples, precision, recall and F1 of each intent that has examples, weakest F1 first."""
    found = {}
    predicted = Counter(_target(row) for row in rows)
    for intent, count in Counter(row.intent for row in rows).items():
        hits = sum(row.right for row in rows if row.intent == intent)
        precision, recall = hits / max(predicted[intent], 1), hits / count
        f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
        scores = {"precision": precision, "recall": recall, "f1": f1}
        found[intent] = {"examples": count, **{name: round(value, 4) for name, value in scores.items()}}
    return dict(sorted(found.items(), key=lambda item: (item[1]["f1"], item[0])))


def confusions(rows: Sequence[Row], examples: int = 5) -> list[dict[str, Any]]:
    """Return each pair of intents that was mixed up, most often first, with its surest examples."""
    pairs: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if not row.right:
            pairs[row.intent, row.predicted].append(row)
    ordered = sorted(pairs.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        {
            "intent": intent,
            "predicted": predicted,
            "count": len(wrong),
            "examples": [
                {"text": row.text, "confidence": round(row.confidence, 3)}
                for row in sorted(wrong, key=lambda row: -row.confidence)[:examples]
            ],
        }
        for (intent, predicted), wrong in ordered
    ]


def histogram(values: Iterable[float]) -> list[int]:
    """Return how many values from 0 to 1 fall into each of the bins of equal width; 1 belongs to the last."""
    counts = [0] * BINS
    for value in values:
        counts[min(int(value * BINS), BINS - 1)] += 1
    return counts


def _target(row: Row) -> str:
    return row.intent if row.right else row.predicted


def read_rows(path: Path) -> list[Row]:
    """Read results: a folder that ``rasa test nlu --successes`` wrote, or JSON lines.

    A line is {"text", "intent", "predicted", "confidence", "inside"?}.

    Raises:
        SuiteError: the folder lacks a file, or an entry is not of the documented form.
    """
    try:
        if path.is_dir():
            names = ("intent_successes.json", "intent_errors.json")
            entries = [entry for name in names for entry in json.loads((path / name).read_text(encoding="utf-8"))]
        else:
            entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        return [_row(entry) for entry in entries]
    except FileNotFoundError as exc:
        raise SuiteError(f"{exc.filename} is missing. Run: rasa test nlu --successes --out {path}") from exc
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise SuiteError(f"{path} does not hold results of the documented form: {exc!r}") from exc


def _row(entry: Mapping[str, Any]) -> Row:
    guess = entry.get("intent_prediction")
    predicted, confidence = (guess["name"], guess["confidence"]) if guess else (entry["predicted"], entry["confidence"])
    inside = entry.get("inside", 1 - confidence if predicted in OUTSIDE else confidence)
    return Row(str(entry["text"]), str(entry["intent"]), str(predicted), float(confidence), float(inside))
