"""Rasa graph components that notice the customer's language, and send those the bot does not speak to one rule.

The first one notes the language, early in the pipeline; the second one, at its end, turns a message in a language that
nobody configured into the intent ``other_language``. Neither knows the conversation nor translates.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import tongues
from bot.nlu.featurizer import UNREAD
from bot.nlu.fingerprint import Fingerprinted

LANGUAGE = "language"
OTHER_LANGUAGE = "other_language"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class LanguageDetector(Fingerprinted, GraphComponent):
    """Sets the key ``language`` of each message to an ISO 639-1 code, to None where the message could be in any."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageDetector:
        """Build the component; it keeps nothing in the model."""
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Note the language of every example."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Note the language of every message."""
        for message in messages:
            message.set(LANGUAGE, tongues.language(str(message.get(TEXT) or "")), add_to_output=True)
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class LanguageGate(Fingerprinted, GraphComponent):
    """Gives a message in a language outside ``languages`` the intent ``other_language``, and no other message.

    A greeting or thanks alone keeps its intent: "danke" is said in English conversations, too. A language that no
    installed model reads is sent away as well. Comes last.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageGate:
        """Build the component; it keeps nothing in the model."""
        return cls(config)

    @classmethod
    def required_components(cls) -> list[type]:
        """Return what must come earlier in the pipeline."""
        return [LanguageDetector]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults: a bot that speaks English and Chinese."""
        return {"languages": ["en", "zh"]}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Refuse a list that would send everybody away."""
        languages = config.get("languages", ["en"])
        if not isinstance(languages, list) or not languages or not all(isinstance(code, str) for code in languages):
            raise InvalidConfigException(
                f"languages is {languages!r}; it must list ISO 639-1 codes such as [en, zh]. Mend config.yml."
            )

    def __init__(self, config: dict[str, Any]) -> None:
        self._languages = frozenset(config["languages"])

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent of messages that the bot cannot read; give all others the best of their other intents."""
        for message in messages:
            code = message.get(LANGUAGE)
            foreign = code is not None and code not in self._languages
            if message.get(UNREAD) or (foreign and not tongues.is_courtesy(str(message.get(TEXT) or ""))):
                _send_away(message)
            else:
                _keep(message)
        return messages


def _send_away(message: Message) -> None:
    away = {INTENT_NAME_KEY: OTHER_LANGUAGE, PREDICTED_CONFIDENCE_KEY: 1.0}
    message.set(INTENT, away, add_to_output=True)
    message.set(INTENT_RANKING_KEY, [away, *_others(message)], add_to_output=True)


def _keep(message: Message) -> None:
    """Take ``other_language`` out: the classifier guesses it from likeness, the detector knows."""
    others = _others(message)
    if len(others) == len(message.get(INTENT_RANKING_KEY) or []):
        return
    message.set(INTENT_RANKING_KEY, others, add_to_output=True)
    if (message.get(INTENT) or {}).get(INTENT_NAME_KEY) == OTHER_LANGUAGE and others:
        message.set(INTENT, dict(others[0]), add_to_output=True)


def _others(message: Message) -> list[dict[str, Any]]:
    ranking = message.get(INTENT_RANKING_KEY) or []
    return [item for item in ranking if item.get(INTENT_NAME_KEY) != OTHER_LANGUAGE]
