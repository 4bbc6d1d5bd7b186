"""Measures how well figures of the result list tell right first hits from wrong ones, and questions without an answer.

    python -m benchmarks.retrieval.confidence [--plot FILE]

For each set a logistic regression is fitted on nine tenths of its questions and asked about the rest, ten times: what a
team gets that calibrates on questions of its own. The peer is the bare score of the first hit.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import describe
from benchmarks.retrieval.sets import own_set, public_sets
from bot.answering import logistic
from bot.answering.calibration import auroc, expected_calibration_error, pick_threshold
from retrieval.dataset import Dataset
from retrieval.embedder import PACKAGED, load_embedder
from retrieval.index import index_in_memory
from retrieval.reranker import load_reranker
from retrieval.retriever import Retriever
from retrieval.store import TicketStore
from retrieval.tickets import Hit

FEATURES = ("score", "margin", "agreement", "keyword", "problem", "logit", "stands_out")
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
        for dataset in [*public_sets()[1:], own_set("calibration"), own_set("test")]:
            with TicketStore(":memory:") as store:
                store.upsert(dataset.corpus)
                retriever = Retriever(store, index_in_memory(store, embedder)[0], embedder, reranker=reranker)
                judged[dataset.name] = row(dataset, retriever)
    if chosen.plot:
        draw(judged, chosen.plot)


def row(dataset: Dataset, retriever: Retriever) -> tuple[Any, Any]:
    """Print one line; return the probabilities and which first hits were right."""
    found = [retriever.search(query.text, TOP_K, context=query.context) for query in dataset.queries]
    rows = [features(hits) for hits in found]
    relevant = [dataset.qrels.get(query.id, frozenset()) for query in dataset.queries]
    right = np.array([bool(hits) and hits[0].ticket.id in ids for hits, ids in zip(found, relevant, strict=True)])
    answerable = np.array([bool(ids) for ids in relevant])
    confidence, score = cross_fitted(rows, right), np.array([values["score"] for values in rows])
    threshold = pick_threshold(confidence.tolist(), (~right).tolist(), allowed=ALLOWED_WRONG)
    given = confidence >= threshold
    figures = [auroc(values, flags) for flags in (answerable, right) for values in (score, confidence)]
    figures.append(expected_calibration_error(confidence, right))
    counts = f"{len(rows)} | {int(answerable.sum())} | {' | '.join(f'{figure:.3f}' for figure in figures)}"
    print(f"| {dataset.name} | {counts} | {int(given.sum())} ({int((given & ~right).sum())} wrong) |", flush=True)
    return confidence, right


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
