"""Measures what the reranker adds to the search on public question sets, and what it costs.

Run: python -m benchmarks.reranker.measure [FOLDER ...] [--candidates 16]. Folders are in BEIR form and default to the
sets under FRONTDESK_DATA/retrieval. Every search is timed in the same run: a reranked row shows the time of the
reranker alone, to be added to that of the hybrid search.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from benchmarks.machine import describe
from benchmarks.reranker.mine import public_folder
from retrieval import metrics
from retrieval.dataset import Dataset, load_dataset
from retrieval.embedder import PACKAGED as EMBEDDER
from retrieval.embedder import load_embedder
from retrieval.index import index_in_memory
from retrieval.reranker import CANDIDATES, PACKAGED, Reranker, load_reranker
from retrieval.reranking.blending import rerank
from retrieval.retriever import Mode, Retriever
from retrieval.store import TicketStore

TOP_K = 30
SEARCHES: tuple[Mode, ...] = ("keyword", "dense", "hybrid")
COLUMNS = ("hit@1", "mrr@10", "ndcg@10", "ms p50", "ms p95")


def main() -> None:
    """Print one Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--candidates", type=int, default=CANDIDATES)
    parser.add_argument("--reranker", default=PACKAGED)
    options = parser.parse_args()
    folders = options.folders or sorted(path for path in (public_folder() / "retrieval").iterdir() if path.is_dir())
    print(describe())
    print(f"| set | search | {' | '.join(COLUMNS)} |\n|{'---|' * (len(COLUMNS) + 2)}")
    with tempfile.TemporaryDirectory() as cache:
        reranker = load_reranker(options.reranker, Path(cache), threads=2)
        assert reranker is not None
        for folder in folders:
            for name, figures in measured(load_dataset(folder), Path(cache), reranker, options.candidates).items():
                print(f"| {folder.name} | {name} | {' | '.join(f'{value:.3f}' for value in figures)} |", flush=True)


def measured(dataset: Dataset, cache: Path, reranker: Reranker, candidates: int) -> dict[str, list[float]]:
    """Return the figures of each search."""
    embedder = load_embedder(EMBEDDER, cache, threads=2)
    rankings: dict[str, list[tuple[Sequence[str], str]]] = defaultdict(list)
    times: dict[str, list[float]] = defaultdict(list)
    with TicketStore(":memory:") as store:
        store.upsert(dataset.corpus)
        retriever = Retriever(store, index_in_memory(store, embedder)[0], embedder)
        for query in (query for query in dataset.queries if query.id in dataset.qrels):
            for mode in SEARCHES:
                began = time.perf_counter()
                hits = retriever.search(query.text, TOP_K, mode, context=query.context)
                times[mode].append(time.perf_counter() - began)
                rankings[mode].append(([hit.ticket.id for hit in hits], query.id))
            began = time.perf_counter()
            judged = rerank(reranker, query.text, query.context, hits, candidates)
            times["hybrid + reranker"].append(time.perf_counter() - began)
            alone = sorted(judged, key=lambda one: -math.inf if one.logit is None else one.logit, reverse=True)
            for name, order in (("network alone", alone), ("hybrid + reranker", judged)):
                rankings[name].append(([one.hit.ticket.id for one in order], query.id))
    return {name: _figures(dataset, rankings[name], times.get(name, times["hybrid + reranker"])) for name in rankings}


def _figures(dataset: Dataset, rankings: Sequence[tuple[Sequence[str], str]], times: Sequence[float]) -> list[float]:
    pairs = [(ranked, dataset.qrels[key]) for ranked, key in rankings]
    found = [metrics.mean([metrics.hit_at(*pair, 1) for pair in pairs])]
    found.append(metrics.mean([metrics.reciprocal_rank(*pair, 10) for pair in pairs]))
    found.append(metrics.mean([metrics.ndcg_at(*pair, 10) for pair in pairs]))
    return found + [1000 * metrics.percentile(times, share) for share in (0.5, 0.95)]


if __name__ == "__main__":
    main()
