"""The question sets that search is measured on: three public ones in BEIR form, and the demo team's own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from retrieval.dataset import Dataset, Query, load_dataset
from retrieval.importers import import_tickets
from retrieval.store import TicketStore

ROOT = Path(__file__).resolve().parent.parent.parent
PUBLIC = ("dstc11_faq", "mtrag_un_half", "hint3_sofmattress")


def data_folder() -> Path:
    """Return the folder of public data, or stop with a remedy when it is not there."""
    root = Path(os.environ.get("FRONTDESK_DATA", ROOT.parent / "shared" / "data"))
    if not (root / "retrieval").is_dir():
        raise SystemExit(f"{root} has no folder retrieval: set FRONTDESK_DATA to the folder of public data.")
    return root


def public_sets() -> list[Dataset]:
    """Return the public sets."""
    return [load_dataset(data_folder() / "retrieval" / name) for name in PUBLIC]


def own_set(split: str) -> Dataset:
    """Return the demo tickets that are in force, with the questions of one split; turns before them are context."""
    with TicketStore(":memory:") as store:
        for path in sorted((ROOT / "training_data" / "tickets").glob("*.jsonl")):
            import_tickets(path, store, form="jsonl", mapping={}, secret="benchmark")
        corpus = [ticket for ticket in store.tickets() if ticket.superseded_by is None]
    queries, qrels = [], {}
    for key, row in own_questions(split):
        queries.append(Query(key, row["question"], tuple(turn["text"] for turn in row.get("context", ()))))
        if row["answerable"]:
            qrels[key] = frozenset(row["tickets"])
    return Dataset(f"own_{split}", corpus, queries, qrels, "")


def own_questions(split: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the demo team's questions of one split, as they were written, under the ids that ``own_set`` gives them."""
    for path in sorted((ROOT / "training_data" / "questions").glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            row = json.loads(line)
            if row["split"] == split:
                yield f"{path.stem}-{number}", row
