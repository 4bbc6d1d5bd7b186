"""Collections whose queries are follow-ups: FAQs of hotels and restaurants named only earlier, and our own tickets.

The FAQ set gives no customer's question, so one is made: another house's FAQ on the same matter, its name taken out,
after real turns of booking dialogues into which the right house's name is put.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.reranker.sources import Asked, Collection, TestTexts, plain, rows, share
from retrieval.embedder import Embedder, Vectors
from retrieval.tickets import Ticket

NAMES = {"hotel": "hotel_name", "restaurant": "restaurant_name"}
QUESTIONS = 2600
# Two FAQs of different houses are on one matter from this cosine on; within one house the next must be farther.
SAME, TOO_SAME, APART = 0.78, 0.985, 0.06


def faqs(folder: Path, picked: random.Random, tests: TestTexts, embedder: Embedder) -> Collection:
    """FAQs of houses that no test set knows, with made follow-up questions and a few real spoken ones."""
    made = Collection("faqs")
    found = list(rows(folder / "dstc9_track1" / "faq_all.jsonl.gz"))
    kept: list[dict[str, str]] = []
    for row in found:
        key = f"{row['domain']}|{row['entity_id']}|{row['doc_id']}"
        ticket = Ticket(key, product=row["entity"] or None, question=row["question"], answer=row["answer"])
        if not tests.hold(ticket):
            made.tickets.append(ticket)
            kept.append(row)
    bare = [_without(row["question"], row["entity"], "it") for row in kept]
    vectors = embedder.embed(bare)
    contexts = _contexts(folder / "sgd" / "sgd_train.jsonl.gz")
    made.queries = _made_queries(kept, made.tickets, vectors, contexts, picked)
    made.queries += _spoken(folder / "dstc10_track2" / "val_context_evidence_reply.jsonl.gz", made.tickets)
    return made


def _made_queries(
    kept: list[dict[str, str]],
    tickets: list[Ticket],
    vectors: Vectors,
    contexts: dict[str, list[tuple[list[str], str]]],
    picked: random.Random,
) -> list[Asked]:
    houses: dict[str, list[int]] = defaultdict(list)
    for at, row in enumerate(kept):
        if row["entity"] and row["domain"] in NAMES:
            houses[f"{row['domain']}|{row['entity_id']}"].append(at)
    places = [at for own in houses.values() for at in own]
    made: list[Asked] = []
    picked.shuffle(places)
    for at in places:
        row = kept[at]
        own = houses[f"{row['domain']}|{row['entity_id']}"]
        other = _same_matter(at, kept, vectors, own, picked)
        if other is None:
            continue
        house = str(row["entity"])
        text = _without(kept[other]["question"], kept[other]["entity"], _pronoun(row["domain"], picked))
        context = _context(house, row["domain"], contexts, picked)
        if picked.random() < 0.15:
            text, context = _without(kept[other]["question"], kept[other]["entity"], house.title()), ()
        made.append(Asked(text, frozenset({tickets[at].id}), context, share(plain(house)) < 0.1))
        if len(made) >= QUESTIONS:
            break
    return made


def _same_matter(
    at: int, kept: list[dict[str, str]], vectors: Vectors, own: list[int], picked: random.Random
) -> int | None:
    """Return another house's FAQ that asks the same as this one, and is nearer to it than to this house's others."""
    near = vectors @ vectors[at]
    candidates = [
        int(other)
        for other in np.flatnonzero((near >= SAME) & (near < TOO_SAME))
        if kept[other]["entity"]
        and kept[other]["entity"] != kept[at]["entity"]
        and kept[other]["domain"] == kept[at]["domain"]
    ]
    picked.shuffle(candidates)
    for other in candidates[:6]:
        rivals = [float(vectors[other] @ vectors[rival]) for rival in own if rival != at]
        if max(rivals, default=0.0) < near[other] - APART:
            return other
    return None


def _without(question: str, house: str | None, word: str) -> str:
    if not house:
        return question
    found = re.sub(r"\b(the )?" + re.escape(house) + r"('s)?", word, question, flags=re.IGNORECASE)
    return found[:1].upper() + found[1:]


def _pronoun(domain: str, picked: random.Random) -> str:
    return picked.choice(("it", "they", "this place", f"the {domain}", f"this {domain}", "there"))


def _contexts(path: Path) -> dict[str, list[tuple[list[str], str]]]:
    """Return, by domain, turns of booking dialogues with the name that they mention."""
    found: dict[str, list[tuple[list[str], str]]] = defaultdict(list)
    for row in rows(path):
        for domain, slot in NAMES.items():
            names = {value for _, name, value in row["acts"] if name == slot and value}
            if len(names) == 1 and len(found[domain]) < 4000:
                found[domain].append(([*row["ctx"], row["reply"]], names.pop()))
    return found


def _context(
    house: str, domain: str, contexts: dict[str, list[tuple[list[str], str]]], picked: random.Random
) -> tuple[str, ...]:
    turns, name = picked.choice(contexts[domain])
    shown = house.title() if picked.random() < 0.7 else house.lower()
    turns = [re.sub(re.escape(name), shown, turn, flags=re.IGNORECASE) for turn in turns]
    before, after = picked.choice(contexts[picked.choice(list(NAMES))]), picked.random()
    if after < 0.3:
        turns = [*before[0][-2:], *turns]
    elif after < 0.5:
        turns += picked.choice((["Yes, please.", "Your booking was successful. Anything else?"], ["Thanks!"]))
    elif after < 0.65:
        turns += ["Do they have free wifi?", "Yes, they do. Is there anything else?"]
    return tuple(turns)


def _spoken(path: Path, tickets: list[Ticket]) -> list[Asked]:
    ids = {(plain(ticket.product or ""), plain(ticket.question)): ticket.id for ticket in tickets}
    made = []
    for row in rows(path):
        right = {ids.get((plain(one["entity"] or ""), plain(one["title"]))) for one in row["evidence"]} - {None}
        if right:
            turns = tuple(turn["text"] for turn in row["context"])
            made.append(Asked(turns[-1], frozenset(filter(None, right)), turns[:-1], True))
    return made


def own_questions(root: Path, tickets: list[Ticket]) -> Collection:
    """The demo shop's tickets with the questions of the split "training"; the others are never read."""
    made = Collection("own", tickets)
    successor = {ticket.id: ticket.superseded_by for ticket in tickets if ticket.superseded_by}
    for path in sorted((root / "training_data" / "questions").glob("*.jsonl")):
        for row in map(json.loads, path.read_text().splitlines()):
            if row["split"] == "training" and row["answerable"] and row["tickets"]:
                replaced = frozenset(old for old, new in successor.items() if new in row["tickets"])
                held_out = share(row["question"]) < 0.3
                right = frozenset(row["tickets"])
                made.queries.append(Asked(row["question"], right, (), held_out, replaced - right))
    return made


