"""Measures what each stage of the search adds, beside plain BM25 and plain dense search, in one run.

    python -m benchmarks.retrieval.quality [--json FILE] [--sets NAME ...]

Public sets are read from FRONTDESK_DATA/retrieval. Peers: bm25s (BM25 as published, on the whole text of a ticket) and
the packaged embedder in float32 on the same text, each with the question alone and with the turns before it joined.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import describe
from benchmarks.retrieval.sets import own_set, public_sets
from retrieval.dataset import Dataset, Query
from retrieval.embedder import PACKAGED, Embedder, load_embedder
from retrieval.evaluate import TOP_K, Ranking, measure, rank_all
from retrieval.index import index_in_memory
from retrieval.products import Products
from retrieval.reranker import Reranker, load_reranker
from retrieval.retriever import Retriever
from retrieval.store import TicketStore
from retrieval.tickets import Ticket

SHOWN = ("hit@1", "hit@10", "mrr@10", "ndcg@10", "auroc", "latency_ms_p50", "latency_ms_p95")
Scores = Callable[[str], Any]


def main() -> None:
    """Print one Markdown table for each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--sets", nargs="*", default=[], help="only these sets")
    chosen = parser.parse_args()
    print(describe())
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        embedder, plain = (load_embedder(PACKAGED, Path(folder), 2, backend) for backend in ("auto", "onnx"))
        reranker = load_reranker("packaged", Path(folder), 2)
        for dataset in [*public_sets(), *(own_set(split) for split in ("calibration", "test"))]:
            if not chosen.sets or dataset.name in chosen.sets:
                found[dataset.name] = table(dataset, plain, embedder, reranker)
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def table(dataset: Dataset, plain: Embedder, embedder: Embedder, reranker: Reranker | None) -> dict[str, Any]:
    """Print and return the measures of all searches on one set."""
    print(f"\n{dataset.name}: {len(dataset.corpus)} tickets, {len(dataset.queries)} queries\n")
    print(f"| search | {' | '.join(SHOWN)} |\n|{'---|' * (len(SHOWN) + 1)}")
    found = {}
    for name, rankings in [*peers(dataset, plain), *stages(dataset, embedder, reranker)]:
        found[name] = measure(rankings, dataset.qrels)
        print(f"| {name} | {' | '.join(shown(found[name].get(key)) for key in SHOWN)} |", flush=True)
    return found


def peers(dataset: Dataset, embedder: Embedder) -> list[tuple[str, list[Ranking]]]:
    """Rank with plain BM25 and with plain dense search."""
    found = []
    texts = [whole_text(ticket) for ticket in dataset.corpus]
    for label, scores in (("BM25", bm25(texts)), ("dense", cosines(texts, embedder))):
        found.append((f"{label}, question alone", ranked(dataset, scores, lambda query: query.text)))
        if any(query.context for query in dataset.queries):
            found.append((f"{label}, turns joined", ranked(dataset, scores, joined)))
    return found


def stages(dataset: Dataset, embedder: Embedder, reranker: Reranker | None) -> list[tuple[str, list[Ranking]]]:
    """Rank with Frontdesk's search, one stage after the other switched on."""
    with TicketStore(":memory:") as store:
        store.upsert(dataset.corpus)
        index = index_in_memory(store, embedder)[0]
        alone = Retriever(store, index, embedder, products=Products({}, {}))
        whole, read = Retriever(store, index, embedder), Retriever(store, index, embedder, reranker=reranker)
        return [
            ("1 keyword (FTS5)", rank_all(alone, dataset, "keyword", True)),
            ("2 dense, problem + solution", rank_all(alone, dataset, "dense", True)),
            ("3 both fused, turns left out", rank_all(alone, dataset, "hybrid", False)),
            ("4 both fused, with the turns", rank_all(alone, dataset, "hybrid", True)),
            ("5 + products named before", rank_all(whole, dataset, "hybrid", True)),
            ("6 + reranker", rank_all(read, dataset, "hybrid", True)),
        ]


def whole_text(ticket: Ticket) -> str:
    """Return all that a ticket says."""
    return "\n".join(part for part in (ticket.product, ticket.subject, ticket.question, ticket.answer) if part)


def joined(query: Query) -> str:
    """Return the question with the turns before it."""
    return "\n".join([*query.context, query.text])


def bm25(texts: Sequence[str]) -> Scores:
    """Return the scores of all texts for a question, by bm25s with its defaults."""
    import bm25s

    engine = bm25s.BM25()
    engine.index(bm25s.tokenize(list(texts), show_progress=False), show_progress=False)

    def scores(question: str) -> Any:
        words = bm25s.tokenize(question, show_progress=False, return_ids=False)[0]
        return engine.get_scores(words) if words else np.zeros(len(texts))

    return scores


def cosines(texts: Sequence[str], embedder: Embedder) -> Scores:
    """Return the cosine of all texts with a question."""
    rows = embedder.embed(texts)
    return lambda question: rows @ embedder.embed([question])[0]


def ranked(dataset: Dataset, scores: Scores, text: Callable[[Query], str]) -> list[Ranking]:
    """Rank all documents by their scores."""
    rankings = []
    for query in dataset.queries:
        started = time.perf_counter()
        values = scores(text(query))
        order = np.argsort(-values, kind="stable")[:TOP_K]
        took = (time.perf_counter() - started) * 1000
        found = [dataset.corpus[at].id for at in order]
        rankings.append(Ranking(query.id, found, float(values[order[0]]), took))
    return rankings


def shown(figure: object) -> str:
    """Return a figure with three digits, or a dash."""
    return f"{figure:.3f}" if isinstance(figure, float) else "-" if figure is None else str(figure)


if __name__ == "__main__":
    main()
