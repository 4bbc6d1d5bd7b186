"""Rasa graph component: notes beside a mistyped message what it means, for those that read its sense.

Featurizer, classifier and negation read the note; entities, forms, transcripts and everything shown keep the customer's
own words. Learns the words of the project's examples and reads English alone.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.messages import MEANT
from bot.nlu import tongues
from bot.nlu.fingerprint import Fingerprinted
from bot.nlu.kept import kept, write_note
from bot.nlu.masking import masked
from bot.nlu.spelling import Speller, counted, tokens

FILE = "spelling.json"
ENGLISH = "en"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class TypoReader(Fingerprinted, GraphComponent):
    """Sets the key ``meant`` of each message that is mistyped: the text with its typing errors mended.

    Messages in another language, buttons and messages without an error get no such key. Stands before the featurizer.
    """

    @staticmethod
    def required_packages() -> list[str]:
        """Return the packages that must be installed."""
        return ["rapidfuzz", "symspellpy"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TypoReader:
        """Build the component without a project's words."""
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TypoReader:
        """Build the component with the words of its training."""
        component = cls(model_storage, resource)
        with kept(model_storage, resource, FILE) as (_, note):
            component._speller = Speller(note["counts"], note["pairs"], note["names"])
        return component

    def __init__(self, storage: ModelStorage, resource: Resource) -> None:
        self._storage, self._resource = storage, resource
        self._speller: Speller | None = None

    def train(self, training_data: TrainingData) -> Resource:
        """Count the words of the examples; the words of lookup tables and synonyms are names."""
        texts = [str(example.get(TEXT) or "") for example in training_data.intent_examples]
        counts, pairs = counted(masked(text) for text in texts if _is_read(text))
        listed = [table["elements"] for table in training_data.lookup_tables]
        names = [name for elements in listed for name in ([elements] if isinstance(elements, str) else elements)]
        said = (*names, *training_data.entity_synonyms)
        own = sorted({token.word for name in said if _is_read(str(name)) for token in tokens(str(name))})
        with self._storage.write_to(self._resource) as folder:
            write_note(folder, FILE, {"counts": counts, "pairs": pairs, "names": own})
        self._speller = Speller(counts, pairs, own)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are: their errors are customers' errors, and a measurement found no use in it."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Note what each mistyped message means."""
        for message in messages:
            text = str(message.get(TEXT) or "")
            if self._speller and _is_read(text):
                meant = self._speller.corrected(tongues.without_courtesies(text))
                if meant != text:
                    message.set(MEANT, meant, add_to_output=True)
        return messages


def _is_read(text: str) -> bool:
    return bool(text) and not text.startswith("/") and tongues.language(text) in (ENGLISH, None)
