"""Searches every collection with the product's own hybrid search and writes the candidates of each query.

Run: python -m benchmarks.reranker.mine FOLDER. Needs no torch. One JSON line per query goes to ``train.jsonl`` or
``held_out.jsonl``: what the reranker reads of it, and of each candidate the text, whether it is right, and the figures
of the search. Queries whose right ticket is not among the candidates teach nothing and are left out of the training.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.reranker.dialogues import faqs, own_questions, same_problems, subjects
from benchmarks.reranker.sources import SOURCES, Asked, Collection, TestTexts, intents
from retrieval.embedder import PACKAGED, load_embedder
from retrieval.importers import import_tickets
from retrieval.index import index_in_memory
from retrieval.reranking.reading import read
from retrieval.retriever import Retriever
from retrieval.store import TicketStore
from retrieval.tickets import Hit, Ticket

ROOT = Path(__file__).resolve().parents[2]
SEED = 7
CANDIDATES = 24
# Samples of past questions beyond the first: their lists are short and cost little.
MORE_INTENTS = 2
# What the digest of earlier turns is made from in use: the candidates that are reranked.
SHOWN = 16
LIMITS = {"passages": 1900, "answers": 1600, "policies": 700, "chats": 500, "intents": 1100}


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    out = parser.parse_args().folder
    out.mkdir(parents=True, exist_ok=True)
    with (out / "train.jsonl").open("w") as train, (out / "held_out.jsonl").open("w") as held_out:
        for collection in collections(public_folder(), random.Random(SEED)):
            counts = [0, 0]
            for query, row in mined(collection):
                counts[query.held_out] += 1
                print(json.dumps(row), file=held_out if query.held_out else train)
            print(f"{collection.name}: {len(collection.tickets)} tickets, {counts} queries", flush=True)
            train.flush()
            held_out.flush()


def public_folder() -> Path:
    """Return the folder of public data."""
    return Path(os.environ.get("FRONTDESK_DATA", ROOT.parent / "shared" / "data"))


def demo_tickets() -> list[Ticket]:
    """Return the demo shop's tickets as an import makes them."""
    with TicketStore(":memory:") as store:
        for path in sorted((ROOT / "training_data" / "tickets").glob("*.jsonl")):
            import_tickets(path, store, form="jsonl", mapping={}, secret="mining")
        return list(store.tickets())


def collections(folder: Path, picked: random.Random) -> Iterator[Collection]:
    """Yield every collection without what test sets hold."""
    tests = TestTexts(folder)
    own = demo_tickets()
    yield own_questions(ROOT, own)
    yield same_problems(own)
    yield subjects(own)
    yield _limited(intents(folder, picked), picked)
    for _ in range(MORE_INTENTS):
        more = intents(folder, picked, "more_intents")
        more.queries = [query for query in more.queries if not query.held_out]
        yield more
    with tempfile.TemporaryDirectory() as cache:
        embedder = load_embedder(PACKAGED, Path(cache), threads=2)
        yield faqs(folder / "generator", picked, tests, embedder)
    for source in SOURCES:
        found = source(folder / "generator", picked)
        if found.name != "turns":
            found.tickets = [ticket for ticket in found.tickets if not tests.hold(ticket)]
        yield _limited(found, picked)


def _limited(collection: Collection, picked: random.Random) -> Collection:
    limit = LIMITS.get(collection.name)
    if limit and len(collection.queries) > limit:
        collection.queries = picked.sample(collection.queries, limit)
    return collection


def mined(collection: Collection) -> Iterator[tuple[Asked, dict[str, Any]]]:
    """Yield the queries with their candidates."""
    with TicketStore(":memory:") as store, tempfile.TemporaryDirectory() as cache:
        store.upsert(collection.tickets)
        embedder = load_embedder(PACKAGED, Path(cache), threads=2)
        retriever = Retriever(store, index_in_memory(store, embedder)[0], embedder)
        for query in collection.queries:
            hits = retriever.search(query.text, CANDIDATES * 2, context=query.context)
            hits = [hit for hit in hits if hit.ticket.id not in query.ignored]
            chosen = hits[:CANDIDATES] + [hit for hit in hits[CANDIDATES:] if hit.ticket.id in query.right]
            known = any(hit.ticket.id in query.right for hit in chosen)
            if chosen and (known or query.held_out):
                yield query, row_of(collection.name, query, chosen)


def row_of(name: str, query: Asked, hits: Sequence[Hit]) -> dict[str, Any]:
    """Return what is written of one query."""
    shown = read(query.text, query.context, [hit.ticket for hit in hits[:SHOWN]])
    rest = read(f"{query.text}", (), [hit.ticket for hit in hits[SHOWN:]])
    texts = [*shown.tickets, *rest.tickets]
    return {
        "set": name,
        "question": shown.question,
        "digest": shown.digest,
        "right_known": len(query.right),
        "candidates": [
            {
                "text": text,
                "right": hit.ticket.id in query.right,
                "figures": [hit.score, hit.dense, hit.match.problem, hit.match.solution, hit.keyword],
            }
            for text, hit in zip(texts, hits, strict=True)
        ],
    }


if __name__ == "__main__":
    main()
