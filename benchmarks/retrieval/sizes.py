"""Measures what an index costs at 10^3 to 10^6 tickets, and what 10^7 would, by extrapolation.

Run: python -m benchmarks.retrieval.sizes [--most 1000000]. Each size is built and searched in a process of its own by
benchmarks.retrieval.index, exact and with lists: where the two lines cross is where exact search stops being fastest
(index.exact_up_to). The last line is no measurement: each figure is drawn on from the last four sizes of lists, as a
power of the number of tickets.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.machine import describe
from benchmarks.retrieval.index import CACHE, prepare

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
SIMULATED = 10_000_000
COLUMNS = ("recall@10", "p50 ms", "p95 ms", "CPU ms", "memory MB", "build s")
# Above this, an exact search takes as long as the line before it lets one expect.
EXACT_UP_TO = 100_000
# Sizes that the last line is drawn from: two alone would make the noise of one a law.
DRAWN_FROM = 4


def main() -> None:
    """Print one Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=SIZES[-1])
    parser.add_argument("--cache", type=Path, default=CACHE)
    args = parser.parse_args()
    print(f"{describe()}\n| tickets | search | {' | '.join(COLUMNS)} |\n|{'---|' * (len(COLUMNS) + 2)}", flush=True)
    lists: list[tuple[int, dict[str, float]]] = []
    for rows in (size for size in SIZES if size <= args.most):
        prepare(args.cache / f"index-{rows}", args.cache, rows)
        if rows <= EXACT_UP_TO:
            show(f"{rows:,} | exact", measured("exact", rows, args.cache))
        lists.append((rows, measured("frontdesk", rows, args.cache)))
        show(f"{rows:,} | lists", lists[-1][1])
    if len(lists) >= DRAWN_FROM:
        show(f"{SIMULATED:,} (extrapolated) | lists", drawn_on(lists[-DRAWN_FROM:]))


def measured(engine: str, rows: int, cache: Path) -> dict[str, float]:
    """Build and measure in processes of their own."""
    call = [sys.executable, "-m", "benchmarks.retrieval.index", "--rows", str(rows), "--cache", str(cache)]
    found: dict[str, float] = {}
    for step in ("build", "measure"):
        done = subprocess.run(
            [*call, "--engines", engine, "--step", step], stdout=subprocess.PIPE, text=True, check=True
        )
        found |= json.loads(done.stdout.splitlines()[-1])
    return found


def drawn_on(lists: Sequence[tuple[int, dict[str, float]]]) -> dict[str, float]:
    """Return what the greatest size would cost if each figure went on growing with the same power of the tickets."""
    tickets = np.log([rows for rows, _ in lists])
    figures = {}
    for name in COLUMNS:
        slope, start = np.polyfit(tickets, np.log([max(found[name], 1e-9) for _, found in lists]), 1)
        figures[name] = float(np.exp(start + slope * np.log(SIMULATED)))
    return figures | {"recall@10": lists[-1][1]["recall@10"]}


def show(name: str, figures: dict[str, float]) -> None:
    """Print one line."""
    print(f"| {name} | {' | '.join(f'{figures[column]:.3f}' for column in COLUMNS)} |", flush=True)


if __name__ == "__main__":
    main()
