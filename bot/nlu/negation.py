"""Rasa graph component: a request that is named only to be refused ("please don't cancel it") is not that request.

Replaces the refused intent by one that the message does ask for ("... just change the address"), else by ``refuse``.
Reports of what does not work and questions ("why can't I cancel?") are left alone. Knows no context: what a refusal
means to a running form is decided by its action.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.fingerprint import Fingerprinted
from bot.nlu.meaning import meant
from bot.nlu.refusal import leaves_it, refused, second_thought, stems, wanted

# Intent of a message that refuses a request and makes none; the key ``negated`` then names what is refused.
REFUSE = "refuse"
NEGATED = "negated"
# "No, don't cancel it" is a no as well, but what is refused says more.
SAYS_NO = frozenset({REFUSE, "deny", "stop"})
# "Not a refund, an exchange" may be an answer; outside a form it asks for the exchange.
DETAILS = frozenset({"inform", "correct"})
# The confidence of what the rules have decided: the classifier has learned the word, not the "don't" before it.
RULED = 0.9


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class NegationHandler(Fingerprinted, GraphComponent):
    """Mends refused intents; add it behind the classifier and before the scope decision.

    Config: ``words`` gives each intent that can be refused the words that ask for it, in any of their endings.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults: nothing can be refused until the project says with which words it is asked for."""
        return {"words": {}}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NegationHandler:
        """Build the component; it has nothing to learn and nothing to keep."""
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        self._words = {str(intent): _stems_of(words) for intent, words in config["words"].items()}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Refuse words that are not lists under names of intents."""
        words = config.get("words", {})
        if not isinstance(words, dict) or not all(isinstance(listed, list) for listed in words.values()):
            raise ValueError(f"words is {words!r}; it must give each intent a list of words. Mend config.yml.")

    def process(self, messages: list[Message]) -> list[Message]:
        """Mend the intent of each message that refuses what it names."""
        for message in messages:
            text = meant(message)
            if text and message.get(INTENT):
                self._mend(message, text)
        return messages

    def _mend(self, message: Message, text: str) -> None:
        intent = str(message.get(INTENT).get(INTENT_NAME_KEY) or "")
        refusing = refused(text)
        asked = self._asked_for(wanted(text))
        thought = second_thought(text)
        instead = self._asked_for(wanted(thought[1])) if thought else set()
        if thought and (instead or leaves_it(thought[1])):
            asked, refusing = instead, refusing | stems(thought[0])
        taken_back = self._asked_for(refusing) - asked
        if intent == REFUSE and not taken_back:
            if asked or not refusing:
                _put_first(message, _best(message, lambda name: name in asked if asked else name != REFUSE))
        elif taken_back and intent in taken_back | asked | SAYS_NO | (DETAILS if asked else set()):
            _put_first(message, _best(message, lambda name: name in asked) or REFUSE, RULED)
            message.set(NEGATED, intent if intent in taken_back else min(taken_back), add_to_output=True)
        _take_out(message, taken_back)

    def _asked_for(self, words: set[str]) -> set[str]:
        return {intent for intent, asking in self._words.items() if asking & words}


def _stems_of(words: Iterable[str]) -> set[str]:
    return set().union(*(stems(word) for word in words))


def _best(message: Message, fits: Callable[[str], bool]) -> str | None:
    ranking = message.get(INTENT_RANKING_KEY) or []
    return next((str(item[INTENT_NAME_KEY]) for item in ranking if fits(str(item[INTENT_NAME_KEY]))), None)


def _put_first(message: Message, name: str | None, at_least: float = 0.0) -> None:
    """Make ``name`` the message's intent, with the confidence of the intent whose place it takes, or a higher one."""
    if name is None:
        return
    before = message.get(INTENT)
    certainty = max(float(before.get(PREDICTED_CONFIDENCE_KEY) or 0.0), at_least)
    first = {**before, INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: certainty}
    others = [_at_most(item, 1 - certainty) for item in message.get(INTENT_RANKING_KEY) or [] if item["name"] != name]
    message.set(INTENT, first, add_to_output=True)
    message.set(INTENT_RANKING_KEY, [first, *others], add_to_output=True)


def _take_out(message: Message, refused_intents: set[str]) -> None:
    """Drop refused intents from the ranking, so that none of them is offered as what may be meant."""
    ranking = message.get(INTENT_RANKING_KEY) or []
    kept = [item for at, item in enumerate(ranking) if at == 0 or item[INTENT_NAME_KEY] not in refused_intents]
    if len(kept) < len(ranking):
        message.set(INTENT_RANKING_KEY, kept, add_to_output=True)


def _at_most(item: dict[str, Any], limit: float) -> dict[str, Any]:
    return {**item, PREDICTED_CONFIDENCE_KEY: min(float(item[PREDICTED_CONFIDENCE_KEY]), limit)}
