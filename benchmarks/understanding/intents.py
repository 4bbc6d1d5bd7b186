"""Small Rasa projects of intents alone: trained and tested through Rasa's own ``train nlu`` and ``test nlu`` code.

Two pipelines on the same sentence vectors: ours, and Rasa's LogisticRegressionClassifier with FallbackClassifier.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import os
import shutil
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.dialogue import environment, lean
from bot.nlu import vectors
from bot.settings import PROJECT_ROOT, load_settings

VECTORS = [{"name": "WhitespaceTokenizer"}, {"name": "bot.nlu.featurizer.SentenceEmbeddingFeaturizer"}]
OURS, PEER = "Frontdesk", "LogisticRegressionClassifier"
PIPELINES: dict[str, list[dict[str, Any]]] = {
    OURS: [*VECTORS, {"name": "bot.nlu.classifier.SentenceIntentClassifier"}, {"name": "bot.nlu.scope.ScopeDetector"}],
    PEER: [*VECTORS, {"name": "LogisticRegressionClassifier", "max_iter": 500}, {"name": "FallbackClassifier"}],
}


@dataclass(frozen=True)
class Example:
    """A text and its intent."""

    text: str
    intent: str


def data_folder() -> Path:
    """Return the folder of public data sets."""
    return Path(os.environ.get("FRONTDESK_DATA", PROJECT_ROOT.parent / "shared" / "data"))


def read_csv(path: Path, text: str, intent: str) -> list[Example]:
    """Return the rows of a CSV file, which may be gzipped; ``text`` and ``intent`` name its columns."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    return [Example(" ".join(row[text].split()), row[intent]) for row in rows if row[text].strip()]


def start() -> None:
    """Import Rasa without what these pipelines do not need."""
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    environment.prepare(os.cpu_count() or 1)
    used = [part["name"] for pipeline in PIPELINES.values() for part in pipeline]
    lean.import_rasa("rasa.model_training", used)
    lean.import_rasa("rasa.nlu.test", used)
    environment.adapt_rasa()


def write_examples(examples: Iterable[Example], path: Path) -> Path:
    """Write ``examples`` as Rasa's training data."""
    by_intent: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        by_intent[example.intent].append(example.text)
    # "[" would begin an annotation.
    rows = [
        {"intent": intent, "examples": "".join(f"- {text.replace('[', '(').replace(']', ')')}\n" for text in texts)}
        for intent, texts in sorted(by_intent.items())
    ]
    path.write_text(yaml.safe_dump({"version": "3.1", "nlu": rows}, allow_unicode=True, width=10**6), "utf-8")
    return path


def train(pipeline: str, examples: Sequence[Example], folder: Path) -> tuple[Path, float]:
    """Return the model of ``rasa train nlu``, made in ``folder`` from nothing, and the seconds it took."""
    from rasa.model_training import train_nlu

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    config = {"recipe": "default.v1", "assistant_id": "benchmark", "language": "en", "pipeline": PIPELINES[pipeline]}
    (folder / "config.yml").write_text(yaml.safe_dump(config))
    data = write_examples(examples, folder / "nlu.yml")
    (load_settings().var / "rasa_cache" / vectors.FILE).unlink(missing_ok=True)
    began = time.perf_counter()
    model = train_nlu(str(folder / "config.yml"), str(data), str(folder), fixed_model_name="model")
    return Path(str(model)), time.perf_counter() - began


def test(model: Path, examples: Sequence[Example]) -> float:
    """Return the intent accuracy that ``rasa test nlu`` reports: predictions of a fallback are taken back."""
    from rasa.core.agent import Agent
    from rasa.nlu.test import run_evaluation

    agent = Agent.load(str(model))
    data = write_examples(examples, model.parent / "test_nlu.yml")
    found = asyncio.run(run_evaluation(str(data), agent.processor, errors=False, disable_plotting=True))
    return float(found["intent_evaluation"]["accuracy"])


def understood(model: Path, texts: Sequence[str]) -> list[dict[str, Any]]:
    """Return what the model makes of each text, as a channel would get it."""
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage

    agent = Agent.load(str(model))

    async def parse() -> list[dict[str, Any]]:
        return [await agent.processor.parse_message(UserMessage(text)) for text in texts]

    return asyncio.run(parse())
