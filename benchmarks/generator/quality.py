"""Measures generators beside the best ticket verbatim and the extractive composer, on questions none of them has seen.

Run: python -m benchmarks.generator.quality [--weights FILE] [--untuned FILE] [--sets own,dstc11,mtrag] [--out FILE].
Data: FRONTDESK_DATA, by default ../shared/data. ROUGE-L, chrF and likeness (cosine of the embedder) compare with the
reference where there is one; in brackets the best ticket on the questions that the system answered. supported: share
of sentences that the support scorer finds in the evidence; made up: share of answers with a value that the evidence
does not hold; answer F1: answering the questions that have an answer in their evidence and no others. Each question is
drafted once: the time of the lines below is that of what comes after. "ladder" falls back to the extractive composer
where nothing is left.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.generator import sets
from benchmarks.generator.metrics import chrf, f1, mean, rouge_l
from benchmarks.generator.sets import Item
from benchmarks.machine import describe
from bot.answering.extractive import ExtractiveComposer
from bot.answering.foreign import without_foreign
from bot.answering.generation.small import SmallGenerator
from bot.answering.grounding import Grounder
from bot.answering.opening import embedder_of
from bot.answering.reading import Reader
from bot.answering.sentences import split
from bot.answering.small.network import SHIPPED
from bot.answering.small.values import made_up
from bot.answering.support.scorer import load_scorer
from bot.settings import load_settings

DATA = Path(os.environ.get("FRONTDESK_DATA", "../shared/data"))
COLUMNS = ("answers", "ROUGE-L", "chrF", "likeness", "supported", "made up", "answer F1", "words", "p50 ms", "p95 ms")
BASELINE = "best ticket verbatim"
System = Callable[[Item], Sequence[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, default=SHIPPED)
    parser.add_argument("--untuned", type=Path)
    parser.add_argument("--sets", default="own,dstc11,mtrag")
    parser.add_argument("--split", default="test", help="of the demo shop's questions")
    parser.add_argument("--count", type=int, default=400, help="turns of dstc11")
    parser.add_argument("--cache", type=Path, default=Path("var/benchmarks"))
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    bench = Bench(options)
    print(describe())
    for name in options.sets.split(","):
        items = {"own": bench.own, "dstc11": bench.dstc11, "mtrag": bench.mtrag}[name]()
        bench.measure(name, [bench.cleaned(item) for item in items])


class Bench:
    """The systems and what measures them."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.embedder = embedder_of(load_settings())
        self.reader = Reader(self.embedder)
        self.scorer = load_scorer(options.cache, threads=2)
        self.grounder = Grounder(self.scorer)
        self.extractive = ExtractiveComposer(self.reader)
        self.small = SmallGenerator(options.weights, options.cache, self.reader)
        self.drafts: dict[int, Sequence[str]] = {}  # by the item, as two turns may ask alike
        self.systems: dict[str, System] = {
            BASELINE: self.verbatim,
            "extractive": lambda item: self.extractive.compose(item.question, item.evidence),
            "small, in its own words": self.draft,
            "the same, grounded": self.grounded,
            "small, held to the evidence": self.held,
            "ladder": self.ladder,
        }
        if options.untuned:
            untuned = SmallGenerator(options.untuned, options.cache, self.reader)
            self.systems["untuned"] = lambda item: untuned.compose(item.question, item.evidence)

    def own(self) -> list[Item]:
        """Return the demo shop's questions."""
        return sets.own(self.options.split, self.reader)

    def dstc11(self) -> list[Item]:
        """Return turns about hotels and restaurants."""
        return sets.dstc11(DATA, self.options.count)

    def mtrag(self) -> list[Item]:
        """Return the last turns of conversations."""
        return sets.mtrag(DATA)

    def cleaned(self, item: Item) -> Item:
        """Return the item as the ladder passes it on: without sentences foreign to their ticket."""
        return replace(item, evidence=tuple(without_foreign(item.evidence, self.reader)))

    def verbatim(self, item: Item) -> Sequence[str]:
        """Return what the ticket rung says: the first ticket's answer, or of the one nearest to the question."""
        if not item.evidence:
            return ()
        texts = [one.alone or " ".join(one.sentences) for one in item.evidence]
        scored = [one.hit.score for one in item.evidence]
        if len(set(scored)) > 1:
            return split(texts[0])
        vectors = self.reader.vectors([item.question, *texts])
        return split(texts[int((vectors[1:] @ vectors[0]).argmax())])

    def draft(self, item: Item) -> Sequence[str]:
        """Return what the network writes; kept, so that each question is drafted and timed once."""
        passages = self.small.passages(item.question, item.evidence)
        self.drafts[id(item)] = self.small.draft(item.question, passages) if passages else ()
        return self.drafts[id(item)]

    def grounded(self, item: Item) -> Sequence[str]:
        """Return what is left of the draft."""
        return [one.text for one in self.grounder.grounded(self.drafts[id(item)], item.evidence)]

    def held(self, item: Item) -> Sequence[str]:
        """Return what is left of the draft once it is held to sentences of the evidence."""
        draft = self.small.held(item.question, self.drafts[id(item)], item.evidence)
        return [one.text for one in self.grounder.grounded(draft, item.evidence)]

    def ladder(self, item: Item) -> Sequence[str]:
        """Return what the ladder would send."""
        return self.held(item) or self.extractive.compose(item.question, item.evidence)

    def measure(self, name: str, items: Sequence[Item]) -> None:
        """Print one table."""
        answerable = sum(bool(item.reference) for item in items)
        print(f"\n**{name}** ({len(items)} questions, {answerable} with an answer in their evidence)\n")
        print(f"| system | {' | '.join(COLUMNS)} |\n|{'---|' * (len(COLUMNS) + 1)}")
        baseline: list[dict[str, Any]] = []
        for system, write in self.systems.items():
            rows = [self.row(item, write) for item in tqdm(items, desc=system, leave=False, disable=None)]
            baseline = baseline or rows
            print(f"| {system} | {' | '.join(figures(rows, baseline, answerable))} |", flush=True)
            if self.options.out:
                with self.options.out.open("a", encoding="utf-8") as file:
                    for item, row in zip(items, rows, strict=True):
                        kept = {"set": name, "system": system, "question": item.question, "reference": item.reference}
                        read = {"evidence": [" ".join(one.sentences) for one in item.evidence]}
                        file.write(json.dumps(kept | read | row, ensure_ascii=False) + "\n")

    def row(self, item: Item, write: System) -> dict[str, Any]:
        """Return one answer and its figures."""
        began = time.perf_counter()
        sentences = list(write(item))
        spent = 1000 * (time.perf_counter() - began)
        text = " ".join(sentences)
        row: dict[str, Any] = {"text": text, "ms": spent, "wanted": bool(item.reference)}
        if text:
            said = [one for evidence in item.evidence for one in evidence.sentences]
            supported = {one.text for one in self.grounder.grounded(sentences, item.evidence)}
            row["supported"] = mean([float(sentence in supported) for sentence in sentences])
            row["made_up"] = bool(made_up(text, said))
        if text and item.reference:
            vectors = self.embedder.embed([text, item.reference])
            row |= {"rouge": rouge_l(text, item.reference), "chrf": chrf(text, item.reference)}
            row["likeness"] = float(vectors[0] @ vectors[1])
        return row


def figures(rows: Sequence[dict[str, Any]], baseline: Sequence[dict[str, Any]], answerable: int) -> list[str]:
    """Return the cells of one system."""
    said = [row for row in rows if row["text"]]
    right = [
        (row, other)
        for row, other in zip(rows, baseline, strict=True)
        if row["text"] and row["wanted"] and other["text"]
    ]
    times = sorted(row["ms"] for row in rows)
    cells = [f"{len(said)}"]
    for key in ("rouge", "chrf", "likeness"):
        own, other = (mean([pair[at][key] for pair in right]) for at in (0, 1))
        cells.append(f"{own:.3f}" if rows is baseline else f"{own:.3f} ({other:.3f})")
    cells += [f"{mean([row['supported'] for row in said]):.3f}", f"{mean([row['made_up'] for row in said]):.3f}"]
    answered = sum(row["wanted"] for row in said)
    cells += [f"{f1(answered, len(said), answerable):.3f}", f"{mean([len(row['text'].split()) for row in said]):.0f}"]
    return cells + [f"{times[int(share * (len(times) - 1))]:.0f}" for share in (0.5, 0.95)]


if __name__ == "__main__":
    main()
