"""Measures the vector index beside hnswlib, usearch and a plain comparison of all vectors, at the same recall.

Run: python -m benchmarks.retrieval.index [--rows 1000000] [--peers PYTHON] [--engines frontdesk,brute,...]. PYTHON is
an interpreter with numpy, hnswlib and usearch (this one by default); a peer that is not installed is named as such.

Every engine runs in processes of its own: one builds and saves, another opens and searches. Queries are single,
held-out messages (see vectors.py). The first 300 set the peers' breadth of search to a recall@10 of 0.99 (ours was set
when it was built, from the tickets alone); the others are measured. Memory is what the process holds more than before
it opened the index: RssAnon, and RssFile of what is mapped.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import describe
from benchmarks.retrieval.engines import ENGINES, best_ef
from benchmarks.retrieval.vectors import made_pairs, real_pairs
from retrieval.vectors.base import Ids, Vectors
from retrieval.vectors.building import Row, write_lists, write_pairs
from retrieval.vectors.options import IndexOptions
from retrieval.vectors.pairs import Pairs
from retrieval.vectors.tuning import nearest

DIMENSION, NEAREST, FOR_TUNING, TARGET = 384, 10, 300, 0.99
WARM = 50
CACHE = Path("var/benchmarks")
COLUMNS = (
    "recall@10",
    "p50 ms",
    "p95 ms",
    "CPU ms",
    "memory MB",
    "anon MB",
    "mapped MB",
    "% of raw",
    "build s",
    "setting",
)


def main() -> None:
    """Print one Markdown table; ``--step`` is how it calls itself."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--peers", default=sys.executable)
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--step", choices=("build", "measure"))
    args = parser.parse_args()
    folder = args.cache / f"index-{args.rows}"
    if args.step:
        print(json.dumps(STEPS[args.step](args.engines, folder)))
        return
    print(f"{describe()}\n{args.rows} tickets, {DIMENSION} dimensions", flush=True)
    prepare(folder, args.cache, args.rows)
    print(f"| engine | {' | '.join(COLUMNS)} |\n|{'---|' * (len(COLUMNS) + 1)}", flush=True)
    for engine in args.engines.split(","):
        python = sys.executable if engine in ("frontdesk", "exact") else args.peers
        print(f"| {engine} | {row_of(engine, folder, python, args)} |", flush=True)


def row_of(engine: str, folder: Path, python: str, args: argparse.Namespace) -> str:
    """Build and measure one engine, each in a process of its own."""
    call = [python, "-m", "benchmarks.retrieval.index", "--rows", str(args.rows), "--engines", engine]
    call += ["--cache", str(args.cache), "--step"]
    shown: dict[str, Any] = {}
    for step in STEPS:
        done = subprocess.run([*call, step], stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            return f"{step} failed or is not installed in {python}"
        shown |= json.loads(done.stdout.splitlines()[-1])
    shown["% of raw"] = 100 * shown["memory MB"] / (args.rows * DIMENSION * 4 / 1e6)
    return " | ".join(
        f"{value:.3f}" if name == "recall@10" else f"{value:.2f}" if isinstance(value, float) else str(value)
        for name, value in ((name, shown[name]) for name in COLUMNS)
    )


def prepare(folder: Path, cache: Path, rows: int) -> None:
    """Write the vectors, the queries and the truth, once."""
    if (folder / "truth.npy").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    real, queries = real_pairs(cache)
    for _ in write_pairs(folder, pages(real, rows), DIMENSION):
        pass
    np.save(folder / "queries.npy", queries)
    print("comparing all, for the truth ...", flush=True)
    nobody: Ids = np.full(len(queries), -1, dtype=np.int64)
    np.save(folder / "truth.npy", nearest(Pairs.opened(folder, DIMENSION), queries, nobody))


def pages(real: Vectors, rows: int) -> Iterator[list[Row]]:
    """Yield what the ticket store would: row ids from 1, text hashes, float32 pairs."""
    last = 0
    for block in made_pairs(real, rows):
        yield [(last + at + 1, f"{last + at:032d}", pair.tobytes()) for at, pair in enumerate(block)]
        last += len(block)


def build(engine: str, folder: Path) -> dict[str, Any]:
    """Build and save one engine's index; a saved one keeps the time it took."""
    kept = folder / f"{engine}.json"
    if not kept.exists():
        began = time.perf_counter()
        tuning = {}
        if engine == "frontdesk":
            # Lists at every size: whether they pay is what is asked here.
            tuning = asdict(write_lists(folder, DIMENSION, IndexOptions(exact_up_to=0), None))
        elif engine != "exact":
            ENGINES[engine]().build(folder, Pairs.opened(folder, DIMENSION))
        kept.write_text(json.dumps({"build s": time.perf_counter() - began, "tuning": tuning}))
    found: dict[str, Any] = json.loads(kept.read_text())
    return found


def measure(engine: str, folder: Path) -> dict[str, Any]:
    """Open one engine's index, bring it to the recall and time single queries."""
    queries, truth = np.load(folder / "queries.npy"), np.load(folder / "truth.npy")
    opened = ENGINES[engine]()
    opened.ready()
    before = memory()
    opened.open(folder, build(engine, folder)["tuning"])
    best_ef(opened, queries[:FOR_TUNING], truth[:FOR_TUNING], TARGET)
    for query in queries[:WARM]:
        opened.search(query, NEAREST)
    times, found, cpu = [], [], time.process_time()
    for query in queries[FOR_TUNING:]:
        began = time.perf_counter()
        found.append(opened.search(query, NEAREST))
        times.append(time.perf_counter() - began)
    cpu = time.process_time() - cpu
    held = {name: value - before[name] for name, value in memory().items()}
    hits = sum(len(set(ids) & set(row)) for ids, row in zip(found, truth[FOR_TUNING:].tolist(), strict=True))
    p50, p95 = np.quantile(times, [0.5, 0.95]) * 1e3
    figures = {"p50 ms": p50, "p95 ms": p95, "CPU ms": 1e3 * cpu / len(times), "recall@10": hits / len(found) / NEAREST}
    figures |= {"memory MB": sum(held.values()), "anon MB": held["RssAnon"], "mapped MB": held["RssFile"]}
    return {name: float(value) for name, value in figures.items()} | {"setting": opened.setting()}


def memory() -> dict[str, float]:
    """Return what this process holds in memory, in MB."""
    rows = Path("/proc/self/status").read_text().splitlines()
    values = dict(row.split(":") for row in rows if row.startswith(("RssAnon", "RssFile")))
    return {name: int(value.split()[0]) * 1024 / 1e6 for name, value in values.items()}


STEPS = {"build": build, "measure": measure}

if __name__ == "__main__":
    main()
