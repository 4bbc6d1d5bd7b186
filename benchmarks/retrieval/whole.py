"""Measures a whole search at 10^4 to 10^6 tickets: keyword search beside both fused, without and with reranker.

Run: python -m benchmarks.retrieval.whole [--sizes 10000,100000,1000000]. One SQLite store grows from size to size; its
tickets are made: problem and answer of a demo ticket, each with a piece of an airline message behind it, so that every
word of the demo shop's questions stands in as large a part of the tickets as in the shop itself. Vectors and lists are
those of benchmarks.retrieval.index (kept in --cache, built when missing); up to index.exact_up_to the search is exact.
The 200 questions are the demo shop's test questions with the turns before them; every search has a store of its own,
so none profits from words that another has counted, and they take turns. Does not look at what is found.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.machine import describe
from benchmarks.retrieval.index import CACHE, DIMENSION, build, memory, prepare
from benchmarks.retrieval.sets import own_set
from benchmarks.retrieval.vectors import airline_rows
from retrieval.dataset import Query
from retrieval.embedder import PACKAGED, Embedder, load_embedder
from retrieval.faiss_index import FaissIndex
from retrieval.reranker import Reranker, load_reranker
from retrieval.retriever import Mode, Retriever
from retrieval.store import TicketStore
from retrieval.tickets import Ticket
from retrieval.vectors.options import IndexOptions
from retrieval.vectors.tuning import Tuning

SIZES = "10000,100000,1000000"
ASKED, WARM, TOP_K, THREADS = 200, 30, 8, 2
SEARCHES: tuple[tuple[str, Mode, bool], ...] = (
    ("keyword alone (FTS5)", "keyword", False),
    ("both fused", "hybrid", False),
    ("both fused + reranker", "hybrid", True),
)


def main() -> None:
    """Print one Markdown table; ``--one`` is how it calls itself."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=SIZES)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--one", nargs=2, metavar=("DATABASE", "TICKETS"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        measure(Path(args.one[0]), int(args.one[1]), args.cache)
        return
    print(f"{describe()}\n| tickets | search | p50 ms | p95 ms | slowest ms |\n|{'---|' * 5}", flush=True)
    args.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=args.cache) as folder:
        stored = 0
        for size in map(int, args.sizes.split(",")):
            began = time.perf_counter()
            fill(Path(folder) / "tickets.db", stored, size)
            took, stored = time.perf_counter() - began, size
            prepare(args.cache / f"index-{size}", args.cache, size)
            tuning_for(args.cache / f"index-{size}", size)
            print(f"storing up to {size:,}: {took:.0f} s", file=sys.stderr, flush=True)
            call = [sys.executable, "-m", "benchmarks.retrieval.whole", "--cache", str(args.cache), "--one"]
            subprocess.run([*call, str(Path(folder) / "tickets.db"), str(size)], check=True)


def fill(database: Path, stored: int, size: int) -> None:
    """Add made tickets until there are so many; row ids count from 1."""
    with TicketStore(database) as store:
        store.upsert(made_tickets(own_set("test").corpus, stored, size))


def made_tickets(demo: Sequence[Ticket], first: int, end: int) -> Iterator[Ticket]:
    """Yield tickets with numbers from ``first`` to below ``end``; a number always gives the same ticket."""
    rows = airline_rows()
    for number in range(first, end):
        chosen = random.Random(number)
        ticket, told, said = chosen.choice(demo), chosen.choice(rows), chosen.choice(rows)
        question = f"{ticket.question} {piece(told['text'], chosen)}"
        answer = f"{chosen.choice(demo).answer} {piece(said['first_reply'], chosen)}"
        yield replace(ticket, id=f"M-{number}", question=question, answer=answer, turns=())


def piece(text: str, chosen: random.Random) -> str:
    """Return some words of a text that follow each other."""
    words = text.split()
    start = chosen.randrange(max(1, len(words) // 2))
    return " ".join(words[start : start + chosen.randrange(4, 24)])


def measure(database: Path, size: int, cache: Path) -> None:
    """Open everything as the answers service does, ask all questions of all searches and print a line for each."""
    embedder = load_embedder(PACKAGED, cache / "embedder", THREADS, "auto")
    reranker = load_reranker("packaged", cache / "embedder", THREADS)
    before = memory()
    began = time.perf_counter()
    searches = [opened(database, size, cache, embedder, reranker if reads else None) for _, _, reads in SEARCHES]
    opening = (time.perf_counter() - began) / len(searches)
    queries = own_set("test").queries
    times: list[list[float]] = [[] for _ in SEARCHES]
    for query in [*queries[-WARM:], *queries[:ASKED]]:
        for at, (retriever, (_, mode, _)) in enumerate(zip(searches, SEARCHES, strict=True)):
            times[at].append(timed(retriever, query, mode))
    for (name, _, _), took in zip(SEARCHES, times, strict=True):
        p50, p95, slowest = np.quantile(took[WARM:], [0.5, 0.95, 1.0])
        print(f"| {size:,} | {name} | {p50:.1f} | {p95:.1f} | {slowest:.1f} |", flush=True)
    held = {name: value - before[name] for name, value in memory().items()}
    print(json.dumps({"opening s": round(opening, 2)} | {k: round(v) for k, v in held.items()}), file=sys.stderr)


def opened(database: Path, size: int, cache: Path, embedder: Embedder, reranker: Reranker | None) -> Retriever:
    """Return the search of one store and the index of as many made vectors."""
    folder, store = cache / f"index-{size}", TicketStore(database)
    index = FaissIndex.load(folder, DIMENSION, tuning_for(folder, size))
    return Retriever(store, index, embedder, reranker=reranker)


def tuning_for(folder: Path, size: int) -> Tuning:
    """Return how so many tickets are searched; builds the lists unless they are there."""
    return Tuning() if size <= IndexOptions().exact_up_to else Tuning(**build("frontdesk", folder)["tuning"])


def timed(retriever: Retriever, query: Query, mode: Mode) -> float:
    """Return the milliseconds of one search."""
    began = time.perf_counter()
    retriever.search(query.text, TOP_K, mode, query.context)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
