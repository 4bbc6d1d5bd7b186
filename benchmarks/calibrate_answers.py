"""Fits the confidence model of the answer ladder, picks its threshold, and reports both on questions kept apart.

    python benchmarks/calibrate_answers.py [--write] [--json]

Needs the demo tickets in training_data/tickets/ and the questions in training_data/questions/. Fits on the split
"calibration" only; "test" is looked at once, for the report. With --write the coefficients go into
bot/answering/confidence.json. Builds its index in a temporary folder and touches no installation.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.answering import confidence, evaluate  # noqa: E402
from bot.answering.confidence import ConfidenceModel  # noqa: E402
from bot.answering.generator import ExtractiveComposer  # noqa: E402
from bot.answering.ladder import Ladder  # noqa: E402
from bot.settings import load_settings  # noqa: E402
from retrieval.embedder import Embedder, load_embedder  # noqa: E402
from retrieval.importers import import_tickets  # noqa: E402
from retrieval.index import index_in_memory  # noqa: E402
from retrieval.retriever import Retriever  # noqa: E402
from retrieval.store import TicketStore  # noqa: E402

ALLOWED_WRONG = 0.05  # share of answers that may be wrong
TOP_K = 8


@dataclass(frozen=True)
class Case:
    """A question with what the model sees and whether an answer from its hits was right."""

    question: evaluate.Question
    features: dict[str, float]
    right: bool
    answers: bool


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="store the fitted model")
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, TicketStore(Path(folder) / "tickets.db") as store:
        settings = load_settings()
        embedder = load_embedder(settings.answers.embedder, settings.embedder_dir, settings.answers.threads)
        retriever = opened(store, embedder)
        model, report = calibrated(questions(), retriever, embedder, store)
    if chosen.write:
        model.save()
    sys.stdout.write(json.dumps(report, indent=2) + "\n" if chosen.json else readable(report))


def opened(store: TicketStore, embedder: Embedder) -> Retriever:
    """Import and index the demo tickets."""
    for path in sorted((ROOT / "training_data" / "tickets").glob("*.jsonl")):
        import_tickets(path, store, form="jsonl", mapping={}, secret="calibration")
    index, _ = index_in_memory(store, embedder)
    return Retriever(store, index, embedder)


def questions() -> list[evaluate.Question]:
    """Return the questions of all files."""
    paths = sorted((ROOT / "training_data" / "questions").glob("*.jsonl"))
    return [question for path in paths for question in evaluate.read_questions(path)]


def calibrated(
    asked: Sequence[evaluate.Question], retriever: Retriever, embedder: Embedder, store: TicketStore
) -> tuple[ConfidenceModel, dict[str, Any]]:
    """Fit on one split and measure on the other."""
    splits = {
        name: cases([item for item in asked if item.split == name], retriever, embedder)
        for name in ("calibration", "test")
    }
    fitting, held_out = splits["calibration"], splits["test"]
    model = confidence.fit([case.features for case in fitting], [case.right for case in fitting])
    probabilities = [model.probability(case.features) for case in fitting if case.answers]
    wrong = [not case.right for case in fitting if case.answers]
    threshold = confidence.pick_threshold(probabilities, wrong, allowed=ALLOWED_WRONG)
    model = replace(model, threshold=threshold)
    report = {name: measured(model, split) for name, split in splits.items()}
    ladder = Ladder(retriever, ExtractiveComposer(embedder), model, top_k=TOP_K)
    report["ladder_on_test"] = evaluate.figures(
        evaluate.run([case.question for case in held_out], ladder, embedder), store
    )
    provenance = {
        "made_by": "benchmarks/calibrate_answers.py",
        "date": date.today().isoformat(),
        "embedder": embedder.name,
        "tickets": store.count(),
        "tickets_hash": store.content_hash(),
        "questions_sha256": hashlib.sha256("\n".join(item.question for item in asked).encode()).hexdigest(),
        "allowed_wrong": ALLOWED_WRONG,
        "report": {name: report[name] for name in splits},
    }
    return replace(model, provenance=provenance), report


def cases(asked: Sequence[evaluate.Question], retriever: Retriever, embedder: Embedder) -> list[Case]:
    """Answer every question with the threshold off, and note whether that was right."""
    free = ConfidenceModel((), (), (), (), intercept=0.0, threshold=0.0, provenance={})
    ladder = Ladder(retriever, ExtractiveComposer(embedder), free, top_k=TOP_K, ask_back=False)
    outcomes = evaluate.run(asked, ladder, embedder)
    return [
        Case(
            outcome.question,
            confidence.features(outcome.question.question, ladder.hits(outcome.question.question)),
            right=outcome.answered and not outcome.wrong,
            answers=outcome.answered,
        )
        for outcome in outcomes
    ]


def measured(model: ConfidenceModel, split: Sequence[Case]) -> dict[str, float]:
    """Return how well the probabilities of a split rank and how true they are, and what the threshold does."""
    probabilities = [model.probability(case.features) for case in split]
    right = [case.right for case in split]
    given = [
        case for case, value in zip(split, probabilities, strict=True) if value >= model.threshold and case.answers
    ]
    answerable = sum(case.question.answerable for case in split)
    return {
        "questions": len(split),
        "answerable": answerable,
        "auroc": round(confidence.auroc(probabilities, right), 4),
        "ece": round(confidence.expected_calibration_error(probabilities, right), 4),
        "threshold": round(model.threshold, 4),
        "precision": round(sum(case.right for case in given) / max(1, len(given)), 4),
        "coverage_of_answerable": round(sum(case.question.answerable for case in given) / max(1, answerable), 4),
        "unanswerable_answered": round(
            sum(not case.question.answerable for case in given) / max(1, len(split) - answerable), 4
        ),
    }


def readable(report: dict[str, Any]) -> str:
    """Return the report as lines of text."""
    lines = []
    for name, values in report.items():
        lines += [name, *(f"  {key:28} {value}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
