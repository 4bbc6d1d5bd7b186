"""Measures intent accuracy and training time on BANKING77, full and with ten examples of each intent.

Run: python -m benchmarks.understanding.banking [--draws 5]. Both pipelines see the same sentence vectors, the same
examples and the same 3,080 test questions; a training starts from nothing: no cached vectors, nothing but the process.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import mean, stdev

from benchmarks.machine import describe
from benchmarks.understanding.intents import PIPELINES, Example, data_folder, read_csv, start, test, train

SHOTS = 10
FIRST_SEED = 1


def main() -> None:
    """Print a Markdown table, row by row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=5, help="draws of ten examples of each intent")
    options = parser.parse_args()
    folder = data_folder() / "banking77"
    known = read_csv(folder / "train.csv.gz", "text", "category")
    asked = read_csv(folder / "test.csv", "text", "category")
    start()
    print(describe())
    print("\n| examples | pipeline | accuracy | draws | training |\n|---|---|---|---|---|")
    seeds = range(FIRST_SEED, FIRST_SEED + options.draws)
    for name, draws in (("all 10,003", [known]), (f"{SHOTS} of each", [draw(known, seed) for seed in seeds])):
        for pipeline in PIPELINES:
            measured = [measure(pipeline, examples, asked) for examples in draws]
            found, seconds = zip(*measured, strict=True)
            spread = f"{min(found):.2%} to {max(found):.2%}, sd {stdev(found):.2%}" if len(found) > 1 else ""
            print(f"| {name} | {pipeline} | {mean(found):.2%} | {spread} | {mean(seconds):.1f} s |", flush=True)


def measure(pipeline: str, examples: list[Example], asked: list[Example]) -> tuple[float, float]:
    """Return accuracy and seconds of training."""
    with tempfile.TemporaryDirectory() as folder:
        model, seconds = train(pipeline, examples, Path(folder) / "project")
        return test(model, asked), seconds


def draw(examples: list[Example], seed: int) -> list[Example]:
    """Return ten examples of each intent."""
    by_intent: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_intent[example.intent].append(example)
    chance = random.Random(seed)
    return [example for _, group in sorted(by_intent.items()) for example in chance.sample(group, SHOTS)]


if __name__ == "__main__":
    main()
