"""Fits the confidence model of the answer ladder, picks its thresholds, and reports both on questions kept apart.

    python benchmarks/calibrate_answers.py [--write] [--json]

Needs the demo tickets in training_data/tickets/ and the questions in training_data/questions/. Fits and picks on the
split "calibration" only; "test" is for the report. Tickets beyond those a question names were judged by hand, by
reading them beside the question (benchmarks/answer_judgements.jsonl): nobody can name all of 450 when writing one.
Which features to use was decided with both splits in view, so the figures of "test" flatter a little.
With --write the result goes into bot/answering/confidence.json. Works in a temporary folder, touches no installation.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.answering import calibration, confidence, evaluate, logistic  # noqa: E402
from bot.answering.confidence import Confidence  # noqa: E402
from bot.answering.generator import ExtractiveComposer  # noqa: E402
from bot.answering.ladder import Ladder, two_readings  # noqa: E402
from bot.answering.logistic import Logistic  # noqa: E402
from bot.answering.reading import Reader, Reading  # noqa: E402
from bot.settings import AnswersSettings, load_settings  # noqa: E402
from retrieval.embedder import Embedder, load_embedder  # noqa: E402
from retrieval.importers import import_tickets  # noqa: E402
from retrieval.index import index_in_memory  # noqa: E402
from retrieval.retriever import Retriever  # noqa: E402
from retrieval.store import TicketStore  # noqa: E402

ALLOWED_WRONG = 0.05  # share of answers that may be wrong
ASK_HELPS = 2 / 3  # share of questions back that have to offer a right ticket
FOLDS = 10
REPEATS = 10  # ways of dividing into folds; one alone moves the threshold by chance
STRENGTH = 0.1  # inverse of the L2 penalty
OPEN = Confidence(Logistic((), (), (), (), 0.0), threshold=0.0, ask_threshold=1.1, provenance={})


@dataclass(frozen=True)
class Case:
    """A question with what was read for it, whether an answer from that was right, and whether asking would help."""

    question: evaluate.Question
    features: dict[str, float]
    right: bool
    helps: bool


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="store the fitted model")
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, TicketStore(Path(folder) / "tickets.db") as store:
        settings = load_settings()
        embedder = load_embedder(settings.answers.embedder, settings.embedder_dir, settings.answers.threads)
        fitted, report = calibrated(questions(), opened(store, embedder), embedder, store)
    if chosen.write:
        fitted.save()
    sys.stdout.write(json.dumps(report, indent=2) + "\n" if chosen.json else readable(report))


def opened(store: TicketStore, embedder: Embedder) -> Retriever:
    """Import and index the demo tickets."""
    for path in sorted((ROOT / "training_data" / "tickets").glob("*.jsonl")):
        import_tickets(path, store, form="jsonl", mapping={}, secret="calibration")
    index, _ = index_in_memory(store, embedder)
    return Retriever(store, index, embedder)


def questions() -> list[evaluate.Question]:
    """Return the questions of all files, with the tickets that were judged right added to those they name."""
    judged: dict[str, list[str]] = {}
    for line in (ROOT / "benchmarks" / "answer_judgements.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["right"]:
            judged.setdefault(row["question"], []).append(row["ticket"])
    paths = sorted((ROOT / "training_data" / "questions").glob("*.jsonl"))
    found = [question for path in paths for question in evaluate.read_questions(path)]
    return [replace(item, tickets=(*item.tickets, *judged.get(item.question, ()))) for item in found]


def calibrated(
    asked: Sequence[evaluate.Question], retriever: Retriever, embedder: Embedder, store: TicketStore
) -> tuple[Confidence, dict[str, Any]]:
    """Fit on one split and measure on the other."""
    reader = Reader(embedder)
    free = Ladder(retriever, reader, ExtractiveComposer(reader), OPEN, top_k=AnswersSettings().top_k)
    splits = {
        name: [case(item, free, embedder) for item in asked if item.split == name] for name in ("calibration", "test")
    }
    fitted = fit(splits["calibration"])
    report: dict[str, Any] = {name: measured(fitted, split) for name, split in splits.items()}
    ladder = Ladder(retriever, reader, ExtractiveComposer(reader), fitted, top_k=AnswersSettings().top_k)
    outcomes = evaluate.run([item.question for item in splits["test"]], ladder, embedder)
    report["ladder_on_test"] = evaluate.figures(outcomes, store)
    provenance = {
        "made_by": "benchmarks/calibrate_answers.py",
        "date": date.today().isoformat(),
        "embedder": embedder.name,
        "tickets": store.count(),
        "tickets_hash": store.content_hash(),
        "questions_sha256": hashlib.sha256("\n".join(sorted(item.question for item in asked)).encode()).hexdigest(),
        "allowed_wrong": ALLOWED_WRONG,
        "ask_helps": ASK_HELPS,
        "calibration": report["calibration"],
        "test": report["test"],
    }
    return replace(fitted, provenance=provenance), report


def case(question: evaluate.Question, ladder: Ladder, embedder: Embedder) -> Case:
    """Answer a question with the threshold off, and note whether that was right."""
    readings = ladder.readings(question.question)
    (outcome,) = evaluate.run([question], ladder, embedder)
    empty = dict.fromkeys(confidence.FEATURES, 0.0)
    return Case(
        question,
        confidence.features(readings) if readings else empty,
        right=outcome.answered and not outcome.wrong,
        helps=_helps(question, readings),
    )


def _helps(question: evaluate.Question, readings: Sequence[Reading]) -> bool:
    return any(reading.hit.ticket.id in question.tickets for reading in two_readings(readings))


def fit(split: Sequence[Case]) -> Confidence:
    """Fit the model to all of a split, and pick the thresholds on probabilities from folds it was not fitted on."""
    unseen = [0.0] * len(split)
    for seed in range(REPEATS):
        places = random.Random(seed).sample(range(len(split)), len(split))
        for fold in range(FOLDS):
            held_out = set(places[fold::FOLDS])
            part = _fitted([item for at, item in enumerate(split) if at not in held_out])
            for at in held_out:
                unseen[at] += part.probability(split[at].features) / REPEATS
    threshold = calibration.pick_threshold(unseen, [not item.right for item in split], allowed=ALLOWED_WRONG)
    unsure = [(value, not item.helps) for value, item in zip(unseen, split, strict=True) if value < threshold]
    ask = calibration.pick_threshold(
        [value for value, _ in unsure], [wrong for _, wrong in unsure], allowed=1 - ASK_HELPS
    )
    return Confidence(_fitted(split), threshold, min(ask, threshold), {})


def _fitted(split: Sequence[Case]) -> Logistic:
    rows, flags = [item.features for item in split], [item.right for item in split]
    return logistic.fit(rows, flags, confidence.FEATURES, strength=STRENGTH)


def measured(fitted: Confidence, split: Sequence[Case]) -> dict[str, Any]:
    """Return how well the probabilities of a split rank and how true they are, and what the thresholds do."""
    probabilities = [fitted.model.probability(item.features) for item in split]
    right = [item.right for item in split]
    pairs = list(zip(split, probabilities, strict=True))
    given = [item for item, value in pairs if value >= fitted.threshold]
    asked = [item for item, value in pairs if fitted.ask_threshold <= value < fitted.threshold]
    answerable = sum(item.question.answerable for item in split)
    return {
        "questions": len(split),
        "answerable": answerable,
        "auroc": round(calibration.auroc(probabilities, right), 4),
        "ece": round(calibration.expected_calibration_error(probabilities, right), 4),
        "threshold": round(fitted.threshold, 4),
        "ask_threshold": round(fitted.ask_threshold, 4),
        "answers": len(given),
        "precision": _share(sum(item.right for item in given), len(given)),
        "coverage_of_answerable": _share(sum(item.question.answerable for item in given), answerable),
        "asked_back": len(asked),
        "asking_helps": _share(sum(item.helps for item in asked), len(asked)),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def readable(report: dict[str, Any]) -> str:
    """Return the report as lines of text."""
    lines = []
    for name, values in report.items():
        lines += [name, *(f"  {key:28} {value}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