def same_problems(tickets: list[Ticket]) -> Collection:
    """First messages of the demo shop's tickets; right is another ticket with a tag of its own in common."""
    made = Collection("same_problems", tickets)
    tags: dict[str, set[str]] = defaultdict(set)
    for ticket in tickets:
        for tag in ticket.tags:
            tags[tag].add(ticket.id)
    for ticket in tickets:
        right = {key for tag in ticket.tags if len(tags[tag]) <= 5 for key in tags[tag]} - {ticket.id}
        if right:
            near = {key for tag in ticket.tags for key in tags[tag]} - right
            made.queries.append(Asked(ticket.question, frozenset(right), (), False, frozenset(near | {ticket.id})))
    return made


def subjects(tickets: list[Ticket]) -> Collection:
    """The demo shop's tickets without their subject; the subject, short as a customer writes it, is the question."""
    made = Collection("subjects", [replace(ticket, subject="") for ticket in tickets])
    tags: dict[str, set[str]] = defaultdict(set)
    for ticket in tickets:
        for tag in ticket.tags:
            tags[tag].add(ticket.id)
    for ticket in tickets:
        near = frozenset(key for tag in ticket.tags for key in tags[tag]) - {ticket.id}
        if len(ticket.subject.split()) >= 3:
            made.queries.append(Asked(ticket.subject, frozenset({ticket.id}), (), False, near))
    return made
