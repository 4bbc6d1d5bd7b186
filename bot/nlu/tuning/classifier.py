"""Rasa graph component: the intent classifier with a second opinion, that of an embedder tuned on the same examples.

Stands in place of ``bot.nlu.classifier.SentenceIntentClassifier`` in config.yml. What is in scope is judged as there,
by vectors that were not tuned; Chinese texts get no second opinion.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from scipy.special import logsumexp
from tqdm import tqdm

from bot.nlu.classifier import SentenceIntentClassifier
from bot.nlu.head import Labels, Matrix, OutOfFold
from bot.nlu.kept import kept, write_note
from bot.nlu.masking import masked
from bot.nlu.meaning import meant
from bot.nlu.tuning.embedder import tuned_embedder
from bot.nlu.tuning.project import Tuned, tuned, unseen_logits
from bot.progress import advance
from bot.settings import load_settings
from retrieval.embedding.runtime import OnnxEmbedder
from retrieval.language import is_chinese

CHANGES, OPINION, OPINION_NOTE = "changes.safetensors", "opinion.npz", "opinion.json"
BOUNDS = {"epochs": (0, 200), "rate": (1e-6, 1e-2), "layers": (1, 6), "threads": (0, 256)}
MOST_WEIGHT = 3.0


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TunedIntentClassifier(SentenceIntentClassifier):
    """Adds to the head's logits those of a tuned embedder, each weighed by what it was worth on unseen examples.

    The head says by itself what it would have said of an example it had not seen; for the tuned embedder, two more are
    tuned, each on one half of the examples, and asked for the other half. So the probabilities are honest, and an
    embedder that tuning makes no better gets little weight.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults; ``epochs`` 0 chooses by the number of examples, ``threads`` 0 takes all cores."""
        own = {"epochs": 0, "rate": 1e-4, "layers": 6, "seed": 7, "threads": 0}
        return {**SentenceIntentClassifier.get_default_config(), **own}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Refuse numbers that cannot train."""
        named = {**cls.get_default_config(), **config}
        for key, (least, most) in BOUNDS.items():
            if not least <= float(named[key]) <= most:
                raise ValueError(f"{key} is {named[key]}; it must be from {least} to {most}. Mend config.yml.")

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, model_storage, resource)
        self._weights = np.array([1.0, 0.0])  # of the head's logits and of the tuned embedder's
        self._directions: Matrix | None = None
        self._embedder: OnnxEmbedder | None = None

    def _fit(self, examples: list[Message]) -> OutOfFold:
        found = super()._fit(examples)
        rows = np.array([at for at, item in enumerate(examples) if _is_read(item)], dtype=np.int64)
        if len({examples[at].get(INTENT) for at in rows}) > 1:
            assert self._familiarity is not None
            self._tune([examples[at] for at in rows], found.seen[rows] / self._familiarity.temperature)
        with self._model_storage.write_to(self._resource) as folder:
            write_note(folder, OPINION_NOTE, {"tuned": self._directions is not None})
        return found

    def _tune(self, examples: list[Message], seen: Matrix) -> None:
        """Tune on the examples and weigh the result against ``seen``, the head's out-of-fold logits of them."""
        texts = [_plain(item) for item in examples]
        names, intents = np.unique([str(item.get(INTENT)) for item in examples], return_inverse=True)
        places = np.array([self._intents.index(name) for name in names])
        with tqdm(desc="Tuning the embedder", unit=" examples", disable=None) as bar:
            judged, logits = unseen_logits(texts, intents, self._config, _begin_of(bar))
            if len(judged):
                second = np.zeros((len(judged), len(self._intents)), dtype=np.float32)
                second[:, places] = logits
                self._weights = fitted_weights(seen[judged], second, places[intents[judged]])
            if self._weights[1] > 0:
                self._keep(tuned(texts, intents, self._config, _begin_of(bar)), places)

    def _keep(self, network: Tuned, places: Labels) -> None:
        """Store the network; intents without an example of its language keep a direction of zeros."""
        directions = np.zeros((len(self._intents), network.prototypes.directions.shape[1]), dtype=np.float32)
        directions[places] = network.prototypes.unit() * network.prototypes.scale
        self._directions = directions
        with self._model_storage.write_to(self._resource) as folder:
            np.savez(folder / OPINION, weights=self._weights, directions=directions)
            network.write(folder / CHANGES)
            self._embedder = tuned_embedder(folder / CHANGES, load_settings().dialogue.threads)

    def _logits(self, messages: list[Message], scores: Matrix) -> Matrix:
        logits = super()._logits(messages, scores)
        rows = [at for at, item in enumerate(messages) if _is_read(item)]
        if rows and self._embedder is not None and self._directions is not None:
            second = self._embedder.embed([_plain(messages[at]) for at in rows]) @ self._directions.T
            logits[rows] = self._weights[0] * logits[rows] + self._weights[1] * second
        return logits

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TunedIntentClassifier:
        """Load what was trained; a second opinion that was kept and is lost or damaged is an error."""
        component = super().load(config, model_storage, resource, execution_context, **kwargs)
        assert isinstance(component, TunedIntentClassifier)
        if component._head is None:
            return component
        with kept(model_storage, resource, OPINION_NOTE) as (folder, note):
            if note["tuned"]:
                with np.load(folder / OPINION, allow_pickle=False) as arrays:
                    component._weights, component._directions = arrays["weights"], arrays["directions"]
                component._embedder = tuned_embedder(folder / CHANGES, load_settings().dialogue.threads)
        return component


def fitted_weights(first: Matrix, second: Matrix, labels: Labels) -> Matrix:
    """Return the two weights, none below 0, under which the weighted sum of logits predicts ``labels`` best."""
    from scipy.optimize import minimize  # half a second, for training alone

    # Steps of 1e-8, which the derivative is taken from, vanish in float32.
    opinions = np.stack([first, second]).astype(np.float64)

    def loss(weights: Matrix) -> float:
        logits = np.tensordot(weights, opinions, axes=1)
        return float((logsumexp(logits, axis=1) - logits[np.arange(len(labels)), labels]).mean())

    found = minimize(loss, np.array([0.5, 0.5]), bounds=[(0, MOST_WEIGHT)] * 2, method="L-BFGS-B")
    return np.asarray(found.x)


def _plain(message: Message) -> str:
    return masked(meant(message))


def _is_read(message: Message) -> bool:
    """Return whether the tuned model can read a message."""
    return bool(message.get(TEXT)) and not is_chinese(str(message.get(TEXT)))


def _begin_of(bar: tqdm[Any]) -> Callable[[int], Callable[[int], None]]:
    """Return what takes the number of examples to come and returns the callback for those done."""

    def begin(total: int) -> Callable[[int], None]:
        bar.reset(total)
        return advance(bar)

    return begin
