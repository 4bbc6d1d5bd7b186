"""Fits the confidence model of the answer ladder, picks its thresholds, and reports both on questions kept apart.

    python benchmarks/calibrate_answers.py [--write] [--json]

Needs the demo tickets in training_data/tickets/ and the questions in training_data/questions/. Fits and picks on the
split "calibration" only; "test" is for the report. The split "training" is used by neither: the reranker was trained on
it and is surer there than elsewhere. Two models in turn: the order of the readings, then the confidence
in the first of them, fitted on orders that come from folds the first model had not seen.
Tickets beyond those a question names were judged by hand, by
reading them beside the question (benchmarks/answer_judgements.jsonl): nobody can name all of 450 when writing one.
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
from bot.answering.extractive import ExtractiveComposer  # noqa: E402
from bot.answering.ladder import Ladder, two_readings  # noqa: E402
from bot.answering.logistic import Logistic  # noqa: E402
from bot.answering.opening import embedder_of, reranker_of  # noqa: E402
from bot.answering.reading import Reader, Reading  # noqa: E402
from bot.settings import AnswersSettings, Settings, load_settings  # noqa: E402
from retrieval.embedder import Embedder  # noqa: E402
from retrieval.importers import import_tickets  # noqa: E402
from retrieval.index import index_in_memory  # noqa: E402
from retrieval.retriever import Retriever  # noqa: E402
from retrieval.store import TicketStore  # noqa: E402

# Shares of answers that may be wrong: what the setting answers.allowed_wrong can name, and its default.
ALLOWED_WRONG = (0.02, 0.05, 0.1, 0.2)
DEFAULT_WRONG = 0.05
# Thresholds are picked for this part of the share: the best place found on a few hundred questions flatters itself.
AIMED = 0.6
ASK_HELPS = 2 / 3  # share of questions back that have to offer a right ticket
FOLDS = 10
REPEATS = 10  # ways of dividing into folds; one alone moves the threshold by chance
STRENGTH = 0.3  # inverse of the L2 penalty
SURE = Logistic((), (), (), (), 0.0)
EMPTY = dict.fromkeys(confidence.FEATURES, 0.0)


@dataclass(frozen=True)
class Read:
    """A question with what was read for it, in the retriever's order."""

    question: evaluate.Question
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Case:
    """A question with what was read for it, whether an answer from that was right, and whether asking would help.

    ``right`` is None where no answer could be made of what was read, ``helps`` where there is nothing to ask.
    """

    question: evaluate.Question
    features: dict[str, float]
    right: bool | None
    helps: bool | None


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="store the fitted model")
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, TicketStore(Path(folder) / "tickets.db") as store:
        settings = load_settings()
        embedder = embedder_of(settings)
        fitted, report = calibrated(questions(), opened(store, embedder, settings), embedder, store)
    if chosen.write:
        fitted.save()
    sys.stdout.write(json.dumps(report, indent=2) + "\n" if chosen.json else readable(report))


def opened(store: TicketStore, embedder: Embedder, settings: Settings) -> Retriever:
    """Import and index the demo tickets."""
    for path in sorted((ROOT / "training_data" / "tickets").glob("*.jsonl")):
        import_tickets(path, store, form="jsonl", mapping={}, secret="calibration")
    index, _ = index_in_memory(store, embedder)
    return Retriever(store, index, embedder, reranker=reranker_of(settings))


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
    bench = Bench(retriever, embedder)
    splits = {name: [bench.read(item) for item in asked if item.split == name] for name in ("calibration", "test")}
    fitted = fit(splits["calibration"], bench)
    report: dict[str, Any] = {
        name: measured(fitted, [bench.case(item, fitted.ranking) for item in split]) for name, split in splits.items()
    }
    outcomes = evaluate.run([item.question for item in splits["test"]], bench.ladder(fitted), embedder)
    report["ladder_on_test"] = evaluate.figures(outcomes, store)
    about = {"made_by": "benchmarks/calibrate_answers.py", "date": date.today().isoformat()}
    about |= {"embedder": embedder.name, "reranker": load_settings().answers.reranker}
    data = {"tickets": store.count(), "tickets_hash": store.content_hash(), "questions_sha256": _digest(asked)}
    aims = {"allowed_wrong": DEFAULT_WRONG, "aimed": AIMED, "ask_helps": ASK_HELPS}
    provenance = about | data | aims | {name: report[name] for name in splits}
    return replace(fitted, provenance=provenance), report


def _digest(asked: Sequence[evaluate.Question]) -> str:
    return hashlib.sha256("\n".join(sorted(item.question for item in asked)).encode()).hexdigest()


