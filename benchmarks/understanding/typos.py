"""Measures what typing errors cost, without and with the component that reads them, and what it does to clean text.

    python -m benchmarks.understanding.typos [--sets own,cases,hint3,oos,banking]

"own" are five folds of our English examples and "cases" the hand-typed ``typo_cases.tsv``, both with the project's
whole pipeline; the others are public sets with classifier and scope detector. "few": one error, from five words on two;
"many": every second word is mistyped. "Altered" are the messages that the component has changed for the classifier.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from benchmarks.machine import describe
from benchmarks.understanding import scope
from benchmarks.understanding.intents import OURS, PIPELINES, Example, data_folder, read_csv, start, understood
from benchmarks.understanding.typing_errors import few, many
from bot.answering.calibration import auroc
from bot.dialogue.understanding import folds_of
from bot.settings import PROJECT_ROOT
from retrieval.language import is_chinese

READER = {"name": "bot.nlu.typos.TypoReader"}
KINDS = {"clean": lambda text, chance: text, "few": few, "many": many}
REFUSED = ("nlu_fallback", "out_of_scope", "other_language")
FOLDS = 5
CASES = Path(__file__).with_name("typo_cases.tsv")


@dataclass(frozen=True)
class Part:
    """What one model is taught, as Rasa's training data, and what it is asked; ``outside`` belongs to no intent."""

    known: Any
    inside: Sequence[Example]
    outside: Sequence[Example]
    pipeline: Sequence[dict[str, Any]]


@dataclass
class Found:
    """What was understood: intents and scores of the messages inside and outside, and how many were altered."""

    right: list[bool] = field(default_factory=list)
    refused: list[bool] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    found: list[bool] = field(default_factory=list)
    strange: list[float] = field(default_factory=list)
    altered: int = 0

    def add(self, part: Part, parsed: Sequence[dict[str, Any]]) -> None:
        """Count what a model made of a part's messages, those inside first."""
        inside, outside = parsed[: len(part.inside)], parsed[len(part.inside) :]
        names = [one["intent"]["name"] for one in inside]
        self.right += [name == example.intent for name, example in zip(names, part.inside, strict=True)]
        self.refused += [name in REFUSED for name in names]
        self.scores += [score(one) for one in inside]
        self.found += [one["intent"]["name"] in REFUSED for one in outside]
        self.strange += [score(one) for one in outside]
        self.altered += sum("meant" in one for one in parsed)


