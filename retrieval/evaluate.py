"""Measures the retriever on an evaluation set, with the same store, index and search that serve customers.

Everything is held in memory and nothing is trained or tuned here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval import metrics
from retrieval.dataset import Dataset, load_dataset
from retrieval.embedder import Embedder
from retrieval.index import index_in_memory
from retrieval.reranker import Reranker
from retrieval.retriever import Mode, Retriever
from retrieval.store import TicketStore

TOP_K = 10
CUTS = (1, 5, 10)

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Ranking:
    """What the retriever answered to one query; ``score`` is that of the first hit, 0 without one."""

    query_id: str
    ranked: list[str]
    score: float
    milliseconds: float


def evaluate_folder(
    folder: Path,
    embedder: Embedder,
    reranker: Reranker | None = None,
    *,
    mode: Mode = "hybrid",
    use_context: bool = True,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Index a folder in BEIR form in memory, ask all its queries and return the measures.

    Args:
        folder: holds ``corpus.jsonl``, ``queries.jsonl`` and ``qrels.tsv``.
        embedder: embeds documents and queries; not used by the keyword search.
        reranker: reads the first hits of the hybrid search again, if given.
        mode: which search is measured.
        use_context: whether earlier turns of a query are given to the search.
        progress: gets the number of documents embedded so far.

    Raises:
        DatasetInvalid: the folder is not of the documented form.
    """
    dataset = load_dataset(folder)
    with TicketStore(":memory:") as store:
        store.upsert(dataset.corpus)
        index = None if mode == "keyword" else index_in_memory(store, embedder, progress)[0]
        rankings = rank_all(Retriever(store, index, embedder, reranker=reranker), dataset, mode, use_context)
    names = {"dataset": dataset.name, "sha256": dataset.sha256, "mode": mode, "embedder": embedder.name}
    names["reranker"] = reranker.name if reranker and mode == "hybrid" else "off"
    return names | {"documents": len(dataset.corpus)} | measure(rankings, dataset.qrels)


def rank_all(retriever: Retriever, dataset: Dataset, mode: Mode, use_context: bool) -> list[Ranking]:
    """Ask every query, one after the other, and time each."""
    first = dataset.queries[0]
    # The first search loads lazily what later ones find ready.
    retriever.search(first.text, TOP_K, mode)
    rankings = []
    for query in dataset.queries:
        started = time.perf_counter()
        hits = retriever.search(query.text, TOP_K, mode, query.context if use_context else ())
        took = (time.perf_counter() - started) * 1000
        # A hit that stands for others with the same answer shows theirs too.
        ranked = [key for hit in hits for key in (hit.ticket.id, *hit.duplicates)]
        rankings.append(Ranking(query.id, ranked, hits[0].score if hits else 0.0, took))
    return rankings


def measure(rankings: list[Ranking], qrels: dict[str, frozenset[str]]) -> dict[str, Any]:
    """Return ranking measures over the queries that have relevant documents, and latency over all.

    ``auroc`` tells how well the score of the first hit separates queries with relevant documents from those without.
    """
    answerable = [ranking for ranking in rankings if ranking.query_id in qrels]
    others = [ranking.score for ranking in rankings if ranking.query_id not in qrels]
    pairs = [(ranking.ranked, qrels[ranking.query_id]) for ranking in answerable]
    times = [ranking.milliseconds for ranking in rankings]
    found: dict[str, Any] = {"queries": len(rankings), "answerable": len(answerable)}
    found |= {f"hit@{k}": metrics.mean([metrics.hit_at(*pair, k) for pair in pairs]) for k in CUTS}
    found |= {f"recall@{k}": metrics.mean([metrics.recall_at(*pair, k) for pair in pairs]) for k in CUTS}
    found[f"mrr@{TOP_K}"] = metrics.mean([metrics.reciprocal_rank(*pair, TOP_K) for pair in pairs])
    found[f"ndcg@{TOP_K}"] = metrics.mean([metrics.ndcg_at(*pair, TOP_K) for pair in pairs])
    found["auroc"] = metrics.auroc([ranking.score for ranking in answerable], others)
    found["latency_ms_p50"], found["latency_ms_p95"] = (metrics.percentile(times, share) for share in (0.5, 0.95))
    return found
