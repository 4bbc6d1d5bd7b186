"""Rasa graph component: the intent of a message, with calibrated probabilities, from its sentence vector and its words.

Trains in closed form (:mod:`bot.nlu.head`), so in a second for a thousand examples. Needs a featurizer that gives dense
sentence features; uses the features of intent names where the featurizer gives them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix
from scipy.special import softmax

from bot.nlu import familiarity, head, lexical
from bot.nlu.fingerprint import Fingerprinted
from bot.nlu.head import Head, Matrix, Rows
from bot.nlu.kept import kept, write_note
from bot.nlu.masking import masked
from bot.nlu.meaning import meant

NOTE, ARRAYS = "classifier.json", "classifier.npz"
# An intent's name counts half as much as an example.
NAME_TRUST = 0.5


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SentenceIntentClassifier(Fingerprinted, IntentClassifier, GraphComponent):
    """Sets ``intent`` and ``intent_ranking``; leaves ``intent_logits`` and ``scope_evidence`` for the scope detector.

    Both of the latter stay inside the pipeline. Does not decide what is out of scope.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Return what must come earlier in the pipeline."""
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Return the packages that must be installed."""
        return ["scipy"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults: ten intents in the ranking, one intent whose examples are outside the scope."""
        return {"ranking_length": 10, "out_of_scope": ["out_of_scope"]}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceIntentClassifier:
        """Build an untrained component."""
        return cls(config, model_storage, resource)

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._intents: list[str] = []
        self._head: Head | None = None
        self._rarity: lexical.Rarity = np.zeros(0, dtype=np.float32)
        self._familiarity: familiarity.Familiarity | None = None

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the head to the examples that have an intent and a text, and keep it; without any it stays untrained."""
        examples = [item for item in training_data.intent_examples if item.get(INTENT) and item.get(TEXT)]
        if examples:
            self._fit(examples)
        with self._model_storage.write_to(self._resource) as folder:
            self._persist(folder)
        return self._resource

    def _fit(self, examples: list[Message]) -> head.OutOfFold:
        self._intents = sorted({str(item.get(INTENT)) for item in examples})
        place = {name: at for at, name in enumerate(self._intents)}
        named = {str(item.get(INTENT)): item for item in examples if _vector(item, INTENT) is not None}
        texts = [*map(_text, examples), *map(lexical.spoken, named)]
        labels = np.array([place[str(item.get(INTENT))] for item in examples] + [place[name] for name in named])
        vectors = [_vector(item, TEXT) for item in examples] + [_vector(item, INTENT) for item in named.values()]
        self._rarity = lexical.rarities(texts)
        rows = Rows(_stacked(vectors), lexical.lexical_rows(texts, self._rarity))
        count = len(examples)
        trust = np.full(len(labels), NAME_TRUST, dtype=np.float32)
        trust[:count] = 1
        self._head, found = head.train(rows, labels, trust)
        examples_only = head.OutOfFold(*(part[:count] for part in found))
        temperature = familiarity.fitted_temperature(examples_only.seen, labels[:count])
        inside = [name not in self._config["out_of_scope"] for name in self._intents]
        if not any(inside):
            inside = [True] * len(inside)
        self._familiarity = familiarity.measure(examples_only, labels[:count], inside, temperature)
        return examples_only

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent, ranking and what the scope detector needs."""
        known = [item for item in messages if self._head and _vector(item, TEXT) is not None]
        for message in messages:
            if not any(message is item for item in known):
                message.set(INTENT, {"name": None, "confidence": 0.0}, add_to_output=True)
                message.set(INTENT_RANKING_KEY, [], add_to_output=True)
        if known and self._head and self._familiarity:
            words = lexical.lexical_rows([_text(item) for item in known], self._rarity)
            scores, near = self._head.scores(Rows(_stacked([_vector(item, TEXT) for item in known]), words))
            signs = self._familiarity.signs(scores, near)
            ranks, inside = self._familiarity.ranks(signs), self._familiarity.probabilities(signs)
            logits = self._logits(known, scores)
            for message, row, rank, chance in zip(known, logits, ranks, inside, strict=True):
                self._set(message, row, float(rank), float(chance))
        return messages

    def _logits(self, messages: list[Message], scores: Matrix) -> Matrix:
        """Return what the softmax makes probabilities of, [messages, intents]."""
        assert self._familiarity is not None
        return scores / self._familiarity.temperature

    def _set(self, message: Message, logits: Matrix, rank: float, inside: float) -> None:
        chances = softmax(logits.astype(np.float64))
        order = np.argsort(-chances)[: int(self._config["ranking_length"])]
        ranking = [{"name": self._intents[at], "confidence": float(chances[at])} for at in order]
        message.set(INTENT, dict(ranking[0]), add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        message.set("intent_logits", logits)
        message.set("scope_evidence", {"rank": rank, "inside": inside, "best": ranking[0]["name"]})

    def _persist(self, folder: Path) -> None:
        if self._head is None or self._familiarity is None:
            write_note(folder, NOTE, {"intents": []})
            return
        words = self._head.rows.words.tocsr()
        used = np.flatnonzero(self._rarity < self._rarity.max())  # the others were in no example
        rare = float(self._rarity.max())
        note = {"intents": self._intents, "familiarity": self._familiarity.to_dict(), "rare": rare}
        write_note(folder, NOTE, note)
        np.savez(
            folder / ARRAYS,
            vectors=self._head.rows.vectors,
            weights=self._head.weights,
            data=words.data,
            indices=words.indices,
            indptr=words.indptr,
            used=used,
            rarity=self._rarity[used],
        )

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceIntentClassifier:
        """Load what was trained; a model without examples loads as one that knows no intent."""
        component = cls(config, model_storage, resource)
        with kept(model_storage, resource, NOTE) as (folder, note):
            component._intents = note["intents"]
            if component._intents:
                with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
                    component._restore(note, arrays)
        return component

    def _restore(self, note: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
        vectors, shape = arrays["vectors"], (len(arrays["vectors"]), 2 * lexical.BUCKETS)
        words = csr_matrix((arrays["data"], arrays["indices"], arrays["indptr"]), shape=shape)
        self._head = Head(head.by_column(Rows(vectors, words)), arrays["weights"])
        self._rarity = np.full(2 * lexical.BUCKETS, note["rare"], dtype=np.float32)
        self._rarity[arrays["used"]] = arrays["rarity"]
        self._familiarity = familiarity.Familiarity(**note["familiarity"])


def _text(message: Message) -> str:
    return masked(meant(message))


def _vector(message: Message, attribute: str) -> Matrix | None:
    """Return the dense sentence features of an attribute [d], None where there are none."""
    _, sentence = message.get_dense_features(attribute)
    return None if sentence is None else np.asarray(sentence.features[0], dtype=np.float32)


def _stacked(vectors: list[Matrix | None]) -> Matrix:
    """Return unit rows."""
    rows = np.stack([vector for vector in vectors if vector is not None])
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)
