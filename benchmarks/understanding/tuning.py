"""Measures what fine-tuning the embedder adds on BANKING77, through Rasa's own ``train nlu`` and ``test nlu``.

    python -m benchmarks.understanding.tuning OUT [--shots 10 --draws 5]

Needs the folder ``banking77`` with ``train.csv.gz`` and ``test.csv`` below the one that FRONTDESK_DATA names. Without
``--shots`` all training examples are used. Each draw takes as many examples of each intent by a seed of its own. Both
ways get the same examples; figures that are in ``OUT/figures.json`` are not measured again.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import os
import random
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks.machine import describe
from benchmarks.understanding.commands import OUR_RASA, Notes, intents, write_config
from bot.settings import PROJECT_ROOT

WAYS = {
    "frozen": "bot.nlu.classifier.SentenceIntentClassifier",
    "tuned": "bot.nlu.tuning.classifier.TunedIntentClassifier",
}
Examples = Mapping[str, Sequence[str]]


def main() -> None:
    """Print the accuracy of each draw and way, then their means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--shots", type=int, default=0)
    parser.add_argument("--draws", type=int, default=1)
    asked = parser.parse_args()
    folder = Path(os.environ.get("FRONTDESK_DATA", PROJECT_ROOT.parent / "shared" / "data")) / "banking77"
    training = read(gzip.decompress((folder / "train.csv.gz").read_bytes()).decode())
    test = read((folder / "test.csv").read_text("utf-8"))
    notes, out = Notes(asked.out / "figures.json"), asked.out.resolve()
    print(describe())
    for way in WAYS:
        found = [
            measured(notes, out, way, drawn(training, asked.shots, seed), test, seed) for seed in range(asked.draws)
        ]
        shares = [one["accuracy"] for one in found]
        seconds = statistics.mean(one["training"]["seconds"] for one in found)
        print(f"{way:7} mean {statistics.mean(shares):.2%} of {shares}; training {seconds:.0f} s")


def measured(notes: Notes, out: Path, way: str, training: Examples, test: Examples, seed: int) -> dict[str, Any]:
    """Return what Rasa reports of one way on one draw."""
    count = sum(map(len, training.values()))
    name = f"{way} {count} examples, draw {seed}"
    here = out / name.replace(" ", "-").replace(",", "")
    config = {
        "recipe": "default.v1",
        "assistant_id": "tuning",
        "language": "en",
        "pipeline": [{"name": "WhitespaceTokenizer"}, {"name": "bot.nlu.featurizer.SentenceEmbeddingFeaturizer"},
                     {"name": WAYS[way]}],
    }  # fmt: skip
    write_config(config, here / "config.yml")
    write_nlu(training, here / "train.yml")
    write_nlu(test, here / "test.yml")
    (here / "domain.yml").write_text(yaml.safe_dump({"version": "3.1", "intents": sorted(test)}), "utf-8")
    config_file, train, asked, domain = (here / part for part in ("config.yml", "train.yml", "test.yml", "domain.yml"))
    result: dict[str, Any] = notes.step(name, lambda: intents(OUR_RASA, config_file, train, asked, domain, here))
    return result


def read(table: str) -> dict[str, list[str]]:
    """Return the texts of each intent of a CSV file."""
    found = defaultdict(list)
    for row in csv.DictReader(io.StringIO(table)):
        found[row["category"]].append(" ".join(row["text"].split()))
    return dict(found)


def drawn(examples: Examples, shots: int, seed: int) -> Examples:
    """Return ``shots`` examples of each intent, all of them for 0."""
    rng = random.Random(seed)
    return {intent: rng.sample(texts, shots) if shots else texts for intent, texts in sorted(examples.items())}


def write_nlu(examples: Examples, path: Path) -> None:
    """Write examples in Rasa's form; nothing in them is read as an entity."""
    nlu = [{"intent": intent, "examples": "".join(f"- {_plain(text)}\n" for text in texts)}
           for intent, texts in examples.items()]  # fmt: skip
    path.write_text(yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True), "utf-8")


def _plain(text: str) -> str:
    return text.translate({ord(letter): " " for letter in "[]{}"})


if __name__ == "__main__":
    main()
