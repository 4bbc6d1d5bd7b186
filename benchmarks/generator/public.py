"""Rows made from public data whose licences allow trained weights to be shipped (named in the model's card).

The folder is ``FRONTDESK_DATA``/generator; see its README for sources and licences.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.generator.rows import mixed, spoken
from bot.answering.sentences import split, words
from bot.answering.training.rows import Row

TELLING = frozenset(("INFORM", "OFFER", "NOTIFY_SUCCESS", "INFORM_COUNT", "CONFIRM"))
HELD_OUT_REPLIES = 400  # of dstc9_track1's test part, never trained on
LONGEST = 9  # sentences of one reading


def read(path: Path) -> Iterator[Any]:
    """Yield the rows of a gzipped JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


class Public:
    """The public sets, read once; each method yields fresh rows."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.picked = random.Random(seed)
        self.by_entity: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        for row in read(folder / "dstc9_track1/faq_all.jsonl.gz"):
            self.by_entity[row["domain"], (row["entity"] or "").lower()].append((row["question"], row["answer"]))

    def replies(self, *, held_out: bool = False) -> list[Row]:
        """Return FAQ to human reply; the FAQ's title stands for the question, other FAQs of the house distract."""
        rows = [
            row
            for part in ("val", "test")
            for row in read(self.folder / f"dstc9_track1/{part}_evidence_reply.jsonl.gz")
        ]
        kept = rows[-HELD_OUT_REPLIES:] if held_out else rows[:-HELD_OUT_REPLIES]
        return [row for row in map(self._reply, kept) if row is not None]

    def _reply(self, row: Any) -> Row | None:
        found, answer = row["evidence"][0], spoken(row["reply"])
        if len(words(answer)) < 4 or row["source"] == "sf_spoken":  # what people say aloud is no model of writing
            return None
        others = self._others(found["domain"], found["entity"] or "", found["title"], self.picked.randint(0, 4))
        told = found["body"] if self.picked.random() < 0.7 else f"{found['title']} {found['body']}"
        return Row(found["title"], mixed(self.picked, [told, *others], 2), answer, "replies")

    def selections(self, count: int) -> Iterator[Row]:
        """Yield FAQ to its own answer among others of the house, or to none of them."""
        houses = [house for house, faqs in self.by_entity.items() if len(faqs) > 3]
        for _ in range(count):
            house = self.picked.choice(houses)
            question, answer = self.picked.choice(self.by_entity[house])
            others = self._others(*house, question, self.picked.randint(2, 6))
            if self.picked.random() < 0.3:
                yield Row(question, mixed(self.picked, others, 2), "", "FAQ without answer")
            else:
                yield Row(question, mixed(self.picked, [answer, *others], 2), answer, "FAQ")

    def _others(self, domain: str, entity: str, question: str, count: int) -> list[str]:
        faqs = [answer for title, answer in self.by_entity[domain, entity.lower()] if title != question]
        return self.picked.sample(faqs, min(count, len(faqs)))

    def services(self, share: float = 1.0) -> Iterator[Row]:
        """Yield what a service knows, slot by slot, to the agent's words (SGD); only sentences that tell something."""
        for row in read(self.folder / "sgd/sgd_train.jsonl.gz"):
            told = [(slot, value) for act, slot, value in row["acts"] if act in TELLING and slot and value]
            answer = spoken(row["reply"])
            if not told or not row["ctx"] or len(words(answer)) < 5 or self.picked.random() > share:
                continue
            noise = [pair for result in row["results"][:1] for pair in result.items() if pair not in told]
            lines = [
                f"{slot.replace('_', ' ')}: {value}." for slot, value in [*told, *noise[: self.picked.randint(0, 3)]]
            ]
            yield Row(row["ctx"][-1], mixed(self.picked, lines, 4), answer, "services")

    def passages(self) -> Iterator[Row]:
        """Yield questions about longer texts: written answers, and sentences that hold a marked answer."""
        for row in read(self.folder / "clapnq_dev/answerable.jsonl.gz"):
            answer = spoken(str(row["answers"][0]))
            yield self._passage(row["question"], " ".join(one["text"] for one in row["evidence"]), answer, "passages")
        for row in read(self.folder / "clapnq_dev/unanswerable.jsonl.gz"):
            text = " ".join(one["text"] for one in row["evidence"])
            yield self._passage(row["question"], text, "", "passages without answer")
        for row in read(self.folder / "mtrag_human_subset/gen.jsonl.gz"):
            text, answer = " ".join(one["text"] for one in row["evidence"]), spoken(row["reply"])
            if row["meta"]["Answerability"] == ["ANSWERABLE"]:
                yield self._passage(row["context"][-1]["text"], text, answer, "passages")
        for name in ("policyqa/dev", "policyqa/test", "qed_dev/dev", "xquad/en"):
            for row in read(self.folder / f"{name}.jsonl.gz"):
                yield from self._marked(row)

    def _marked(self, row: Any) -> Iterator[Row]:
        span = str((row.get("answers") or [row.get("answer")])[0])
        holding = [sentence for sentence in split(row["evidence"]) if span in sentence]
        if len(holding) == 1 and 6 <= len(words(holding[0])) <= 45:
            yield self._passage(row["question"], row["evidence"], spoken(holding[0]), "marked")

    def _passage(self, question: str, text: str, answer: str, group: str) -> Row:
        """Return a row with the sentences that share most words with question and answer, in their order."""
        wanted = set(words(f"{question} {answer}"))
        found = [sentence for sentence in split(text) if 3 <= len(words(sentence)) <= 60]
        best = sorted(range(len(found)), key=lambda at: -len(wanted & set(words(found[at]))))[:LONGEST]
        return Row(question, tuple(found[at] for at in sorted(best)), answer, group)
