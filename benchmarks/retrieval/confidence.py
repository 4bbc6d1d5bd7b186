"""Measures how well figures of the result list tell right first hits from wrong ones, and questions without an answer.

    python -m benchmarks.retrieval.confidence [--plot FILE]

For each set a logistic regression is fitted on nine tenths of its questions and asked about the rest, ten times: what a
team gets that calibrates on questions of its own. The peer is the bare score of the first hit. A second table says what
the reranker adds: fitted on the demo shop's calibration questions, asked about its test questions, with and without.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import describe
from benchmarks.retrieval.sets import own_set, public_sets
from bot.answering import logistic
from bot.answering.calibration import auroc, expected_calibration_error, pick_threshold
from retrieval.dataset import Dataset
from retrieval.embedder import PACKAGED, Embedder, load_embedder
from retrieval.index import index_in_memory
from retrieval.reranker import Reranker, load_reranker
from retrieval.retriever import Retriever
from retrieval.store import TicketStore
from retrieval.tickets import Hit

READ = ("logit", "stands_out")
FEATURES = ("score", "margin", "agreement", "keyword", "problem", *READ)
FOLDS, STRENGTH, TOP_K, AGREEING = 10, 0.3, 10, 5
ALLOWED_WRONG = 0.05
COLUMNS = (
    "questions",
    "answerable",
    "AUROC answerable: score",
    "confidence",
    "AUROC right: score",
    "confidence",
    "ECE",
)


def main() -> None:
    """Print a table, and draw how often each stated probability came true."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plot", type=Path)
    chosen = parser.parse_args()
    print(describe())
    print(f"| set | {' | '.join(COLUMNS)} | answered at <= 5 % wrong |\n|{'---|' * (len(COLUMNS) + 2)}")
    judged: dict[str, tuple[Any, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        embedder, reranker = (
            load_embedder(PACKAGED, Path(folder), 2, "auto"),
            load_reranker("packaged", Path(folder), 2),
        )
        sets = [*public_sets()[1:], own_set("calibration"), own_set("test")]
        for dataset in sets:
            judged[dataset.name] = row(dataset.name, judge(dataset, embedder, reranker))
        reranker_part(*([judge(dataset, embedder, reader) for dataset in sets[-2:]] for reader in (None, reranker)))
    if chosen.plot:
        draw(judged, chosen.plot)


@dataclass(frozen=True)
class Judged:
    """What the search said to each question of a set, whether its first hit was right, and whether any could be."""

    rows: list[dict[str, float]]
    right: Any
    answerable: Any


def judge(dataset: Dataset, embedder: Embedder, reranker: Reranker | None) -> Judged:
    """Ask all questions of a set."""
    with TicketStore(":memory:") as store:
        store.upsert(dataset.corpus)
        retriever = Retriever(store, index_in_memory(store, embedder)[0], embedder, reranker=reranker)
        found = [retriever.search(query.text, TOP_K, context=query.context) for query in dataset.queries]
    relevant = [dataset.qrels.get(query.id, frozenset()) for query in dataset.queries]
    right = np.array([bool(hits) and hits[0].ticket.id in ids for hits, ids in zip(found, relevant, strict=True)])
    return Judged([features(hits) for hits in found], right, np.array([bool(ids) for ids in relevant]))


def row(name: str, judged: Judged) -> tuple[Any, Any]:
    """Print one line; return the probabilities and which first hits were right."""
    confidence, right = cross_fitted(judged.rows, judged.right), judged.right
    score: Any = np.array([values["score"] for values in judged.rows])
    figures = [auroc(values, flags) for flags in (judged.answerable, right) for values in (score, confidence)]
    figures.append(expected_calibration_error(confidence, right))
    counts = f"{len(right)} | {int(judged.answerable.sum())} | {' | '.join(f'{figure:.3f}' for figure in figures)}"
    print(f"| {name} | {counts} | {answered(confidence, right)} |", flush=True)
    return confidence, right


def answered(confidence: Any, right: Any) -> str:
    """Return how many questions the best threshold for the allowed share of wrong answers lets through."""
    given = confidence >= pick_threshold(confidence.tolist(), (~right).tolist(), allowed=ALLOWED_WRONG)
    return f"{int(given.sum())} ({int((given & ~right).sum())} wrong)"


def reranker_part(without: Sequence[Judged], with_it: Sequence[Judged]) -> None:
    """Print what a confidence is worth on other questions than those it was fitted on; both are (fitted, asked)."""
    print("\n| reranker | AUROC right | AUROC answerable | answered at <= 5 % wrong, threshold chosen afterwards |")
    print("|---|---|---|---|")
    for name, (fitted, asked), figures in (("off", without, FEATURES[: -len(READ)]), ("on", with_it, FEATURES)):
        model = logistic.fit(fitted.rows, fitted.right.tolist(), figures, strength=STRENGTH)
        confidence: Any = np.array([model.probability(values) for values in asked.rows])
        areas = " | ".join(f"{auroc(confidence, flags):.3f}" for flags in (asked.right, asked.answerable))
        print(f"| {name} | {areas} | {answered(confidence, asked.right)} |", flush=True)


def features(hits: Sequence[Hit]) -> dict[str, float]:
    """Return the figures of a result list; all 0 for an empty one."""
    if not hits:
        return dict.fromkeys(FEATURES, 0.0)
    first, *others = hits
    logits = [hit.logit for hit in others if hit.logit is not None]
    logit = first.logit or 0.0
    vectors = [hit.match.vector for hit in hits[:AGREEING] if hit.match.vector is not None]
    agreement = float(np.mean([vectors[0] @ other for other in vectors[1:]])) if len(vectors) > 1 else 0.0
    return {
        "score": first.score,
        "margin": first.score - max((hit.score for hit in others), default=0.0),
        "agreement": agreement,
        "keyword": first.keyword,
        "problem": first.match.problem,
        "logit": logit,
        "stands_out": logit - float(np.mean(logits)) if logits else 0.0,
    }


def cross_fitted(rows: Sequence[dict[str, float]], right: Any) -> Any:
    """Return for each row the probability by a model that has not seen it."""
    places = random.Random(0).sample(range(len(rows)), len(rows))
    out = np.zeros(len(rows))
    for fold in range(FOLDS):
        held_out = set(places[fold::FOLDS])
        kept = [at for at in range(len(rows)) if at not in held_out]
        model = logistic.fit([rows[at] for at in kept], right[kept].tolist(), FEATURES, strength=STRENGTH)
        for at in held_out:
            out[at] = model.probability(rows[at])
    return out


def draw(judged: dict[str, tuple[Any, Any]], path: Path) -> None:
    """Draw stated against found probability, a line for each set."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5, 4.5))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1, linestyle="--")
    for name, (confidence, right) in judged.items():
        parts = np.array_split(np.argsort(confidence), 8)
        points = [(confidence[part].mean(), right[part].mean()) for part in parts]
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    axes.set(xlabel="stated probability", ylabel="share of first hits that were right", xlim=(0, 1), ylim=(0, 1))
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
