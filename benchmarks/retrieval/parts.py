"""Measures three choices of the search: what of a ticket is embedded, whose turns are read, threads that do not spin.

    python -m benchmarks.retrieval.parts [--only embedded|turns|spinning]

Both rankings are measured on the demo shop's own questions. Spinning is measured on the graphs of embedder and reranker
alone, with made-up word pieces, the two ways of waiting in turns.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import describe
from benchmarks.retrieval.quality import whole_text
from benchmarks.retrieval.sets import own_questions, own_set
from retrieval.dataset import Dataset
from retrieval.embedder import PACKAGED, Embedder, load_embedder
from retrieval.embedding.runtime import open_session
from retrieval.evaluate import TOP_K, measure, rank_all
from retrieval.index import FaissIndex, index_in_memory
from retrieval.reranker import load_reranker
from retrieval.retriever import Mode, Retriever
from retrieval.store import TicketStore
from retrieval.tickets import Ticket

THREADS = 2
SPLITS = ("calibration", "test")
Text = Callable[[Ticket], str]
# Texts of a ticket and word pieces of each, as embedder and reranker meet them.
BATCH, PIECES, RUNS, WARM = 8, 96, 60, 5
WORDS = 20_000


def main() -> None:
    """Print a Markdown table for each part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=PARTS)
    chosen = parser.parse_args()
    print(describe())
    with tempfile.TemporaryDirectory() as folder:
        for name, part in PARTS.items():
            if chosen.only in (None, name):
                print(f"\n{name}\n")
                part(Path(folder))


def embedded(folder: Path) -> None:
    """Print hit@1 for each choice of what a ticket's vectors stand for; no reranker."""
    embedder = load_embedder(PACKAGED, folder, THREADS, "auto")
    sets = [own_set(split) for split in SPLITS]
    print(f"| what is embedded | {' | '.join(f'{one.name} ({len(one.qrels)})' for one in sets)} |\n|---|---|---|")
    choices: tuple[tuple[str, Text, Text | None, Mode], ...] = (
        ("first message, dense only", _first, None, "dense"),
        ("subject, first message, product, dense only", _problem, None, "dense"),
        ("the whole text as one vector, hybrid", whole_text, None, "hybrid"),
        ("first message, and solution at half weight, hybrid", _first, _solution, "hybrid"),
        ("subject, first message, and solution at half weight, hybrid", _told, _solution, "hybrid"),
        ("subject, first message, product, and solution at half weight, hybrid", _problem, _solution, "hybrid"),
    )
    for name, problem, solution, mode in choices:
        found = [f"{first_hits(one, embedder, problem, solution, mode):.3f}" for one in sets]
        print(f"| {name} | {' | '.join(found)} |", flush=True)


def first_hits(dataset: Dataset, embedder: Embedder, problem: Text, solution: Text | None, mode: Mode) -> float:
    """Return hit@1 where tickets are embedded so; without a solution the problem stands for both."""
    with TicketStore(":memory:") as store:
        store.upsert(dataset.corpus)
        halves = [
            embedder.embed([text(ticket) for ticket in dataset.corpus]) for text in (problem, solution or problem)
        ]
        index, rows = FaissIndex(embedder.dimension), store.rowids([ticket.id for ticket in dataset.corpus])
        index.add([rows[ticket.id] for ticket in dataset.corpus], np.hstack(halves))
        rankings = rank_all(Retriever(store, index, embedder), dataset, mode, True)
    return float(measure(rankings, dataset.qrels)["hit@1"])


def turns(folder: Path) -> None:
    """Print how many follow-ups find a right ticket first, by whose turns are handed over; with reranker."""
    embedder = load_embedder(PACKAGED, folder, THREADS, "auto")
    reranker = load_reranker("packaged", folder, THREADS)
    asked = [row for _, row in own_questions("test") if row.get("context") and row["answerable"]]
    heard: dict[str, tuple[str, ...]] = {
        "both sides": ("customer", "bot", "agent"),
        "customer": ("customer",),
        "none": (),
    }
    print("| turns of | follow-ups | right ticket first | among the first ten |\n|---|---|---|---|")
    with TicketStore(":memory:") as store:
        store.upsert(own_set("test").corpus)
        retriever = Retriever(store, index_in_memory(store, embedder)[0], embedder, reranker=reranker)
        for name, roles in heard.items():
            places = [place(retriever, row, roles) for row in asked]
            firsts, tens = (sum(at < most for at in places) for most in (1, TOP_K))
            print(f"| {name} | {len(asked)} | {firsts} | {tens} |", flush=True)


def place(retriever: Retriever, row: dict[str, Any], roles: Sequence[str]) -> int:
    """Return where the first right ticket stands among the hits, counted from 0; behind all of them if nowhere."""
    context = [turn["text"] for turn in row["context"] if turn["role"] in roles]
    hits = retriever.search(row["question"], TOP_K, context=context)
    return next((at for at, hit in enumerate(hits) if hit.ticket.id in row["tickets"]), TOP_K)


def spinning(folder: Path) -> None:
    """Print what a run of each graph costs where waiting threads spin, as by ONNX Runtime's default, and where not."""
    load_embedder(PACKAGED, folder, THREADS, "auto").embed(["made"])
    load_reranker("packaged", folder, THREADS)
    print("| graph | threads | p50 ms | CPU ms |\n|---|---|---|---|")
    for path in sorted(folder.rglob("*.onnx")):
        sessions = {"spin": spinning_session(path), "do not": open_session(path, THREADS, cpu_only=True)}
        spent: dict[str, list[tuple[float, float]]] = {name: [] for name in sessions}
        # In blocks, as the threads of the one would go on spinning into the other's time.
        for name, session in [*sessions.items(), *sessions.items()]:
            time.sleep(0.5)
            spent[name] += [run(session) for _ in range(WARM + RUNS)][WARM:]
        for name, runs in spent.items():
            wall, cpu = np.array(runs).T * 1000
            print(f"| {path.stem} | {name} | {np.median(wall):.1f} | {cpu.mean():.1f} |", flush=True)


def spinning_session(path: Path) -> Any:
    """Open a graph as ONNX Runtime does unless told otherwise."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = THREADS, 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run(session: Any) -> tuple[float, float]:
    """Run a graph on made-up word pieces and return the seconds and the processor's seconds it took."""
    made = {"input_ids": np.arange(BATCH * PIECES).reshape(BATCH, PIECES) % WORDS + 1000}
    made |= {"attention_mask": np.ones_like(made["input_ids"]), "token_type_ids": np.zeros_like(made["input_ids"])}
    kinds = {item.name: np.int64 if "int64" in item.type else np.int32 for item in session.get_inputs()}
    feed = {name: made[name].astype(kind) for name, kind in kinds.items()}
    wall, cpu = time.perf_counter(), time.process_time()
    session.run(None, feed)
    return time.perf_counter() - wall, time.process_time() - cpu


def _first(ticket: Ticket) -> str:
    return ticket.question


def _told(ticket: Ticket) -> str:
    return f"{ticket.subject}\n{ticket.question}".strip()


def _problem(ticket: Ticket) -> str:
    return ticket.problem_text


def _solution(ticket: Ticket) -> str:
    return ticket.solution_text


PARTS: dict[str, Callable[[Path], None]] = {"embedded": embedded, "turns": turns, "spinning": spinning}

if __name__ == "__main__":
    main()
