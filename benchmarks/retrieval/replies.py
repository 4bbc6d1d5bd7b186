"""Measures how well a message finds its true reply among 100 candidates, by BM25, dense search, both, and the reranker.

Run: python -m benchmarks.retrieval.replies. Data: FRONTDESK_DATA/airlines_reply_ranking, 1,000 airline messages, each
with 100 replies of which the first is the true one. They measure only: nothing is trained or tuned on them. Every
distinct reply is a ticket without an answer of its own; a search may find only the candidates of its message. Replies
are stored in a shuffled order, as equal scores keep it and the true reply would profit from being first.
"""

from __future__ import annotations

import gzip
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import describe
from benchmarks.retrieval.quality import bm25, cosines
from benchmarks.retrieval.sets import data_folder
from retrieval.embedder import PACKAGED, Embedder, load_embedder
from retrieval.filters import Filters
from retrieval.index import index_in_memory
from retrieval.metrics import hit_at, mean, reciprocal_rank
from retrieval.reranker import Reranker, load_reranker
from retrieval.retriever import Mode, Retriever
from retrieval.store import TicketStore
from retrieval.tickets import Ticket

TOP_K = 10


@dataclass(frozen=True)
class Message:
    """A customer's message; ``candidates`` are places in the list of replies, ``true`` is one of them."""

    text: str
    candidates: frozenset[int]
    true: int


@dataclass(frozen=True)
class Only(Filters):
    """Lets a search find these rows and no others."""

    rows: frozenset[int] = frozenset()

    def allowed(self, store: TicketStore) -> list[int] | None:
        """Return the rows."""
        return sorted(self.rows)


def main() -> None:
    """Print one Markdown table."""
    print(describe())
    messages, replies = read(data_folder() / "airlines_reply_ranking" / "history_1000.jsonl.gz")
    print(f"{len(messages)} messages, {len(replies)} distinct replies")
    print("| ranked by | R@1 | R@10 | MRR@10 |\n|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        plain, embedder = (load_embedder(PACKAGED, Path(folder), 2, backend) for backend in ("onnx", "auto"))
        reranker = load_reranker("packaged", Path(folder), 2)
        for name, rankings in ranked(messages, replies, plain, embedder, reranker):
            pairs = list(zip(rankings, [[str(message.true)] for message in messages], strict=True))
            cuts = [mean([hit_at(*pair, k) for pair in pairs]) for k in (1, TOP_K)]
            mrr = mean([reciprocal_rank(*pair, TOP_K) for pair in pairs])
            print(f"| {name} | {' | '.join(f'{figure:.3f}' for figure in (*cuts, mrr))} |", flush=True)


def read(path: Path) -> tuple[list[Message], list[str]]:
    """Return the messages and all distinct replies, shuffled."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    replies = list(dict.fromkeys(text for row in rows for text in row["candidates"]))
    random.Random(1).shuffle(replies)
    at = {text: place for place, text in enumerate(replies)}
    messages = [
        Message(row["text"], frozenset(at[text] for text in row["candidates"]), at[row["candidates"][row["gold"]]])
        for row in rows
    ]
    return messages, replies


def ranked(
    messages: Sequence[Message], replies: Sequence[str], plain: Embedder, embedder: Embedder, reranker: Reranker | None
) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield each way of ranking with its ranking for each message."""
    yield "chance", [order(message, np.zeros(len(replies))) for message in messages]
    for name, scores in (("BM25 (bm25s)", bm25(replies)), ("dense (float32)", cosines(replies, plain))):
        yield name, [order(message, scores(message.text)) for message in messages]
    with TicketStore(":memory:") as store:
        store.upsert(Ticket(id=str(place), question=text) for place, text in enumerate(replies))
        index = index_in_memory(store, embedder)[0]
        ways: tuple[tuple[str, Mode, Reranker | None], ...] = (
            ("our keyword search (FTS5)", "keyword", None),
            ("our dense search (int8)", "dense", None),
            ("both fused", "hybrid", None),
            ("both fused + reranker on the first 8", "hybrid", reranker),
        )
        for name, mode, reader in ways:
            retriever = Retriever(store, index, embedder, reranker=reader)
            yield name, [found(retriever, message, mode) for message in messages]


def order(message: Message, scores: Any) -> list[str]:
    """Return the candidates by their scores, best first."""
    places = np.array(sorted(message.candidates))
    return [str(place) for place in places[np.argsort(-scores[places], kind="stable")][:TOP_K]]


def found(retriever: Retriever, message: Message, mode: Mode) -> list[str]:
    """Return the candidates that the search finds; a hit that stands for others with the same answer shows theirs."""
    # Row ids count from 1.
    rows = Only(rows=frozenset(place + 1 for place in message.candidates))
    hits = retriever.search(message.text, TOP_K, mode, filters=rows)
    return [key for hit in hits for key in (hit.ticket.id, *hit.duplicates)]


if __name__ == "__main__":
    main()
