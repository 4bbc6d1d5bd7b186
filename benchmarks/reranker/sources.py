"""Turns public sets and our own questions into collections: tickets, and queries with the tickets that answer them.

Each source has a licence that lets weights trained on it be shipped (named in the model card). Documents that also
occur in a test set are left out. Does not search.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retrieval.dataset import load_dataset
from retrieval.tickets import Ticket

TESTS = ("dstc11_faq", "mtrag_un_half", "hint3_sofmattress")
PLACES = ("it", "this place", "there", "they")
SHINGLE = 12


@dataclass(frozen=True)
class Asked:
    """A query with its earlier turns and the ids of the tickets that answer it; ``held_out`` ones are for choosing.

    ``ignored`` tickets are neither right nor wrong.
    """

    text: str
    right: frozenset[str]
    context: tuple[str, ...] = ()
    held_out: bool = False
    ignored: frozenset[str] = frozenset()


@dataclass
class Collection:
    """Tickets that are searched together, and queries over them."""

    name: str
    tickets: list[Ticket] = field(default_factory=list)
    queries: list[Asked] = field(default_factory=list)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Read a gzipped or plain JSONL file."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
    return (json.loads(line) for line in text.splitlines() if line.strip())


def share(key: str) -> float:
    """Return a number from 0 to 1 that depends on the text alone, to split by."""
    return int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF


def plain(text: str) -> str:
    """Return letters and digits in lower case, to compare texts by."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


class TestTexts:
    """The texts of the test sets, so that nothing of them is trained on."""

    def __init__(self, folder: Path) -> None:
        self.texts: set[str] = set()
        self.shingles: set[str] = set()
        self.entities: set[str] = set()
        for name in TESTS:
            data = load_dataset(folder / "retrieval" / name)
            for ticket in data.corpus:
                self.entities |= {plain(ticket.subject), plain(ticket.product or "")} - {""}
                for text in (ticket.question, ticket.answer):
                    self.texts.add(plain(text))
                    self.shingles |= _shingles(text)
            self.texts |= {plain(query.text) for query in data.queries}
        knowledge = json.loads(gzip.decompress((folder / "dstc11_track5" / "knowledge.json.gz").read_bytes()))
        for entities in knowledge.values():
            for entity in entities.values():
                self.entities |= {plain(entity.get("name") or "")} - {""}
                self.texts |= {plain(faq["answer"]) for faq in entity.get("faqs", {}).values()}

    def hold(self, ticket: Ticket) -> bool:
        """Tell whether a test set holds this ticket or a good part of it."""
        if {plain(ticket.subject), plain(ticket.product or "")} & self.entities:
            return True
        return any(
            plain(text) in self.texts or bool(_shingles(text) & self.shingles)
            for text in (ticket.question, ticket.answer)
            if text
        )


def _shingles(text: str) -> set[str]:
    found = plain(text).split()
    return {" ".join(found[at : at + SHINGLE]) for at in range(len(found) - SHINGLE + 1)}


def passages(folder: Path, picked: random.Random) -> Collection:
    """Questions over encyclopaedia paragraphs, half of them as follow-ups of another question on the same page."""
    made = Collection("passages")
    pages: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for row in rows(folder / "qed_dev" / "dev.jsonl.gz"):
        pages[row["title"]].append((row["question"], row["evidence"], str((row.get("answers") or [""])[0])))
    for row in rows(folder / "xquad" / "en.jsonl.gz"):
        pages[row["title"].replace("_", " ")].append((row["question"], row["evidence"], _first(row)))
    for row in rows(folder / "clapnq_dev" / "answerable.jsonl.gz"):
        evidence = row["evidence"][0]
        pages[evidence["title"]].append((row["question"], evidence["text"], _first(row)))
    for question, passage in _prompts(folder / "p3_subset"):
        pages[passage[:40]].append((question, passage, ""))
    ids: dict[str, str] = {}
    for title, asked in pages.items():
        for _, passage, _ in asked:
            if passage not in ids:
                ids[passage] = f"p{len(ids)}"
                subject = title if picked.random() < 0.3 and title != passage[:40] else ""
                made.tickets.append(Ticket(ids[passage], subject=subject, question=passage))
        for question, passage, _ in asked:
            others = [other for other in asked if other[0] != question]
            context: tuple[str, ...] = ()
            if others and picked.random() < 0.5:
                before = picked.choice(others)
                context = tuple(part for part in (before[0], before[2]) if part)
                question = _pronoun(question, title, picked)
            elif picked.random() < 0.25:
                stray = picked.choice(picked.choice(list(pages.values())))
                context = (stray[0], stray[2] or "Yes.")
            made.queries.append(Asked(question, frozenset({ids[passage]}), context, share(title) < 0.08))
    return made


def _first(row: dict[str, Any]) -> str:
    answer = (row.get("answers") or [""])[0]
    return str(answer.get("text", answer.get("answer", "")) if isinstance(answer, dict) else answer)


def _pronoun(question: str, title: str, picked: random.Random) -> str:
    named = re.compile(re.escape(title), re.IGNORECASE)
    return named.sub(picked.choice(("it", "that", "this")), question)


