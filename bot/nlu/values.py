"""Rasa graph component: dates, amounts and products of a message, without a neural tagger.

Works beside RegexEntityExtractor, which finds what has a fixed form (order numbers, e-mail addresses) and names that
are spelled right. Nothing is named twice, and nothing is guessed: what can be read in several ways keeps the customer's
words and carries ``readings``.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import amounts
from bot.nlu.catalogue import Catalogue
from bot.nlu.dates import Reader
from bot.nlu.fingerprint import Fingerprinted
from bot.nlu.kept import kept, write_note
from bot.nlu.mentions import Mention

FILE = "catalogue.json"
WORD = re.compile(r"[^\W\d_\u2e80-\uffef]+")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class ValueExtractor(Fingerprinted, GraphComponent, EntityExtractorMixin):
    """Adds entities ``date``, ``amount`` and those of the lookup table named in ``catalogue``."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults.

        ``timezone`` is where "today" is. ``day_first`` says how 03/04 is meant, None that it must be asked. ``habit``
        is what "Friday" means when no word says whether it is past: "ask", "future" or "past".
        """
        return {"catalogue": "product", "timezone": "Europe/Amsterdam", "day_first": None, "habit": "ask"}

    @staticmethod
    def required_packages() -> list[str]:
        """Return the packages that must be installed."""
        return ["rapidfuzz"]

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Refuse a time zone that does not exist and a habit that is none."""
        name = str(config.get("timezone") or "UTC")
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as exc:
            raise InvalidConfigException(f"timezone is {name!r}, which is no IANA time zone. Mend config.yml.") from exc
        if config.get("habit", "ask") not in ("ask", "future", "past"):
            raise InvalidConfigException(f"habit is {config['habit']!r}; allowed: ask, future, past. Mend config.yml.")

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ValueExtractor:
        """Build the component without a catalogue."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ValueExtractor:
        """Build the component with the catalogue of its training."""
        component = cls(config, model_storage, resource)
        with kept(model_storage, resource, FILE) as (_, note):
            component._catalogue = Catalogue(note["names"], note["ordinary"])
        return component

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._kind = str(config["catalogue"])
        self._zone = ZoneInfo(str(config["timezone"]))
        self._reader = Reader(config["day_first"], config["habit"])
        self._storage, self._resource = storage, resource
        self._catalogue = Catalogue({}, ())

    def train(self, training_data: TrainingData) -> Resource:
        """Take names from the lookup table, their meanings from the synonyms, ordinary words from the examples."""
        names = catalogue_names(training_data, self._kind)
        own = {word.lower() for name in names for word in WORD.findall(name)}
        texts = [str(example.get(TEXT) or "") for example in training_data.intent_examples]
        ordinary = sorted({word.lower() for text in texts for word in WORD.findall(text)} - own)
        with self._storage.write_to(self._resource) as folder:
            write_note(folder, FILE, {"names": names, "ordinary": ordinary})
        self._catalogue = Catalogue(names, ordinary)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the annotated entities of training examples as they are."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add entities to each message that has text."""
        for message in messages:
            text = message.get(TEXT)
            if text:
                found = self.mentions(text, self._today(message))
                message.set(ENTITIES, self._merged(text, message.get(ENTITIES) or [], found), add_to_output=True)
        return messages

    def mentions(self, text: str, today: date) -> list[Mention]:
        """Return all values that the text names."""
        return [
            *self._reader.mentions(text, today),
            *amounts.mentions(text),
            *self._catalogue.mentions(text, self._kind),
        ]

    def _merged(self, text: str, before: list[dict[str, Any]], found: list[Mention]) -> list[dict[str, Any]]:
        """Return both without doubles.

        A product that both have found keeps the longer words; a date or an amount gets our value. Numbers inside an
        order number or an address are neither.
        """
        ours = [one for one in found if not any(self._is_better(entity, one) for entity in before)]
        others = [
            entity
            for entity in before
            if not any(entity["entity"] == one.kind and _overlap(entity, one) for one in ours)
        ]
        entities = [*others, *(one.entity(text, type(self).__name__) for one in ours)]
        return sorted(entities, key=lambda entity: int(entity["start"]))

    def _is_better(self, entity: dict[str, Any], ours: Mention) -> bool:
        if not _overlap(entity, ours):
            return False
        if entity["entity"] != ours.kind:
            return True
        longer = bool(entity["end"] - entity["start"] >= ours.end - ours.start)
        return longer and ours.kind == self._kind

    def _today(self, message: Message) -> date:
        """Return the day on which the message was written: its channel's time stamp (seconds), else now."""
        stamp = (message.get(METADATA) or {}).get("timestamp")
        if isinstance(stamp, (int, float)):
            return datetime.fromtimestamp(stamp, self._zone).date()
        return datetime.now(self._zone).date()


def catalogue_names(training_data: TrainingData, kind: str) -> dict[str, str]:
    """Return each name of the lookup table with the value that the synonyms give it, else itself."""
    meanings = {alias.lower(): value for alias, value in training_data.entity_synonyms.items()}
    tables = [table["elements"] for table in training_data.lookup_tables if table["name"] == kind]
    names = [name for elements in tables for name in ([elements] if isinstance(elements, str) else elements)]
    return {name: str(meanings.get(name.lower(), name)) for name in names}


def _overlap(entity: dict[str, Any], ours: Mention) -> bool:
    return bool(entity["start"] < ours.end and ours.start < entity["end"])
