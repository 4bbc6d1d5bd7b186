"""Fits the weights by which the reranker's logit and the score of the search are put together.

Run: python -m benchmarks.reranker.fit FOLDER, with the folder of the mining. Uses the shipped network as the product
runs it, on the queries kept out of its training. Prints the weights for ``retrieval.reranking.blending`` and what they
are worth on each set when all other sets are fitted on, beside the hybrid order.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from retrieval.reranker import CANDIDATES, PACKAGED, OnnxReranker, load_reranker
from retrieval.reranking.blending import SHARE_OF_CONTEXT, context_shares
from retrieval.reranking.reading import Reading

NAMES = ("score", "logit")
COLUMNS = ("set", "queries", "ceiling", "hybrid", "network alone", "others fitted", "all fitted")
POOL = 24
RIDGE = 1e-3
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """The figures of a query's candidates, and which are right."""

    set: str
    figures: Values
    right: npt.NDArray[np.bool_]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--candidates", type=int, default=CANDIDATES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        reranker = load_reranker(PACKAGED, Path(cache), threads=2)
    assert isinstance(reranker, OnnxReranker)
    rows = map(json.loads, (options.folder / "held_out.jsonl").read_text().splitlines())
    questions = [question_of(reranker, row, options.candidates) for row in rows]
    sets = sorted({question.set for question in questions})
    apart = {name: fit([one for one in questions if one.set != name]) for name in sets}
    every = fit(questions)
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    for name in sets:
        own = [one for one in questions if one.set == name]
        orders = [*np.eye(len(NAMES)), apart[name], every]
        shown = [
            f"{float(np.mean([one.right.any() for one in own])):.3f}",
            *(f"{hit(own, order):.3f}" for order in orders),
        ]
        print(f"| {name} | {len(own)} | {' | '.join(shown)} |")
    print(dict(zip(NAMES, every.round(2).tolist(), strict=True)))


def question_of(reranker: OnnxReranker, row: dict[str, Any], candidates: int) -> Question:
    """Choose the candidates as the product does and read them."""
    pool = row["candidates"][:POOL]
    shares = context_shares(row["digest"], [one["text"] for one in pool])
    order = sorted(range(len(pool)), key=lambda at: -(pool[at]["figures"][0] + SHARE_OF_CONTEXT * shares[at]))
    # By the hybrid score, so that equal totals keep its order.
    chosen = sorted(order[:candidates])
    logits = reranker.logits(Reading(row["question"], row["digest"], ()).asked, [pool[at]["text"] for at in chosen])
    figures = []
    for at, logit in zip(chosen, logits, strict=True):
        figures.append((pool[at]["figures"][0], logit))
    return Question(row["set"], np.array(figures), np.array([pool[at]["right"] for at in chosen], dtype=bool))


def fit(questions: Sequence[Question]) -> Values:
    """Return the weights of a conditional logit; a set counts by the root of its size."""
    counts: dict[str, int] = defaultdict(int)
    for question in questions:
        counts[question.set] += 1
    usable = [question for question in questions if question.right.any()]

    def loss(weights: Values) -> tuple[float, Values]:
        value, slope = RIDGE * float(weights @ weights), 2 * RIDGE * weights
        for one in usable:
            chance = np.exp(one.figures @ weights - (one.figures @ weights).max())
            chance /= chance.sum()
            right = chance * one.right
            share = counts[one.set] ** -0.5
            value -= share * float(np.log(right.sum()))
            slope = slope - share * ((right / right.sum() - chance) @ one.figures)
        return value, slope

    found: Values = minimize(loss, np.zeros(len(NAMES)), jac=True, method="L-BFGS-B").x
    return found


def hit(questions: Sequence[Question], weights: Values) -> float:
    """Return how often the first candidate is right."""
    return float(np.mean([one.right[int(np.argmax(one.figures @ weights))] for one in questions]))


if __name__ == "__main__":
    main()