def _prompts(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield question and passage of the prompts whose template keeps both apart."""
    forms = {
        "adversarial_qa": r'Question: "(?P<q>.+?)"\s+Context: "(?P<p>.+?)"\s+Answer:',
        "quoref": r"Given the following context:\s+(?P<p>.+?)\s+answer the following question:\s+(?P<q>.+?)\s*$",
    }
    for name, form in forms.items():
        for row in rows(folder / f"{name}.jsonl.gz"):
            if found := re.search(form, row["prompt"], re.DOTALL):
                yield found["q"], found["p"]


def answers(folder: Path, picked: random.Random) -> Collection:
    """Questions of experts' forums with the answer alone, each forum's in turn."""
    made = Collection("answers")
    for forum in ("technology", "lifestyle", "recreation", "writing", "science", "fiqa"):
        found = list(rows(folder / "lfrqa" / f"{forum}.jsonl.gz"))
        for row in picked.sample(found, 350):
            key = f"{forum}-{row['id']}"
            made.tickets.append(Ticket(key, question=row["answer"]))
            made.queries.append(Asked(row["question"], frozenset({key}), (), share(key) < 0.08))
    return made


def policies(folder: Path, picked: random.Random) -> Collection:
    """Questions on the privacy policies of companies; the company is named in an earlier turn, or in the question."""
    made = Collection("policies")
    ids: dict[tuple[str, str], str] = {}
    right: dict[tuple[str, str], set[str]] = defaultdict(set)
    for name in ("dev", "test"):
        for row in rows(folder / "policyqa" / f"{name}.jsonl.gz"):
            place = (row["title"], row["evidence"])
            if place not in ids:
                ids[place] = f"y{len(ids)}"
                made.tickets.append(Ticket(ids[place], subject=row["title"], question=row["evidence"]))
            right[row["title"], row["question"]].add(ids[place])
    for (title, question), found in right.items():
        company = title.split(".")[0]
        if picked.random() < 0.6:
            context = (f"I have a question about {company}.", "Sure, what would you like to know?")
            made.queries.append(Asked(question, frozenset(found), context, share(title) < 0.08))
        else:
            made.queries.append(Asked(f"{question} ({company})", frozenset(found), (), share(title) < 0.08))
    return made


def intents(folder: Path, picked: random.Random, name: str = "intents") -> Collection:
    """Past questions of a bank and a shop; right is any of the same intent. Whole intents are held out."""
    groups: dict[str, list[str]] = defaultdict(list)
    for row in _csv(folder / "banking77" / "train.csv.gz"):
        groups[f"bank-{row['category']}"].append(row["text"])
    for row in _csv(folder / "bitext_utterances" / "8k_utterances.csv.gz"):
        groups[f"shop-{row['intent']}"].append(row["utterance"])
    made = Collection(name)
    for intent, found in groups.items():
        held_out = share(intent) < 0.2
        chosen = picked.sample(sorted(set(found)), min(24, len(set(found))))
        keys = [f"{intent}-{at}" for at in range(len(chosen))]
        cut = 12 if held_out else picked.choice((2, 5, 10))
        made.tickets += [Ticket(key, question=text) for key, text in zip(keys[:cut], chosen[:cut], strict=True)]
        queries = chosen[cut : cut + 12]
        made.queries += [Asked(text, frozenset(keys[:cut]), (), held_out) for text in queries]
    return made


def _csv(path: Path) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode("utf-8-sig")))


def chats(folder: Path, picked: random.Random) -> Collection:
    """First message and first reply of a technical help channel, both of some length."""
    made = Collection("chats")
    for at, row in enumerate(rows(folder / "irc_support" / "conversations.jsonl.gz")):
        turns = row["turns"]
        if len(turns) < 2 or turns[0]["role"] != "asker" or turns[1]["role"] == "asker":
            continue
        asked, reply = turns[0]["text"], turns[1]["text"]
        if 8 <= len(asked.split()) <= 60 and 10 <= len(reply.split()) <= 80:
            made.tickets.append(Ticket(f"c{at}", question=reply))
            made.queries.append(Asked(asked, frozenset({f"c{at}"}), (), share(f"c{at}") < 0.08))
    return made


def turns(folder: Path, picked: random.Random) -> Collection:
    """Real questions of several turns over passages; for choosing only, as the test set has the same origin."""
    made = Collection("turns")
    known: dict[str, str] = {}
    for row in rows(folder / "mtrag_human_subset" / "gen.jsonl.gz"):
        for found in row["evidence"]:
            known.setdefault(found["id"], found["text"])
        if row["meta"]["Answerability"][0] in ("ANSWERABLE", "PARTIAL") and row["evidence"]:
            right = frozenset(found["id"] for found in row["evidence"])
            context = tuple(turn["text"] for turn in row["context"][:-1])
            made.queries.append(Asked(row["context"][-1]["text"], right, context, True))
    for name in ("answerable", "unanswerable"):
        for row in rows(folder / "clapnq_dev" / f"{name}.jsonl.gz"):
            known.setdefault(str(row["id"]), row["evidence"][0]["text"])
    made.tickets = [Ticket(key, question=text) for key, text in known.items()]
    return made


Source = Callable[[Path, random.Random], Collection]
SOURCES: tuple[Source, ...] = (passages, answers, policies, chats, turns)
