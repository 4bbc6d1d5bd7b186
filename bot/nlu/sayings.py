"""Rasa graph component: messages whose meaning a short, reviewed list of patterns knows better than the classifier.

Somebody in distress, a wish to be called, a thumb, "how are you?", orders to the bot to forget its rules. Comes last.
Knows no context and learns nothing.
"""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.messages import SENSELESS, is_wordless
from bot.nlu.distress import in_distress
from bot.nlu.english import SHORTHAND, is_certain
from bot.nlu.fingerprint import Fingerprinted
from bot.nlu.meaning import meant
from bot.nlu.requests import FLOWS, LADDER

DISTRESS = "distress"
CALM = {"anger": 0.0, "urgency": 0.0}
_GREETING = r"\W*(?:(?:hi|hello|hey|good (?:morning|afternoon|evening)|你好|您好|嗨)\W*(?:there\W+)?)?"
_THUMB = re.compile(r"[\s!.]*(?:[\U0001F44D\U0001F44C][\U0001F3FB-\U0001F3FF]?[\s!.]*)+|\W*thumbs[ -]?up\W*")
# Whole messages.
_WHOLE = (
    ("thank", _THUMB),
    (
        "ask_wellbeing",
        re.compile(
            rf"{_GREETING}(?:(?:and )?how are (?:you|u)(?: doing)?(?: today)?|how(?:'s| is) it going|how do you do"
            r"|how(?:'s| is) your day(?: going)?|你(?:今天)?(?:好吗|怎么样)|您好吗|最近(?:怎么样|好吗))\W*",
            re.IGNORECASE,
        ),
    ),
    (
        "back_to_bot",
        re.compile(
            r"\W*(?:(?:please )?(?:go |take me |i want to go )?back to (?:the )?(?:chat ?)?bot(?: please)?|(?:the )?bot"
            r"|回到机器人|机器人|转回机器人)\W*",
            re.IGNORECASE,
        ),
    ),
)
_CALL_ME = re.compile(
    r"(?:^|[.,;!?]|\b(?:please|pls|and|so|hi|hello))\W*(?:(?:can|could|would|will)\s+(?:you|someone|somebody|anyone|a "
    r"(?:colleague|person|human))\s+(?:please\s+|kindly\s+|just\s+)*)?(?:call|phone|ring|telephone)\s+me"
    r"(?:\s+back)?(?=\W*$|\s+(?:at|on|under|please|pls|today|tomorrow|now|asap|later|this)\b|\W*\+?\d)"
    r"|\b(?:give|giving)\s+me\s+a\s+(?:quick\s+)?(?:call|ring)\b"
    r"|\bi(?:'d| would)?\s+(?:like|want|need)\s+(?:a\s+(?:call|callback|phone call)|(?:you |someone |somebody )?to\s+"
    r"(?:call me|be called))\b"
    r"|\b(?:request|arrange)\s+a\s+call ?back\b|(?:给我|帮我)(?:回|打)个?电话|打电话给我|(?:请|麻烦).{0,4}回电",
    re.IGNORECASE,
)
_NO_CALL = re.compile(
    r"\b(?:do not|don'?t|never|nobody|not)\b|\b(?:courier|driver|carrier)\b|不要|别|快递", re.IGNORECASE
)
_WRAP = re.compile(
    r"\bgift[- ]?wrap\w*|\bwrap\w*\b.*\b(?:gift|present)s?\b|\b(?:gift|present)s? (?:box|paper|packag\w*)\b"
    r"|(?:礼品|礼物)包装|包(?:装)?成礼",
    re.IGNORECASE,
)
_CARD = re.compile(r"\b(?:gift|e-?gift) ?(?:cards?|vouchers?)\b|\bvouchers?\b|礼品卡", re.IGNORECASE)
_INJECTION = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b\W+(?:\w+\W+){0,3}?"
    r"(?:(?:previous|prior|above|earlier|system)\W+(?:instructions?|rules|prompts?|directions)"
    r"|your\W+(?:\w+\W+)?(?:instructions?|rules|prompts?|guidelines|restrictions|programming))\b"
    r"|\b(?:your|the|hidden|initial) (?:system )?prompt\b|\bsystem prompt\b|\bjailbreak\w*"
    r"|\b(?:developer|admin|god|dan) mode\b"
    r"|\byou are now (?:dan|a |an |in |free|unrestricted)|\bpretend (?:that )?(?:you are|you're|to be)\b"
    r"|(?:忽略|无视|忘记|忘掉).{0,8}(?:指令|规则|提示词|设定)|系统提示词?|开发者模式|越狱",
    re.IGNORECASE,
)
# What a customer may well want to be ignored: how to deliver.
_DELIVERY = re.compile(r"\b(?:delivery|shipping|driver|courier)\b|\bmy\b.*\binstructions?\b|派送|配送", re.IGNORECASE)
_LATIN = re.compile(r"[a-z']{2,}")
_OTHER = re.compile(r"\d|@|[^\x00-\u024f\u2000-\u2fff\ufe00-\ufe0f\U0001F000-\U0001FAFF]")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class SayingReader(Fingerprinted, GraphComponent):
    """Gives messages that a pattern knows their intent, and notes which ones are no words at all."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SayingReader:
        """Build the component; it keeps nothing in the model."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent of each message that a pattern knows."""
        for message in messages:
            text = str(message.get(TEXT) or "")
            if text and not text.startswith("/") and message.get(INTENT):
                _read(message, text)
        return messages


