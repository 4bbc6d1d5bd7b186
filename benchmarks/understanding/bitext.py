"""Measures accuracy by language variation on Bitext's customer-support utterances, 27 intents.

Run: python -m benchmarks.understanding.bitext [--each 20]. Taught are ``each`` utterances of every intent that carry
none of the flags Q (colloquial), W (offensive), Z (typos, missing marks), P (polite) or D (indirect), drawn with seed
1; asked are 250 of the remaining utterances for each flag. So the test is on ways of writing that were not taught.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import random
import tempfile
from collections import defaultdict
from pathlib import Path

from benchmarks.machine import describe
from benchmarks.understanding.intents import PIPELINES, Example, data_folder, start, test, train

FLAGS = {
    "B": "basic",
    "L": "other words",
    "M": "other forms of words",
    "I": "question",
    "C": "complex sentence",
    "E": "no contractions",
    "P": "polite",
    "D": "indirect",
    "Q": "colloquial",
    "W": "offensive",
    "Z": "typos, missing marks",
}
VARIED = frozenset("QWZPD")
SEED = 1
ASKED = 250


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=20, help="utterances of each intent to teach")
    options = parser.parse_args()
    known, asked = split(read(), options.each)
    start()
    print(describe())
    print(f"\n{len(known)} utterances taught\n\n| flag | asked | {' | '.join(PIPELINES)} |")
    print("|---|---|" + "---|" * len(PIPELINES))
    with tempfile.TemporaryDirectory() as folder:
        models = [train(name, known, Path(folder) / str(at))[0] for at, name in enumerate(PIPELINES)]
        for flag, examples in asked.items():
            found = " | ".join(f"{test(model, examples):.1%}" for model in models)
            print(f"| {flag} {FLAGS[flag]} | {len(examples)} | {found} |", flush=True)


def read() -> list[tuple[str, Example]]:
    """Return each different utterance once, with its flags."""
    found: dict[str, tuple[str, Example]] = {}
    for name in ("20k", "8k"):
        path = data_folder() / "bitext_utterances" / f"{name}_utterances.csv.gz"
        with gzip.open(path, "rt", encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                text = " ".join(row["utterance"].split())
                found.setdefault(text, (row["flags"], Example(text, row["intent"])))
    return list(found.values())


def split(rows: list[tuple[str, Example]], each: int) -> tuple[list[Example], dict[str, list[Example]]]:
    """Return what is taught, and what is asked for each flag."""
    chance = random.Random(SEED)
    chance.shuffle(rows)
    plain: dict[str, list[Example]] = defaultdict(list)
    for flags, example in rows:
        if VARIED.isdisjoint(flags):
            plain[example.intent].append(example)
    known = [example for _, group in sorted(plain.items()) for example in group[:each]]
    taught = set(known)
    left = [(flags, example) for flags, example in rows if example not in taught]
    return known, {flag: [example for flags, example in left if flag in flags][:ASKED] for flag in FLAGS}


if __name__ == "__main__":
    main()