def main() -> None:
    """Print one Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", default="own,cases,hint3,oos,banking", help="which sets, separated by commas")
    chosen = parser.parse_args().sets.split(",")
    project = yaml.safe_load((PROJECT_ROOT / "config.yml").read_text("utf-8"))["pipeline"]
    PIPELINES["all"] = project
    start()
    print(describe())
    print("\n| set | text | reader | right | refused | outside found | AUROC | altered |")
    print("|---|---|---|---|---|---|---|---|")
    for name in chosen:
        measure(name, ["as typed"] if name == "cases" else list(KINDS), list(parts(name, project)))


def parts(name: str, project: Sequence[dict[str, Any]]) -> Iterator[Part]:
    """Yield what is taught and asked of one set."""
    if name == "own":
        yield from own(project)
    elif name == "cases":
        rows = [line.split("\t") for line in CASES.read_text("utf-8").splitlines()]
        yield Part(project_data(), [Example(*row) for row in rows], (), project)
    else:
        folder = data_folder() / "banking77"
        read = {
            "hint3": scope.mattress,
            "oos": scope.banking,
            "banking": lambda: (
                read_csv(folder / "train.csv.gz", "text", "category"),
                read_csv(folder / "test.csv", "text", "category"),
                [],
            ),
        }
        known, inside, outside = read[name]()
        first, *others = PIPELINES[OURS]
        pipeline = [first, {"name": "bot.nlu.language.LanguageDetector"}, READER, *others]
        yield Part(data_of([(one.text, one.intent) for one in known]), inside, outside, pipeline)


def own(project: Sequence[dict[str, Any]]) -> Iterator[Part]:
    """Yield five folds of our examples; asked are the English ones, and outside are those that we taught as such."""
    data = project_data()
    examples = data.intent_examples
    assigned = folds_of([one.get("intent") for one in examples], FOLDS)
    for fold in range(FOLDS):
        seen = [one for one, place in zip(examples, assigned, strict=True) if place != fold]
        left = [one for one, place in zip(examples, assigned, strict=True) if place == fold]
        asked = [Example(one.get("text"), one.get("intent")) for one in left if not is_chinese(one.get("text"))]
        inside = [one for one in asked if one.intent not in REFUSED]
        yield Part(data_like(data, seen), inside, [one for one in asked if one.intent in REFUSED], project)


def measure(name: str, kinds: Sequence[str], measured: Sequence[Part]) -> None:
    """Print the rows of one set."""
    table = {(kind, reads): Found() for kind in kinds for reads in ("without", "with")}
    for part in measured:
        for reads in ("without", "with"):
            pipeline = [one for one in part.pipeline if reads == "with" or one["name"] != READER["name"]]
            with tempfile.TemporaryDirectory() as folder:
                model = trained(pipeline, part.known, Path(folder))
                for kind in kinds:
                    texts = [typed(kind, one.text) for one in (*part.inside, *part.outside)]
                    table[kind, reads].add(part, understood(model, texts))
    for (kind, reads), found in table.items():
        print(row(name, kind, reads, found), flush=True)


def typed(kind: str, text: str) -> str:
    """Return a text with errors of a kind, the same ones every time."""
    return KINDS[kind](text, random.Random(f"{kind}{text}")) if kind in KINDS else text


def score(parsed: dict[str, Any]) -> float:
    """Return how surely a message is within the scope, 0..1."""
    return float((parsed.get("scope") or {}).get("score", 0.0))


def row(name: str, kind: str, reads: str, found: Found) -> str:
    """Return one line of the table."""
    shares = [f"{sum(part) / len(part):.1%}" if part else "" for part in (found.right, found.refused, found.found)]
    labels = [True] * len(found.scores) + [False] * len(found.strange)
    area = f"{auroc([*found.scores, *found.strange], labels):.3f}" if found.strange else ""
    altered = f"{found.altered} of {len(labels)}" if reads == "with" else ""
    return f"| {name} | {kind} | {reads} | {' | '.join(shares)} | {area} | {altered} |"


def project_data() -> Any:
    """Return the project's own training data."""
    from rasa.shared.importers.utils import training_data_from_paths

    return training_data_from_paths([str(PROJECT_ROOT / "training_data" / "nlu")], language="en")


def data_of(rows: Sequence[tuple[str, str]]) -> Any:
    """Return training data of texts and intents alone."""
    from rasa.shared.nlu.training_data.message import Message
    from rasa.shared.nlu.training_data.training_data import TrainingData

    # "[" would begin an annotation.
    return TrainingData([Message.build(text.replace("[", "(").replace("]", ")"), intent) for text, intent in rows])


def data_like(data: Any, examples: Sequence[Any]) -> Any:
    """Return training data with other examples and the same tables."""
    return type(data)(list(examples), data.entity_synonyms, data.regex_features, data.lookup_tables)


def trained(pipeline: Sequence[dict[str, Any]], data: Any, folder: Path) -> Path:
    """Return a model of the data."""
    from rasa.model_training import train_nlu

    config = {"recipe": "default.v1", "assistant_id": "benchmark", "language": "en", "pipeline": list(pipeline)}
    (folder / "config.yml").write_text(yaml.safe_dump(config, allow_unicode=True))
    (folder / "nlu.yml").write_text(data.nlu_as_yaml(), encoding="utf-8")
    return Path(str(train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder))))


if __name__ == "__main__":
    main()
