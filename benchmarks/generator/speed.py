"""Measures the small generator: tokens/s, time for an answer of 60 tokens, memory, int8 beside float32.

Run: python -m benchmarks.generator.speed [--full FILE] [--questions 60]. FILE: the same weights, not rounded
(benchmarks.generator.export --plain). Questions and evidence are the demo shop's; every answer is made 60 tokens long.
Each setting answers the same questions in alternating order, in one process; memory is what a process of its own holds
more after opening the generator and answering once.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.generator.metrics import mean, rouge_l
from benchmarks.machine import describe
from bot.answering.generation.small import SmallGenerator
from bot.answering.small import decoding
from bot.answering.small.network import SHIPPED
from bot.answering.small.reading import SEP

TOKENS = 60
CACHE = Path("var/benchmarks")


class Long(decoding.Paper):
    """Ends no answer before it has ``TOKENS`` tokens."""

    def odds(self, beams: decoding.Beams) -> decoding.Floats:
        """Return the odds, with the end of the answer where it is wanted."""
        found = super().odds(beams)
        ending = len(beams.tokens[0]) > TOKENS
        found[:, self.place[SEP]] = 0.0 if ending else decoding.NEVER
        return found


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", type=Path, help="weights in float32")
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--memory", choices=("before", "after"), help="how it calls itself")
    options = parser.parse_args()
    if options.memory:
        print(resident(options.memory))
        return
    systems = {"int8 encoder, 3 beams": opened(SHIPPED), "int8 encoder, greedy": opened(SHIPPED, beams=1)}
    systems["float32 encoder, 3 beams"] = opened(SHIPPED, int8=False)
    if options.full:
        systems["weights never rounded, 3 beams"] = opened(options.full, int8=False)
    asked = rows(options.questions)
    print(describe())
    texts = {name: [" ".join(generator.draft(*row)) for row in asked] for name, generator in systems.items()}
    spent = timed(systems, asked)
    first = list(systems)[-1]
    print("| setting | p50 ms | p95 ms | tokens/s | same words as the last line (ROUGE-L) |\n|---|---|---|---|---|")
    for name, times in spent.items():
        pairs = zip(texts[name], texts[first], strict=True)
        same = mean([1.0 if one == two else rouge_l(one, two) for one, two in pairs])
        cells = [f"{value:.0f}" for value in (*np.percentile(times, (50, 95)), TOKENS / mean(times) * 1000)]
        print(f"| {name} | {' | '.join(cells)} | {same:.3f} |")
    call = [sys.executable, "-m", "benchmarks.generator.speed", "--memory"]
    held = [int(subprocess.check_output([*call, when], text=True)) for when in ("before", "after")]
    print(f"\nMemory: {(held[1] - held[0]) / 1024:.0f} MB")


def opened(weights: Path, **options: Any) -> SmallGenerator:
    """Return a generator that reads passages handed to it."""
    return SmallGenerator(weights, CACHE, None, seconds=60, **options)


def rows(count: int) -> list[tuple[str, list[str]]]:
    """Return questions of the demo shop with passages of some eight sentences."""
    from benchmarks.generator.cards import CardRows, cards

    made = CardRows(cards(), 5)
    return [(row.question, [*row.passages, *made.one().passages]) for row in (made.one() for _ in range(count))]


def timed(systems: dict[str, SmallGenerator], asked: list[tuple[str, list[str]]]) -> dict[str, list[float]]:
    """Return milliseconds of each answer of 60 tokens."""
    found: dict[str, list[float]] = {name: [] for name in systems}
    ordinary: Any = decoding.Paper
    decoding.Paper = Long  # type: ignore[misc]
    try:
        for question, passages in asked:
            for name, generator in systems.items():
                began = time.perf_counter()
                generator.write(question, passages)
                found[name].append(1000 * (time.perf_counter() - began))
    finally:
        decoding.Paper = ordinary  # type: ignore[misc]
    return found


def resident(when: str) -> int:
    """Return what this process holds, in kB."""
    if when == "after":
        question, passages = rows(1)[0]
        opened(SHIPPED).draft(question, passages)
    else:
        rows(1)
        import onnxruntime  # noqa: F401
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


if __name__ == "__main__":
    main()
