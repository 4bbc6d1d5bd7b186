"""The questions that generators are measured on, with the evidence that each gets and the reference answer."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.calibrate_answers import opened, questions
from bot.answering.confidence import load_confidence
from bot.answering.evidence import Evidence, agreeing
from bot.answering.extractive import ExtractiveComposer
from bot.answering.ladder import Ladder, followed_turn, is_near
from bot.answering.opening import embedder_of
from bot.answering.reading import Reader
from bot.answering.sentences import split
from bot.settings import load_settings
from retrieval.store import TicketStore
from retrieval.tickets import Hit, Ticket


@dataclass(frozen=True)
class Item:
    """One question; ``reference`` is empty where the evidence has no answer."""

    question: str
    evidence: tuple[Evidence, ...]
    reference: str


def own(split_name: str, reader: Reader) -> list[Item]:
    """Return the demo shop's questions of a split with what the search finds; not every right ticket is among it."""
    settings = load_settings()
    with TemporaryDirectory() as folder, TicketStore(Path(folder) / "tickets.db") as store:
        ladder = Ladder(
            opened(store, embedder_of(settings), settings), reader, ExtractiveComposer(reader), load_confidence()
        )
        found = []
        for asked in (question for question in questions() if question.split == split_name):
            read = agreeing([one.evidence for one in ladder.readings(asked.question, asked.context)])
            near = tuple(item for item in read if is_near(item, read[0]))
            has_answer = any(item.ticket.id in asked.tickets for item in near)
            text = f"{followed_turn(asked.question, asked.context)} {asked.question}".strip()
            found.append(Item(text, near, asked.answer if has_answer else ""))
        return found


def dstc11(data: Path, count: int, seed: int = 7) -> list[Item]:
    """Return turns about hotels and restaurants with the FAQ answers and guests' sentences that the reply rests on."""
    folder = data / "dstc11_track5"
    logs, labels, known = (_read(folder / f"{name}.json.gz") for name in ("val_logs", "val_labels", "knowledge"))
    places = [at for at, label in enumerate(labels) if label["target"]]
    random.Random(seed).shuffle(places)
    found = []
    for at in sorted(places[:count]):
        told = [_snippet(known, one) for one in labels[at]["knowledge"]]
        evidence = tuple(evidence_from(text, f"K-{row}") for row, text in enumerate(dict.fromkeys(told)))
        found.append(Item(logs[at][-1]["text"], evidence, labels[at]["response"]))
    return found


def _snippet(known: Any, one: Any) -> str:
    house = known[one["domain"]][str(one["entity_id"])]
    if one["doc_type"] == "faq":
        return str(house["faqs"][str(one["doc_id"])]["answer"])
    return str(house["reviews"][str(one["doc_id"])]["sentences"][str(one["sent_id"])])


def mtrag(data: Path) -> list[Item]:
    """Return the last turns of conversations with the passages that were found; questions back have no reference."""
    found = []
    with gzip.open(data / "mtrag_un" / "reference_half.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["answerability"][0] not in ("ANSWERABLE", "UNANSWERABLE"):
                continue
            asked = [turn["text"] for turn in row["input"] if turn["speaker"] == "user"]
            evidence = tuple(evidence_from(one["text"], one["document_id"]) for one in row["contexts"])
            reference = row["targets"][0]["text"] if row["answerability"][0] == "ANSWERABLE" else ""
            found.append(Item(" ".join(asked[-2:]), tuple(item for item in evidence if item.sentences), reference))
    return found


def evidence_from(text: str, name: str) -> Evidence:
    """Return a text as the evidence that a ticket with this answer would give."""
    parts = tuple(part for part in split(text) if len(part) > 2)
    return Evidence(Hit(Ticket(name, answer=text), 1.0, 0.0, 0.0), parts, text)


def _read(path: Path) -> Any:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return json.load(file)