def known(text: str, intent: str) -> str | None:
    """Return the intent that a pattern knows a text to have; ``intent`` is what the classifier takes it for."""
    if in_distress(text):
        return DISTRESS
    whole = next((name for name, pattern in _WHOLE if pattern.fullmatch(text.lower())), None)
    if whole:
        return whole
    if intent not in FLOWS and is_injection(text):
        return "out_of_scope"
    if _CALL_ME.search(text) and not _NO_CALL.search(text):
        return "talk_to_person"
    if intent in LADDER | {"ask_gift_card", "unsure"} and _WRAP.search(text) and not _CARD.search(text):
        return "out_of_scope"
    return None


def is_thumb(text: str) -> bool:
    """Return whether a message is a thumb and nothing else: thanks, or the yes to a question."""
    return _THUMB.fullmatch(text.lower()) is not None


def is_injection(text: str) -> bool:
    """Return whether a text orders the bot to forget its rules or to show them."""
    return _INJECTION.search(text) is not None and not _DELIVERY.search(text)


def is_senseless(text: str) -> bool:
    """Return whether a text holds no English word at all; what holds a number or another script says something."""
    if is_wordless(text):
        return True
    words = _LATIN.findall(text.lower().replace("\u2019", "'"))
    if not words or _OTHER.search(text):
        return False
    return not any(is_certain(word) or word in SHORTHAND for word in words)


def _read(message: Message, text: str) -> None:
    intent = str(message.get(INTENT).get(INTENT_NAME_KEY) or "")
    found = known(text, intent) or (DISTRESS if in_distress(meant(message)) else None)
    if is_injection(text) and message.get("mood"):
        message.set("mood", dict(CALM), add_to_output=True)  # capitals and "stupid bot" are part of the trick
    if found and found != intent:
        first = {INTENT_NAME_KEY: found, PREDICTED_CONFIDENCE_KEY: 1.0}
        others = [item for item in message.get(INTENT_RANKING_KEY) or [] if item.get(INTENT_NAME_KEY) != found]
        message.set(INTENT, first, add_to_output=True)
        message.set(INTENT_RANKING_KEY, [dict(first), *others], add_to_output=True)
    elif intent in LADDER and is_senseless(text):
        message.set(SENSELESS, True, add_to_output=True)
