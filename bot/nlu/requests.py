"""Several requests in one message: where a message may be cut, and when the cut is kept.

Cuts are made at sentence ends, at words that add something ("also", "by the way", 另外) and before an "and" that opens
another request. They are kept only when two parts ask for two different things, each of them clearly. Classifies
nothing itself: whoever calls it brings the intent of each piece.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.nlu.refusal import second_thought

# Intents whose flow may ask something back; they come last.
FLOWS = frozenset(
    {"track_order", "cancel_order", "change_address", "request_invoice", "start_return", "ask_refund_status"}
    | {"ask_return_number", "report_damage", "reset_access"}
)
# Intents that one sentence answers.
POLICIES = frozenset(
    {"ask_opening_hours", "ask_shipping_cost", "ask_delivery_time", "ask_return_policy", "ask_payment_methods"}
    | {"ask_warranty", "ask_discount", "ask_gift_card", "ask_stock"}
)
# Intents that the solved tickets answer; the fallback is one of them.
LADDER = frozenset({"ask_question", "nlu_fallback", "out_of_scope"})
# Two names of one matter: "cancel it and give me my money back" is one request.
ONE_MATTER = tuple(
    frozenset(pair.split())
    for pair in (
        "cancel_order ask_refund_status",
        "cancel_order start_return",
        "start_return ask_refund_status",
        "start_return report_damage",
        "start_return ask_return_number",
        "report_damage ask_refund_status",
        "report_damage ask_warranty",
        "report_damage track_order",
        "track_order ask_delivery_time",
        "track_order ask_refund_status",
    )
)
MIN_CONFIDENCE = 0.6
MAX_PIECES = 6
MAX_REQUESTS = 3
# A question for the tickets that is cut out must make sense alone: this many words, none of them pointing back.
MIN_QUESTION_WORDS = 4
# Clauses of a message that is understood by its parts only: least length in words or characters, greatest number.
MIN_CLAUSE = 4
MAX_CLAUSES = 16

# "Also" adds a request only where a clause begins: "does the gift card also cover shipping" is one question.
_WEAK = r"(?:also|additionally|in addition|besides(?: that)?|plus|on top of that|second(?:ly)?(?=,))"
_STRONG = (
    r"(?:another (?:thing|question)|one more (?:thing|question)|(?:my )?(?:second|next|other) question(?: is)?"
    r"|by the way|btw|while (?:i'm|i am|we're|you're) at it)"
)
_CHINESE = r"(?:另外|还有|此外|顺便(?:问一下|问下)?|再问一下)"
_JOINT = r"(?:^|[.,;:?!\n\uff0c\u3002\uff1b\uff1f\uff01]+|\s(?=and\b|but\b|&))\s*(?:(?:and|but|oh|&)\s+)*"
_REQUEST = (
    r"(?:please|pls|kindly|how|whats?|what's|when|where|which|who|why|do|does|is|are|can|could|would|will|may"
    r"|i(?:'d| would)? (?:also )?(?:need|want|like)|let me know|(?:tell|send|give|show) (?:me|us))\b"
)
_ORDER = r"(?:cancel|change|return|track|check|reset|report|refund|find|explain|resend)\b"
_CUT = re.compile(
    rf"(?P<added>{_JOINT}{_WEAK}\b[\s,:-]*(?:and\s+)?|[\s,;.]*(?:\b(?:and|but|oh)\s+)*\b{_STRONG}\b[\s,:-]*"
    rf"|\s*[,\uff0c\u3002\uff1b]?\s*{_CHINESE}[,\uff0c\u3001:\uff1a ]*)"
    r"|(?P<end>[?!;\u3002\uff1f\uff01\uff1b]+\s*|(?<!\bno)(?<!\bnr)\.+\s+|\n+)"
    # "Can I order two and return one" is one question; "I want to return one and cancel the other" is two requests.
    rf"|(?P<and>,?\s+(?:and|&|but)\s+(?:then\s+)?(?=(?P<order>{_ORDER})|{_REQUEST}))",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[.?!;,\n\u3002\uff1f\uff01\uff1b\uff0c]+(?:\s+|$|(?<=[\u3002\uff1f\uff01\uff1b\uff0c]))")
_ASKS_LEAVE = re.compile(r"\b(?:can|could|may|should|must|do) (?:i|we)\b", re.IGNORECASE)
_QUESTION = re.compile(
    r"^\W*(?:(?:and|so|ok|hi|hello|hey|please|tell me|could you tell me|i(?:'d like| want) to know|do you know)\W+)*"
    r"(?:how|what|whats|what's|when|where|which|who|why|do|does|did|is|are|can|could|would|will|may|should|has|have)\b"
    r"|[?\uff1f]\s*$|[吗呢么]|多少|怎么|什么|哪|几",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(r"\b(?:it|its|that|this|them|they|these|those|one|same|then)\b|[它这那]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Piece:
    """A stretch of a message; ``added`` says that a word such as "also" opens it."""

    text: str
    added: bool = False


@dataclass(frozen=True)
class Request:
    """One request of a message with its intent and the intent's confidence, 0..1."""

    text: str
    intent: str
    confidence: float


