"""Measures embedders: speed beside plain sentence-transformers, what int8 costs in ranking, and Chinese.

Run: python -m benchmarks.retrieval.embedding --peer PYTHON. PYTHON is an interpreter with sentence-transformers;
without it the speed is that of the backends alone. Sentences are first messages and replies of real support
conversations under FRONTDESK_DATA. All take turns in one run, so that what else a machine does hits them alike; the
best turn counts.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.machine import describe
from retrieval.embedder import MULTILINGUAL, PACKAGED, Embedder, load_embedder
from retrieval.embedding.minilm import packaged_folder
from retrieval.evaluate import evaluate_folder
from retrieval.index import index_in_memory
from retrieval.metrics import mean, reciprocal_rank
from retrieval.retriever import Retriever
from retrieval.store import TicketStore
from retrieval.tickets import Ticket

DATA = Path(os.environ.get("FRONTDESK_DATA", "../shared/data"))
CHINESE = Path(__file__).resolve().parents[2] / "tests" / "chinese"
ASKED_ALONE = 50
Turn = Callable[[], tuple[float, float]]

PEER = """
import json, sys, time
import torch
from sentence_transformers import SentenceTransformer
folder, threads, alone = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(threads)
model = SentenceTransformer(folder, device="cpu")
texts = json.loads(sys.stdin.readline())
model.encode(texts[:64])
print("ready", flush=True)
for line in sys.stdin:
    began = time.perf_counter()
    model.encode(texts, batch_size=32)
    bulk = time.perf_counter() - began
    each = []
    for text in texts[:alone]:
        began = time.perf_counter()
        model.encode([text])
        each.append(time.perf_counter() - began)
    print(json.dumps([bulk, sorted(each)[len(each) // 2]]), flush=True)
"""


def main() -> None:
    """Print three Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", help="interpreter that has sentence-transformers")
    parser.add_argument("--sentences", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=("speed", "ranking", "chinese"))
    options = parser.parse_args()
    print(describe())
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        if options.only in (None, "speed"):
            speed(cache, sentences(options.sentences), options)
        if options.only in (None, "ranking"):
            ranking(cache, options.threads)
        if options.only in (None, "chinese"):
            chinese(cache, options.threads)


def sentences(count: int) -> list[str]:
    """Return messages of customers and of support, mixed with a fixed seed."""
    path = DATA / "airlines_twcs" / "history_80pct.jsonl.gz"
    if not path.exists():
        raise SystemExit(f"{path} is not there: set FRONTDESK_DATA.")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    found = [text for row in rows for text in (row["text"], row["first_reply"]) if text]
    random.Random(11).shuffle(found)
    return found[:count]


def speed(cache: Path, texts: Sequence[str], options: argparse.Namespace) -> None:
    """Let all embed the same texts in turns."""
    turns: dict[str, Turn] = {}
    peer = start_peer(options.peer, texts, options.threads) if options.peer else None
    if peer is not None:
        turns["sentence-transformers, float32"] = lambda: ask_peer(peer)
    for name, backend in ((PACKAGED, "onnx"), (PACKAGED, "onnx-int8"), (MULTILINGUAL, "onnx-int8")):
        embedder = load_embedder(name, cache, options.threads, backend)
        embedder.embed(texts[:64])
        turns[f"{name}, {backend}"] = lambda embedder=embedder: timed(embedder, texts)  # type: ignore[misc]
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in turns}
    for _ in range(options.rounds):
        for name, turn in turns.items():
            times[name].append(turn())
    if peer is not None:
        peer.communicate()
    print(f"\n{len(texts)} sentences, {options.threads} threads, best of {options.rounds} turns\n")
    print("| embedder | sentences/s | times the first | one question, p50 ms |\n|---|---|---|---|")
    first = min(bulk for bulk, _ in next(iter(times.values())))
    for name, found in times.items():
        bulk, alone = (min(values) for values in zip(*found, strict=True))
        print(f"| {name} | {len(texts) / bulk:.0f} | {first / bulk:.2f} | {alone * 1000:.1f} |", flush=True)


def timed(embedder: Embedder, texts: Sequence[str]) -> tuple[float, float]:
    """Return the seconds of all texts at once, and the median of some one by one."""
    began = time.perf_counter()
    embedder.embed(texts)
    bulk = time.perf_counter() - began
    each = []
    for text in texts[:ASKED_ALONE]:
        began = time.perf_counter()
        embedder.embed_queries([text])
        each.append(time.perf_counter() - began)
    return bulk, statistics.median(each)


def start_peer(python: str, texts: Sequence[str], threads: int) -> subprocess.Popen[str]:
    """Start sentence-transformers on the same weights."""
    command = [python, "-c", PEER, str(packaged_folder()), str(threads), str(ASKED_ALONE)]
    peer = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert peer.stdin is not None and peer.stdout is not None
    peer.stdin.write(json.dumps(list(texts)) + "\n")
    peer.stdin.flush()
    if peer.stdout.readline().strip() != "ready":
        raise SystemExit(f"{python} cannot run sentence-transformers.")
    return peer


def ask_peer(peer: subprocess.Popen[str]) -> tuple[float, float]:
    """Let the peer take its turn."""
    assert peer.stdin is not None and peer.stdout is not None
    peer.stdin.write("go\n")
    peer.stdin.flush()
    bulk, alone = json.loads(peer.stdout.readline())
    return bulk, alone


def ranking(cache: Path, threads: int) -> None:
    """Compare the order that int8 vectors give with that of float32."""
    print("\n| set | search | nDCG@10 float32 | int8 | change |\n|---|---|---|---|---|")
    both = [load_embedder(PACKAGED, cache, threads, backend) for backend in ("onnx", "onnx-int8")]
    changes = []
    for data in sorted(path for path in (DATA / "retrieval").iterdir() if path.is_dir()):
        for mode in ("dense", "hybrid"):
            one, two = (float(evaluate_folder(data, embedder, mode=mode)["ndcg@10"]) for embedder in both)
            changes.append(two / one - 1)
            print(f"| {data.name} | {mode} | {one:.4f} | {two:.4f} | {changes[-1]:+.2%} |", flush=True)
    print(f"| mean | | | | {mean(changes):+.2%} |")


def chinese(cache: Path, threads: int) -> None:
    """Ask Chinese questions of Chinese tickets, with the English model, the multilingual one, and by words alone."""
    tickets, questions = (
        [json.loads(line) for line in (CHINESE / name).read_text(encoding="utf-8").splitlines()]
        for name in ("tickets.jsonl", "questions.jsonl")
    )
    asked = [row for row in questions if max(row["text"]) > "\u3000"]
    print(f"\n{len(asked)} Chinese questions, {len(tickets)} Chinese tickets\n")
    print("| embedder | search | hit@1 | MRR@10 |\n|---|---|---|---|")
    for name in (PACKAGED, MULTILINGUAL):
        embedder = load_embedder(name, cache, threads, "onnx-int8")
        with TicketStore(":memory:") as store:
            store.upsert(Ticket(**row) for row in tickets)
            retriever = Retriever(store, index_in_memory(store, embedder)[0], embedder)
            for mode in ("keyword", "dense", "hybrid"):
                found = [[hit.ticket.id for hit in retriever.search(row["text"], 10, mode)] for row in asked]
                pairs = [(ids, frozenset(row["ids"])) for ids, row in zip(found, asked, strict=True)]
                first = mean([float(ids[:1] != [] and ids[0] in right) for ids, right in pairs])
                ranks = mean([reciprocal_rank(ids, right, 10) for ids, right in pairs])
                print(f"| {name} | {mode} | {first:.3f} | {ranks:.3f} |", flush=True)


if __name__ == "__main__":
    main()