class Bench:
    """Search, reader and embedder of one run; what was embedded once is kept."""

    def __init__(self, retriever: Retriever, embedder: Embedder) -> None:
        self._retriever = retriever
        self._embedder = embedder
        self._reader = Reader(embedder)

    def ladder(self, judge: Confidence) -> Ladder:
        """Return the ladder with this judge."""
        composer = ExtractiveComposer(self._reader)
        return Ladder(self._retriever, self._reader, composer, judge, top_k=AnswersSettings().top_k)

    def read(self, question: evaluate.Question) -> Read:
        """Search and read for a question."""
        return Read(
            question, tuple(self.ladder(_open(confidence.BY_SCORE)).readings(question.question, question.context))
        )

    def case(self, item: Read, ranking: Logistic) -> Case:
        """Answer a question with the threshold off, and note whether that was right."""
        judge = _open(ranking)
        (outcome,) = evaluate.run([item.question], self.ladder(judge), self._embedder)
        readings = judge.ranked(item.readings)
        pair = two_readings(readings)
        return Case(
            item.question,
            confidence.features(readings) if readings else EMPTY,
            right=not outcome.wrong if outcome.answered else None,
            helps=any(reading.hit.ticket.id in item.question.tickets for reading in pair) if pair else None,
        )


def _open(ranking: Logistic) -> Confidence:
    return Confidence(SURE, threshold=0.0, ask_threshold=1.1, provenance={}, ranking=ranking)


def fit(split: Sequence[Read], bench: Bench) -> Confidence:
    """Fit both models to all of a split, and pick the thresholds on probabilities from folds not fitted on."""
    cases: list[Case | None] = [None] * len(split)
    for held_out in _folds(len(split), seed=0):
        ranking = fit_ranking([item for at, item in enumerate(split) if at not in held_out])
        for at in held_out:
            cases[at] = bench.case(split[at], ranking)
    known = [item for item in cases if item is not None]
    unseen = [0.0] * len(split)
    for seed in range(1, REPEATS + 1):
        for held_out in _folds(len(split), seed):
            part = fit_confidence([item for at, item in enumerate(known) if at not in held_out])
            for at in held_out:
                unseen[at] += part.probability(known[at].features) / REPEATS
    given = [(value, not item.right) for value, item in zip(unseen, known, strict=True) if item.right is not None]
    thresholds = {
        f"{share:g}": calibration.pick_threshold(*zip(*given, strict=True), allowed=AIMED * share)
        for share in ALLOWED_WRONG
    }
    threshold = thresholds[f"{DEFAULT_WRONG:g}"]
    unsure = [
        (value, not item.helps)
        for value, item in zip(unseen, known, strict=True)
        if value < threshold and item.helps is not None
    ]
    ask = calibration.pick_threshold(*zip(*unsure, strict=True), allowed=1 - ASK_HELPS)
    return Confidence(fit_confidence(known), threshold, min(ask, threshold), {}, fit_ranking(split), thresholds)


def _folds(count: int, seed: int) -> list[set[int]]:
    places = random.Random(seed).sample(range(count), count)
    return [set(places[fold::FOLDS]) for fold in range(FOLDS)]


def fit_ranking(split: Sequence[Read]) -> Logistic:
    """Fit which of the readings comes from a ticket that answers the question."""
    rows = [confidence.ranking_features(item.readings) for item in split]
    flags = [[reading.hit.ticket.id in item.question.tickets for reading in item.readings] for item in split]
    sets = list(zip(rows, flags, strict=True))
    return logistic.fit_choice(sets, confidence.RANKING_FEATURES)


def fit_confidence(split: Sequence[Case]) -> Logistic:
    """Fit the chance of the answer given to be right."""
    judged = [(item.features, item.right) for item in split if item.right is not None]
    rows, flags = zip(*judged, strict=True)
    return logistic.fit(rows, flags, confidence.FEATURES, strength=STRENGTH)


def measured(fitted: Confidence, split: Sequence[Case]) -> dict[str, Any]:
    """Return how well the probabilities of a split rank and how true they are, and what the thresholds do."""
    pairs = [(item, fitted.model.probability(item.features)) for item in split]
    judged = [(value, item.right) for item, value in pairs if item.right is not None]
    probabilities, right = zip(*judged, strict=True)
    given = [item for item, value in pairs if value >= fitted.threshold and item.right is not None]
    unsure = [item for item, value in pairs if fitted.ask_threshold <= value < fitted.threshold]
    asked = [item for item in unsure if item.helps is not None]
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
        "asking_helps": _share(sum(item.helps is True for item in asked), len(asked)),
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
