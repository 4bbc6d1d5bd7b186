"""Rasa graph component: how angry and how pressed for time a customer is, each as a probability.

A logistic head on the sentence vector that the featurizer has put on the message, and on the signs of tone: nothing is
embedded twice. Knows one message, not the conversation; what follows from a mood is decided by the actions.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.errors import SettingsError
from bot.nlu import tone
from bot.nlu.featurizer import UNREAD, SentenceEmbeddingFeaturizer
from bot.nlu.fingerprint import Fingerprinted
from bot.nlu.kept import kept, write_note
from bot.nlu.mood_examples import example_files, mood_examples
from bot.settings import PROJECT_ROOT

Array = npt.NDArray[np.float64]

FILE = "mood.json"
MOOD = "mood"
KINDS = ("anger", "urgency")
# How much the signs of tone count beside a vector of length one; chosen on topics left out, see docs/understanding.md.
SIGN_WEIGHT = 2.0
# Anger of a message with an angry face in it, at least: whatever stands beside it, the face says so.
FACE = 0.9
# Strength of the fit (scikit-learn's C), chosen likewise.
STRENGTH = 10.0


@dataclass(frozen=True)
class Heads:
    """Two logistic heads: ``weights`` [2, features], ``biases`` [2], in the order of ``KINDS``."""

    weights: Array
    biases: Array

    def read(self, rows: Array) -> Array:
        """Return the probabilities of rows [n, features], shape [n, 2]."""
        scores: Array = 1.0 / (1.0 + np.exp(-(rows @ self.weights.T + self.biases)))
        return scores


def rows_of(vectors: npt.NDArray[np.float32], texts: list[str]) -> Array:
    """Return the inputs of the heads for sentence vectors [n, dimension] of any length, and their texts."""
    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    signs = np.array([tone.signs(text) for text in texts])
    return np.hstack([vectors / lengths, signs * SIGN_WEIGHT])


def fit(rows: Array, labels: npt.NDArray[np.bool_]) -> Heads:
    """Fit both heads to rows [n, features] and labels [n, 2]; the fit has one optimum, so it needs no seed."""
    from sklearn.linear_model import LogisticRegression

    heads = [LogisticRegression(C=STRENGTH, max_iter=3000).fit(rows, labels[:, at]) for at in range(len(KINDS))]
    return Heads(np.vstack([head.coef_ for head in heads]), np.concatenate([head.intercept_ for head in heads]))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MoodClassifier(Fingerprinted, GraphComponent):
    """Sets the key ``mood`` of each message: ``{"anger": 0..1, "urgency": 0..1}``; changes no intent."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Return what must come earlier in the pipeline."""
        return [SentenceEmbeddingFeaturizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Return the packages that must be installed."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults.

        ``examples`` is a folder, relative to the project. The project's own NLU examples count as calm messages, except
        those of the intents in ``not_calm``.
        """
        return {"examples": "training_data/mood", "not_calm": ["complaint", "talk_to_person"]}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Return the hash of code and examples, so that other ones train the heads again."""
        digest = hashlib.sha256(str(super().fingerprint_addon(config)).encode())
        for path in _files(str(config.get("examples") or cls.get_default_config()["examples"])):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MoodClassifier:
        """Build the component without heads."""
        return cls(config, model_storage, resource, execution_context)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MoodClassifier:
        """Build the component with the heads of its training."""
        component = cls(config, model_storage, resource, execution_context)
        with kept(model_storage, resource, FILE) as (_, note):
            component._heads = Heads(np.array(note["weights"]), np.array(note["biases"]))
        return component

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, context: ExecutionContext
    ) -> None:
        self._config, self._storage, self._resource, self._context = config, storage, resource, context
        self._heads: Heads | None = None

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the heads to the mood examples and to the project's own examples as calm ones."""
        moods = mood_examples(PROJECT_ROOT / str(self._config["examples"]))
        written = [Message({TEXT: example.text}) for example in moods]
        featurizer(self._context, self._storage).process(written)
        read = [at for at, message in enumerate(written) if not message.get(UNREAD)]
        moods, written = [moods[at] for at in read], [written[at] for at in read]
        calm = [
            message
            for message in training_data.intent_examples
            if message.get(TEXT) and message.get(INTENT) not in self._config["not_calm"]
        ]
        labels = [(example.angry, example.urgent) for example in moods] + [(False, False)] * len(calm)
        self._heads = fit(_rows([*written, *calm]), np.array(labels))
        note = {"weights": self._heads.weights.round(5).tolist(), "biases": self._heads.biases.round(5).tolist()}
        with self._storage.write_to(self._resource) as folder:
            write_note(folder, FILE, note)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Note the mood of each message that has a sentence vector; others get none."""
        readable = [message for message in messages if message.get(TEXT) and _has_vector(message)]
        if self._heads is not None and readable:
            for message, found in zip(readable, self._heads.read(_rows(readable)), strict=True):
                mood = {kind: round(float(value), 4) for kind, value in zip(KINDS, found, strict=True)}
                if tone.FACES.search(str(message.get(TEXT))):
                    mood["anger"] = max(mood["anger"], FACE)
                message.set(MOOD, mood, add_to_output=True)
        return messages


def featurizer(context: ExecutionContext, storage: ModelStorage) -> SentenceEmbeddingFeaturizer:
    """Return the featurizer of the pipeline that is being trained, as it was trained.

    Raises:
        InvalidConfigException: the pipeline has none.
    """
    nodes = [
        (name, node)
        for name, node in context.graph_schema.nodes.items()
        if issubclass(node.uses, SentenceEmbeddingFeaturizer)
    ]
    trained = [(name, node) for name, node in nodes if node.fn == "train"] or nodes
    if not trained:
        raise InvalidConfigException("MoodClassifier needs SentenceEmbeddingFeaturizer before it. Mend config.yml.")
    name, node = trained[0]
    config = {**node.uses.get_default_config(), **node.config}
    found: SentenceEmbeddingFeaturizer = node.uses.load(config, storage, node.resource or Resource(name), context)
    return found


def _has_vector(message: Message) -> bool:
    return message.get_dense_features(TEXT)[1] is not None


def _rows(messages: list[Message]) -> Array:
    vectors = np.vstack([message.get_dense_features(TEXT)[1].features[0] for message in messages])
    return rows_of(vectors, [str(message.get(TEXT)) for message in messages])


def _files(folder: str) -> list[Path]:
    try:
        return example_files(PROJECT_ROOT / folder)
    except SettingsError as exc:
        raise InvalidConfigException(str(exc)) from exc
