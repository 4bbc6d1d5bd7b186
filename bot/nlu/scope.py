"""Rasa graph component: one decision per message, within the scope, out of it, or between two intents.

Reads what the SentenceIntentClassifier measured on the training examples, so another threshold needs no other head.
Stands where Rasa's FallbackClassifier stood and writes rankings of the same form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.messages import is_wordless
from bot.nlu.classifier import SentenceIntentClassifier
from bot.nlu.fingerprint import Fingerprinted

UNSURE = "unsure"
ACTION_WHICH = "action_which"
# What three intents must have together to be asked for although none of them is likely.
THREE_SHARE = 0.8
# More choices than these are no help.
MAX_ASKED = 3
SHARES = ("false_alarms", "confidence", "ambiguity", "third")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class ScopeDetector(Fingerprinted, IntentClassifier, GraphComponent):
    """Sets ``scope``: its score, the probability of being within, and its decision ``in``, ``out`` or ``ambiguous``.

    Out of scope is what looks stranger than all but ``false_alarms`` of the training examples did out of fold, what no
    intent is likely for (``confidence``), and what says nothing, such as "?"; the intent becomes ``nlu_fallback``.
    Ambiguous is a message whose second intent, too, is likely (``ambiguity``), if both have a title to ask with; the
    intent becomes ``unsure`` and ``scope`` holds both as ``candidates``, and the next one as well if that is not out of
    the question (``third``). Nothing is asked inside a form, nor twice in a row.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Return what must come earlier in the pipeline."""
        return [SentenceIntentClassifier]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults; without titles nothing is ever asked."""
        return {
            "false_alarms": 0.05,
            "confidence": 0.25,
            "ambiguity": 0.3,
            "third": 0.1,
            "out_of_scope": ["out_of_scope"],
            "titles": {},
        }

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Refuse a share outside 0..1."""
        for name in SHARES:
            if not 0 <= float(config.get(name, 0)) <= 1:
                raise ValueError(f"{name} is {config[name]}; it must be from 0 to 1. Mend config.yml.")

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ScopeDetector:
        """Build the component; it is not trained."""
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Decide for each message; ``tracker`` is None where a text is parsed without its conversation."""
        may_ask = tracker is None or not (tracker.active_loop_name or _asked_before(tracker))
        for message in messages:
            self._decide(message, may_ask)
        return messages

    def _decide(self, message: Message, may_ask: bool) -> None:
        evidence = message.get("scope_evidence")
        ranking = message.get(INTENT_RANKING_KEY) or []
        if evidence is None or not ranking:
            return
        outside = sum(item["confidence"] for item in ranking if item["name"] in self._config["out_of_scope"])
        scope: dict[str, Any] = {"score": round(evidence["inside"] * (1 - outside), 4), "decision": "in"}
        message.set("scope", scope, add_to_output=True)
        best = evidence["best"]
        if message.get(INTENT, {}).get("name") != best:
            return  # another component knows better: a refusal, a payload
        candidates = self._candidates(ranking)
        if evidence["rank"] < self._config["false_alarms"] or _is_wordless(message):
            self._refuse(message, ranking, scope)
        elif best in self._config["out_of_scope"]:
            scope["decision"] = "out"
        elif candidates and may_ask:
            scope.update(decision="ambiguous", candidates=candidates)
            _put_first(message, ranking, UNSURE, ranking[0]["confidence"])
        elif ranking[0]["confidence"] < self._config["confidence"]:
            self._refuse(message, ranking, scope)

    def _refuse(self, message: Message, ranking: list[dict[str, Any]], scope: dict[str, Any]) -> None:
        scope["decision"] = "out"
        _put_first(message, ranking, DEFAULT_NLU_FALLBACK_INTENT_NAME, 1 - ranking[0]["confidence"])

    def _are_close(self, best: list[float]) -> bool:
        """Return whether the second intent is likely, too, or three share nearly all of the probability."""
        if best[1] >= self._config["ambiguity"]:
            return True
        shared = best[0] < self._config["confidence"] and sum(best) >= THREE_SHARE
        return shared and best[-1] >= self._config["third"]

    def _candidates(self, ranking: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return intent and titles of the best two or three where two are likely and can be asked for, else nothing."""
        titles: Mapping[str, Any] = self._config["titles"]
        if len(ranking) < 2 or not self._are_close([float(item["confidence"]) for item in ranking[:MAX_ASKED]]):
            return []
        both = [str(item["name"]) for item in ranking[:2]]
        if not all(map(titles.get, both)):
            return []
        others = [str(item["name"]) for item in ranking[2:] if item["confidence"] >= self._config["third"]]
        return [{"intent": name, "title": titles[name]} for name in [*both, *filter(titles.get, others)][:MAX_ASKED]]


def _is_wordless(message: Message) -> bool:
    text = message.get(TEXT)
    return text is not None and is_wordless(str(text))


def _asked_before(tracker: DialogueStateTracker) -> bool:
    """Return whether the bot's last turn was the question which of two is meant."""
    done = [event.action_name for event in reversed(tracker.applied_events()) if hasattr(event, "action_name")]
    return next((name for name in done if name != "action_listen"), None) == ACTION_WHICH


def _put_first(message: Message, ranking: list[dict[str, Any]], name: str, confidence: float) -> None:
    first = {"name": name, "confidence": confidence}
    message.set(INTENT, first, add_to_output=True)
    message.set(INTENT_RANKING_KEY, [dict(first), *ranking], add_to_output=True)
