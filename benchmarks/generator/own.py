"""Writes what the ladder reads for each question of training_data/questions, for training and for measuring.

Run: python -m benchmarks.generator.own OUT.jsonl. A row holds the question, its split, the reference answer, whether
it is answerable, the passages that the generator would read (found by the search), the same with the right tickets
first (given), and the best ticket's answer (best). Works in a temporary folder, touches no installation.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.calibrate_answers import opened, questions
from bot.answering import evaluate
from bot.answering.confidence import load_confidence
from bot.answering.evidence import Evidence, agreeing
from bot.answering.extractive import ExtractiveComposer
from bot.answering.ladder import Ladder, followed_turn, is_near
from bot.answering.opening import embedder_of
from bot.answering.reading import Reader
from bot.answering.small.selection import selected
from bot.settings import load_settings
from retrieval.store import TicketStore
from retrieval.tickets import Ticket

SAME = 0.06  # cosine below the best sentence's at which another one still belongs to a ticket's short answer
MOST = 2  # sentences of it
LONGEST = 300  # characters of a ticket's problem


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder, TicketStore(Path(folder) / "tickets.db") as store:
        settings = load_settings()
        embedder = embedder_of(settings)
        reader = Reader(embedder)
        ladder = Ladder(opened(store, embedder, settings), reader, ExtractiveComposer(reader), load_confidence())
        with out.open("w", encoding="utf-8") as file:
            for question in questions():
                file.write(json.dumps(row_of(question, ladder, reader), ensure_ascii=False) + "\n")
            for ticket in tqdm(list(store.tickets()), unit="ticket"):
                if row := row_of_ticket(ticket, ladder, reader):
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")


def row_of(question: evaluate.Question, ladder: Ladder, reader: Reader) -> dict[str, Any]:
    """Return one row."""
    asked = f"{followed_turn(question.question, question.context)} {question.question}".strip()
    readings = ladder.readings(question.question, question.context)
    found = agreeing([reading.evidence for reading in readings])
    right = [item for item in found if item.ticket.id in question.tickets]
    near = [item for item in found if is_near(item, found[0])] if found else []
    given = [*right, *(item for item in near if item not in right)] if right else []
    best = found[0] if found else None
    return {
        "question": asked,
        "split": question.split,
        "answerable": question.answerable,
        "answer": question.answer or "",
        "found": selected(asked, near, reader) if near else [],
        "given": selected(asked, given, reader) if given else [],
        "best": said(best) if best else "",
        "best_right": bool(best and best.ticket.id in question.tickets),
        "alone": bool(best and best.alone),
    }


def row_of_ticket(ticket: Ticket, ladder: Ladder, reader: Reader) -> dict[str, Any] | None:
    """Return a ticket's problem and what of its own answer comes nearest to it, to learn choosing from."""
    found = agreeing([reading.evidence for reading in ladder.readings(ticket.problem_text)])
    own = next((item for item in found if item.ticket.id == ticket.id), None)
    if own is None:
        return None
    vectors = reader.vectors([ticket.problem_text, *own.sentences])
    near = vectors[1:] @ vectors[0]
    best = [text for text, score in zip(own.sentences, near, strict=True) if score >= max(near) - SAME][:MOST]
    given = selected(ticket.problem_text, [own, *(item for item in found if item is not own)], reader)
    return {
        "question": ticket.problem_text[:LONGEST],
        "split": "tickets",
        "answerable": True,
        "answer": " ".join(best),
        "given": given,
    }


def said(item: Evidence) -> str:
    """Return what the ticket rung would send: the whole answer if it stands alone, else its general sentences."""
    return item.alone or " ".join(item.sentences)


if __name__ == "__main__":
    main()
