"""Rasa graph component: one sentence vector per message from the same embedder that search uses.

Does not give features per token, so it serves linear classifiers and rules, not DIET or CRF.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import DENSE_FEATURIZABLE_ATTRIBUTES
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.masking import EMAIL, EMAIL_WORDS, ORDER_NUMBER, ORDER_WORDS, masked
from bot.settings import load_settings
from retrieval.embedder import Embedder, load_embedder


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEmbeddingFeaturizer(DenseFeaturizer, GraphComponent):
    """Adds ``scale`` times the unit sentence vector, shape [1, dimension], to each text attribute.

    The scale stands in for the regularisation strength that Rasa's LogisticRegressionClassifier does not expose:
    scaling features by s is the same as dividing its L2 penalty by s squared.

    Order numbers and e-mail addresses are masked before: what they are is the entity extractor's business.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Return what must come earlier in the pipeline."""
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Return the packages that must be installed."""
        return ["onnxruntime", "tokenizers"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults: the packaged model, unit vectors times 5."""
        return {**DenseFeaturizer.get_default_config(), "model": "all-MiniLM-L6-v2", "scale": 5.0}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Return the hash of weights and masks, so that another model or mask retrains what depends on it."""
        name = str(config.get("model") or cls.get_default_config()["model"])
        parts = (_embedder(name).fingerprint, ORDER_NUMBER.pattern, ORDER_WORDS, EMAIL.pattern, EMAIL_WORDS)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEmbeddingFeaturizer:
        """Build the component; the weights stay outside the model archive and are loaded once per process."""
        return cls(execution_context.node_name, config)

    def __init__(self, name: str, config: dict[str, Any]) -> None:
        super().__init__(name, config)
        self._embed_with = _embedder(str(config["model"]))
        self._scale = float(config["scale"])

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Refuse a scale that would erase or flip the features."""
        if float(config.get("scale", 5.0)) <= 0:
            raise ValueError(f"scale is {config['scale']}; it must be above 0. Mend config.yml.")

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add features to every training example."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add features to ``messages``, one batch per text attribute."""
        for attribute in DENSE_FEATURIZABLE_ATTRIBUTES:
            waiting = [message for message in messages if message.get(attribute)]
            if waiting:
                self._add_features(waiting, attribute)
        return messages

    def _add_features(self, messages: list[Message], attribute: str) -> None:
        vectors = self._embed_with.embed([masked(str(message.get(attribute))) for message in messages]) * self._scale
        for message, vector in zip(messages, vectors.astype(np.float32), strict=True):
            self.add_features_to_message(sequence=None, sentence=vector[None, :], attribute=attribute, message=message)


def _embedder(name: str) -> Embedder:
    settings = load_settings()
    return load_embedder(name, settings.embedder_dir, settings.dialogue.threads)
