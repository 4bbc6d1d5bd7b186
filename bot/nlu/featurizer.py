"""Rasa graph component: one sentence vector per message, English and Chinese side by side.

Does not give features per token, so it serves linear classifiers and rules, not DIET or CRF.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import DENSE_FEATURIZABLE_ATTRIBUTES
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.fingerprint import Fingerprinted
from bot.nlu.kept import kept, write_note
from bot.nlu.lexical import spoken
from bot.nlu.masking import masked
from bot.nlu.meaning import meant
from bot.nlu.vectors import remembered
from bot.settings import load_settings
from retrieval.embedder import MULTILINGUAL, Embedder, load_embedder
from retrieval.embedding import e5
from retrieval.errors import EmbedderUnavailable
from retrieval.language import is_chinese

log = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]

# Key of a message in a language that no installed model reads.
UNREAD = "unread"
KEPT = "sentences.json"
# Examples that the centre of the Chinese vectors is taken from; more change it in the third digit.
CENTRE_OF = 400


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceEmbeddingFeaturizer(Fingerprinted, DenseFeaturizer, GraphComponent):
    """Adds ``scale`` times the unit sentence vector to each text attribute, shape [1, dimension].

    With Chinese examples in the training data the shape is [1, 2 x dimension]: a Chinese text fills the second half by
    a model that reads Chinese, any other text the first half, and zeros stand in the other. One linear head so learns
    both without mixing them. Without Chinese examples the second model is never loaded.

    The scale stands in for the regularisation strength that Rasa's LogisticRegressionClassifier does not expose:
    scaling features by s is the same as dividing its L2 penalty by s squared.

    Order numbers and e-mail addresses are masked before: what they are is the entity extractor's business. A mistyped
    message is read as it was meant, where the pipeline has noted that before.
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
        """Return the defaults: the packaged models, unit vectors times 5."""
        return {
            **DenseFeaturizer.get_default_config(),
            "model": "all-MiniLM-L6-v2",
            "chinese_model": MULTILINGUAL,
            "scale": 5.0,
        }

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Return the hash of code and weights, so that another model retrains what depends on it."""
        named = {**cls.get_default_config(), **config}
        models = (_embedder(str(named["model"])).fingerprint, _mark(str(named["chinese_model"])))
        return hashlib.sha256("\0".join((str(super().fingerprint_addon(config)), *models)).encode()).hexdigest()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEmbeddingFeaturizer:
        """Build the component; the weights stay outside the model archive and are loaded once per process."""
        return cls(execution_context.node_name, config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceEmbeddingFeaturizer:
        """Build the component as it was trained: with or without the half for Chinese.

        Raises:
            ModelUnfit: it was trained with another sentence model, or by another version.
        """
        component = cls(execution_context.node_name, config, model_storage, resource)
        with kept(model_storage, resource, KEPT) as (_, note):
            if note["embedder"] != component._embed_with.fingerprint:
                raise ValueError("another sentence model")
            component._centre = None if note["centre"] is None else np.array(note["centre"], dtype=np.float32)
        return component

    def __init__(
        self, name: str, config: dict[str, Any], model_storage: ModelStorage | None = None, resource: Any = None
    ) -> None:
        super().__init__(name, config)
        self._model = str(config["model"])
        self._embed_with = _embedder(self._model)
        self._chinese_model = str(config["chinese_model"])
        self._scale = float(config["scale"])
        self._storage, self._resource = model_storage, resource
        # Mean of the Chinese examples' vectors, None where there are none.
        self._centre: Vectors | None = None
        self._reads_chinese = True
        self._training = False

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Refuse a scale that would erase or flip the features."""
        if float(config.get("scale", 5.0)) <= 0:
            raise ValueError(f"scale is {config['scale']}; it must be above 0. Mend config.yml.")

    def train(self, training_data: TrainingData) -> Resource:
        """Look whether there are Chinese examples, and keep the centre of their vectors.

        Without a model that reads them they are left out, with a warning.
        """
        texts = [str(message.get(TEXT)) for message in training_data.training_examples if message.get(TEXT)]
        chinese = sorted({masked(text) for text in texts if is_chinese(text)})
        if chinese:
            chosen = chinese[:: len(chinese) // CENTRE_OF + 1]
            found = self._chinese(chosen)
            self._centre = None if found is None else found.mean(axis=0)
        assert self._storage is not None
        centre = None if self._centre is None else [round(float(value), 6) for value in self._centre]
        with self._storage.write_to(self._resource) as folder:
            write_note(folder, KEPT, {"embedder": _embedder(self._model).fingerprint, "centre": centre})
        resource: Resource = self._resource
        return resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add features to every training example and to the name of its intent; leave out what cannot be read."""
        self._training = True
        if self._centre is None:
            training_data = training_data.filter_training_examples(lambda one: not is_chinese(str(one.get(TEXT) or "")))
        self.process(training_data.training_examples)
        named = [message for message in training_data.training_examples if message.get(INTENT)]
        intents = sorted({str(message.get(INTENT)) for message in named})
        vectors = dict(zip(intents, self.vectors([spoken(intent) for intent in intents]), strict=True))
        for message in named:
            vector = vectors[str(message.get(INTENT))] * self._scale
            self.add_features_to_message(sequence=None, sentence=vector[None, :], attribute=INTENT, message=message)
        self._training = False
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add features to ``messages``, one batch per text attribute, and mark those that cannot be read."""
        for attribute in DENSE_FEATURIZABLE_ATTRIBUTES:
            waiting = [message for message in messages if message.get(attribute)]
            if waiting:
                self._add_features(waiting, attribute)
        for message in messages:
            if not (self._centre is not None and self._reads_chinese) and is_chinese(str(message.get(TEXT) or "")):
                message.set(UNREAD, True)
        return messages

    def _add_features(self, messages: list[Message], attribute: str) -> None:
        texts = [meant(message) if attribute == TEXT else str(message.get(attribute)) for message in messages]
        vectors = self.vectors(texts) * self._scale
        for message, vector in zip(messages, vectors, strict=True):
            self.add_features_to_message(sequence=None, sentence=vector[None, :], attribute=attribute, message=message)

    def _embed(self, texts: list[str]) -> Vectors:
        """Return the first model's vectors; those of training texts are kept on disk, a customer's are not."""
        if self._training:
            return remembered(self._embed_with, texts, load_settings().var / "rasa_cache")
        return self._embed_with.embed(texts)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row for each text, in the half of its language where there are two."""
        plain = [masked(text) for text in texts]
        if self._centre is None:
            return self._embed(plain)
        chinese = np.array([is_chinese(text) for text in texts], dtype=bool)
        size = self._embed_with.dimension
        rows = np.zeros((len(texts), size + len(self._centre)), dtype=np.float32)
        if not chinese.all():
            rows[~chinese, :size] = self._embed([plain[at] for at in np.flatnonzero(~chinese)])
        if chinese.any():
            found = self._chinese([plain[at] for at in np.flatnonzero(chinese)])
            if found is not None:
                # All vectors of this model point much the same way; what is left without that tells them apart.
                found = found - self._centre
                rows[chinese, size:] = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
        return rows

    def _chinese(self, texts: list[str]) -> Vectors | None:
        """Return the second model's vectors, None where it cannot be loaded: a machine that it does not run on."""
        if not self._reads_chinese:
            return None
        try:
            return _embedder(self._chinese_model).embed_queries(texts)
        except EmbedderUnavailable as exc:
            self._reads_chinese = False
            log.warning("Warning: Chinese examples and messages are left out, no model can read them. %s", exc)
            return None


def _embedder(name: str) -> Embedder:
    settings = load_settings()
    # int8 for packaged models: a third of the time, and the same accuracy on BANKING77.
    return load_embedder(name, settings.embedder_dir, settings.dialogue.threads, "auto")


def _mark(chinese_model: str) -> str:
    """Return what tells one model for Chinese from another; the packaged one is not loaded for it."""
    try:
        if chinese_model != MULTILINGUAL:
            return _embedder(chinese_model).fingerprint
        e5.packaged_file()  # its hash stands in the code
    except EmbedderUnavailable:
        return "none"
    return chinese_model