def pieces(text: str) -> list[Piece]:
    """Return the message cut at every place where another request may begin; one piece when there is none."""
    found: list[Piece] = []
    start, added = 0, False
    if second_thought(text):
        return [Piece(text)]
    for cut in _CUT.finditer(text):
        if cut["order"] and _ASKS_LEAVE.search(text, start, cut.start()):
            continue
        _append(found, text[start : cut.start() + _stops(cut.group())], added)
        start, added = cut.end(), cut["added"] is not None or (added and start == cut.start())
    _append(found, text[start:], added)
    return found


def clauses(text: str) -> list[str]:
    """Return the clauses of a long message that can hold a request; nothing where it is short or endless."""
    found = [clause.strip(" ,") for clause in _CLAUSE.split(text)]
    said = [
        clause
        for clause in found
        if len(_WORD.findall(clause)) >= MIN_CLAUSE or len(_HAN.findall(clause)) >= MIN_CLAUSE
    ]
    return said if len(found) > 1 and len(said) <= MAX_CLAUSES else []


def hidden(parts: Sequence[Request]) -> Request | None:
    """Return the one clause of a message that asks for a flow, or None: then it asks for none, or for several."""
    sure = [part for part in parts if part.intent in FLOWS and part.confidence >= MIN_CONFIDENCE]
    return max(sure, key=lambda part: part.confidence) if len({part.intent for part in sure}) == 1 else None


def _stops(text: str) -> int:
    """Return the number of characters at the start that end a sentence."""
    return len(text) - len(text.lstrip(".;?!\u3002\uff1f\uff01\uff1b"))


def _append(found: list[Piece], text: str, added: bool) -> None:
    if _WORD.search(text) or any(letter.isdigit() for letter in text):
        found.append(Piece(text.strip(" ,\n\t"), added))


def requests(parts: Sequence[Request]) -> list[Request]:
    """Return the requests to serve one after the other, questions first, or nothing when the message is one matter.

    ``parts`` are the pieces in their order, each with its intent. What is no request of its own (a greeting, a detail)
    stays with the request before it, or with the first one.
    """
    found: list[Request] = []
    lead_in = ""
    for part in parts:
        if _stands_alone(part) and not (found and part.intent == found[-1].intent and part.intent not in LADDER):
            found.append(
                Request(f"{lead_in} {part.text}".strip() if not found else part.text, part.intent, part.confidence)
            )
        elif found:
            last = found[-1]
            found[-1] = Request(f"{last.text} {part.text}", last.intent, last.confidence)
        elif part.intent in ("inform", "correct"):
            lead_in = f"{lead_in} {part.text}"
    return _ordered(found) if _are_several(found) else []


def _stands_alone(part: Request) -> bool:
    """Return whether a part is a request that needs no other part to be understood."""
    if part.intent in FLOWS:
        return part.confidence >= MIN_CONFIDENCE
    if part.intent not in POLICIES | LADDER or _POINTS_BACK.search(part.text):
        return False
    if part.intent in POLICIES:
        return part.confidence >= MIN_CONFIDENCE
    length = max(len(_WORD.findall(part.text)), len(_HAN.findall(part.text)))
    return length >= MIN_QUESTION_WORDS and _QUESTION.search(part.text) is not None


def _are_several(found: Sequence[Request]) -> bool:
    intents = [request.intent for request in found]
    if not 2 <= len(found) <= MAX_REQUESTS or len({*intents} - LADDER) < len(
        [one for one in intents if one not in LADDER]
    ):
        return False
    return not any(pair <= set(intents) for pair in ONE_MATTER)


def _ordered(found: Sequence[Request]) -> list[Request]:
    """Return questions before flows: a flow may ask something back, and its question must stand last."""
    return sorted(found, key=lambda request: request.intent in FLOWS)
