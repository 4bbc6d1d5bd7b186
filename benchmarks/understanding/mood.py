"""Measures the mood heads on topics and intents that they have not seen.

    python -m benchmarks.understanding.mood

The mood examples are left out by topic (and language), the project's own NLU examples by intent, in eight parts: what
is reported was said by heads that never saw its topic. Beside it, the share of the project's NLU examples (all but
complaints and calls for a person) that would be taken for angry or urgent when a tenth of them is left out, which is
nearer to what customers meet. The peer is a list of words alone: the signs of tone without the sentence vector.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.importers.utils import training_data_from_paths
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from benchmarks.machine import describe
from bot.answering.calibration import auroc, expected_calibration_error
from bot.nlu.featurizer import SentenceEmbeddingFeaturizer
from bot.nlu.mood import KINDS, MoodClassifier, fit, rows_of
from bot.nlu.mood_examples import MoodExample, mood_examples
from bot.settings import PROJECT_ROOT

PARTS = 8
THRESHOLDS = {"anger": 0.5, "urgency": 0.5}

Rows = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Set:
    """What is measured on: inputs, labels [n, 2], and for each row its group and whether it is a mood example."""

    rows: Rows
    labels: npt.NDArray[np.bool_]
    groups: tuple[str, ...]
    moods: tuple[MoodExample | None, ...]


def main() -> None:
    """Print one table for each head."""
    print(describe())
    data = load()
    unseen = predicted(data, parts_by_group(data.groups))
    spread = predicted(data, parts_by_row(len(data.groups)))
    words = predicted(Set(data.rows[:, -7:], data.labels, data.groups, data.moods), parts_by_group(data.groups))
    own = np.array([mood is None for mood in data.moods])
    chinese = np.array([mood is not None and mood.group.startswith("zh") for mood in data.moods])
    for at, kind in enumerate(KINDS):
        truth = data.labels[:, at]
        print(f"\n{kind}: {int(truth.sum())} of {len(truth)} examples, {int(own.sum())} of them from the NLU data")
        for name, rows in (("English", ~own & ~chinese), ("Chinese", chinese), ("all", np.ones(len(own), dtype=bool))):
            scores = [auroc(list(table[rows, at]), list(truth[rows])) for table in (unseen, words)]
            error = expected_calibration_error(list(unseen[rows, at]), list(truth[rows]))
            print(f"  {name:8} AUROC {scores[0]:.3f} (words alone {scores[1]:.3f})  ECE {error:.3f}")
        for threshold in (0.4, 0.5, 0.6, 0.7):
            said = unseen[:, at] >= threshold
            calm = ~truth & ~own
            print(
                f"  from {threshold}: found {said[truth].mean():.3f}, precision {truth[said].mean():.3f}, "
                f"calm mood examples {said[calm].mean():.4f}, NLU examples of unseen intents {said[own].mean():.4f}, "
                f"of seen ones {(spread[own, at] >= threshold).mean():.4f}"
            )
        for tone in dict.fromkeys(mood.tone for mood in data.moods if mood):
            mine = np.array([mood is not None and mood.tone == tone for mood in data.moods])
            print(f"    {tone:13} {(unseen[mine, at] >= THRESHOLDS[kind]).mean():.2f} of {int(mine.sum())}")


def load() -> Set:
    """Embed the mood examples and the project's NLU examples as the pipeline does."""
    config = MoodClassifier.get_default_config()
    moods = mood_examples(PROJECT_ROOT / config["examples"])
    nlu = training_data_from_paths([str(PROJECT_ROOT / "training_data" / "nlu")], language="en")
    own = [example for example in nlu.intent_examples if example.get(INTENT) not in config["not_calm"]]
    texts = [mood.text for mood in moods] + [str(example.get(TEXT)) for example in own]
    labels = [(mood.angry, mood.urgent) for mood in moods] + [(False, False)] * len(own)
    groups = [mood.group for mood in moods] + [f"intent:{example.get(INTENT)}" for example in own]
    rows = rows_of(vectors(nlu, texts), texts)
    return Set(rows, np.array(labels), tuple(groups), (*moods, *[None] * len(own)))


def vectors(nlu: TrainingData, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Return the vectors of a featurizer trained on the project's data."""
    with tempfile.TemporaryDirectory() as folder:
        storage = LocalModelStorage.create(Path(folder))
        context = ExecutionContext(GraphSchema({}), "benchmark", node_name="featurizer")
        config = SentenceEmbeddingFeaturizer.get_default_config()
        featurizer = SentenceEmbeddingFeaturizer.create(config, storage, Resource("featurizer"), context)
        featurizer.train(nlu)
        messages = [Message({TEXT: text}) for text in texts]
        featurizer.process(messages)
    return np.vstack([message.get_dense_features(TEXT)[1].features[0] for message in messages])


def parts_by_group(groups: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the part of each row; a group stays together."""
    names = sorted(set(groups))
    random.Random(0).shuffle(names)
    part = {name: at % PARTS for at, name in enumerate(names)}
    return np.array([part[group] for group in groups])


def parts_by_row(count: int) -> npt.NDArray[np.int64]:
    """Return the part of each row, drawn row by row."""
    return np.array([random.Random(at).randrange(10) for at in range(count)])


def predicted(data: Set, parts: npt.NDArray[np.int64]) -> Rows:
    """Return what heads that were fitted on the other parts say of each row, shape [n, 2]."""
    found = np.zeros(data.labels.shape)
    for part in sorted(set(parts)):
        away = parts == part
        found[away] = fit(data.rows[~away], data.labels[~away]).read(data.rows[away])
    return found


if __name__ == "__main__":
    main()
