"""Short follow-ups ("and express?", "what about the boots?", 那快递呢): recognised, and given the right intent.

Such a sentence has no intent of its own; it asks the last thing again about something else. Decides from words and from
the turn before; classifies nothing itself.
"""

from __future__ import annotations

import re

from bot.nlu.requests import FLOWS, LADDER, POLICIES

MAX_WORDS = 8
# The same for a question about the order just spoken of, which may be written without spaces.
MAX_LETTERS = 60
# A follow-up that is a request of its own by this confidence is taken at its word: "what about returns?".
SURE = 0.75

_OPENING = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|thanks?|thank you|great|good|cool|hm+|ah|oh|alright|all right|fine)\W+)*"
    r"(?:(?:and|or|but|so)\s+(?:what|how)\s+(?:about|if)|what(?:'s| is)? about|how about|what if|same (?:for|with|goes)"
    r"|(?:is (?:it|that) )?the same (?:for|with)|and|or|also|only|even|then|ditto for"
    r"|does (?:that|this|it) (?:also )?(?:apply|go|count|hold|include|work)|is (?:that|this|it) also)\b[\s,]*",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^\W*(?:(?:and|but|so|ok)\W+)*(?:why(?: not| is that)?|how(?: so| much| long| many| far)?|when|where|until when"
    r"|since when|for how long|how come|really|always"
    r"|(?:to|for|in|with|on|at|from|by|without|if|when) (?:\w+\W+){1,5})\s*\?*\s*$",
    re.IGNORECASE,
)
_CHINESE = re.compile(r"^(?:那么?|还有|如果|要是|只有)?[^\uff0c\u3002]{1,14}呢[?\uff1f\u3002]?$")
_OTHER_ONE = re.compile(
    r"\b(?:the|my) (?:other|second|next|first|last)(?: one| order| parcel| package)?\b(?! hand\b)"
    r"|\b(?:another|a different) (?:one|order)\b"
    r"|另一个|另外一个|其他的?订单",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"FH[\s#-]*\d{6}|(?<!\d)\d{6}(?!\d)", re.IGNORECASE)
_FILLER = frozenset(
    {"a", "an", "the", "my", "your", "for", "to", "of", "in", "on", "with", "about", "it", "that", "one", "please"}
    | {"also", "same", "is", "are", "and", "or", "do", "does", "i", "you"}
)
_WORD = re.compile(r"[^\W\d_]+|[\u4e00-\u9fff]")


_THAT = r"\b(?:it|they|this|that|the (?:order|parcel|package))\b"
# What asks about the order just spoken of without naming it: (the words, the request they are).
_OF_THE_ORDER = (
    (
        re.compile(
            r"\bcancel\b.*\b(?:it|that|this|the order)\b|(?:还|可以|能).{0,4}取消",
            re.IGNORECASE,
        ),
        "cancel_order",
    ),
    (
        re.compile(
            rf"\bwhere(?:'s| is| are)\s+{_THAT}|\b(?:when|what day|how long|how soon)\b.*{_THAT}"
            r".*\b(?:arriv\w*|come|coming|here|deliver\w*|ship\w*|reach\w*|take\W*$)"
            r"|(?:什么时候|几时|哪天|多久)(?:能|会|可以)?(?:到|送|收)|(?:在哪|到哪)",
            re.IGNORECASE,
        ),
        "track_order",
    ),
)
_HOW_TO = re.compile(r"怎么|如何|\bhow (?:do|can|does|would)\b", re.IGNORECASE)
_POSTAGE = re.compile(r"\b(?:postage|shipping|label|carriage|delivery costs?)\b|运费|邮费", re.IGNORECASE)
# "No wait, refund instead", right after a return with another wish was noted.
_WISHES = frozenset({"ask_refund_status", "start_return", "report_damage", "ask_return_policy", "unsure"})
_OTHER_WISH = re.compile(
    r"\b(?:refund|money|exchange|swap|replace(?:ment)?|repair)\b|退款|换货|补发|维修", re.IGNORECASE
)
_RATHER = re.compile(
    r"\b(?:no|wait|actually|instead|rather|sorry|prefer|meant|changed my mind)\b|不|还是|改", re.IGNORECASE
)
_ASKS = re.compile(r"[?\uff1f]|\b(?:where|when|how|why)\b", re.IGNORECASE)
# After these the conversation is about one parcel.
_PARCEL = frozenset({"track_order", "not_received", "change_address", "cancel_order", "request_invoice"})


def about_the_order(text: str, intent: str, before: str) -> str:
    """Return the intent of a short question after a request for an order that is known.

    Args:
        text: the question; one that names an order or an e-mail address stands alone.
        intent: what the classifier takes it for by itself.
        before: the intent of the customer's last request.
    """
    if len(text.split()) > MAX_WORDS or len(text) > MAX_LETTERS or names_another(text) or _NUMBER.search(text):
        return intent
    if intent == "start_return" and before in _PARCEL and _HOW_TO.search(text):
        return "ask_return_policy"  # the rules; not a return of an order that was asked about for something else
    if before in _PARCEL and intent not in FLOWS:
        return next((name for words, name in _OF_THE_ORDER if words.search(text)), intent)
    return intent


def about_the_return(text: str, intent: str) -> str:
    """Return the intent of a question in the middle of a return: its postage is that of the way back."""
    return "ask_return_policy" if intent == "ask_shipping_cost" and _POSTAGE.search(text) else intent


def about_the_wish(text: str, intent: str) -> str:
    """Return the intent of what follows a return or a damage that was just noted: another wish corrects it."""
    changes = intent in _WISHES and _OTHER_WISH.search(text) and _RATHER.search(text) and not _ASKS.search(text)
    return "correct" if changes else intent


def follows(text: str) -> bool:
    """Return whether a message can only be understood together with the one before it."""
    if _CHINESE.match(text.strip()):
        return True
    if len(text.split()) > MAX_WORDS:
        return False
    return _OPENING.match(text) is not None or _BARE.match(text) is not None


def names_another(text: str) -> bool:
    """Return whether the message means another order than the one that was spoken of, without its number."""
    return _OTHER_ONE.search(text) is not None and _NUMBER.search(text) is None


def resolved(text: str, intent: str, confidence: float, before: str, answer: str) -> str:
    """Return the intent of a follow-up.

    Args:
        text: the follow-up, one for which ``follows`` is true.
        intent: what the classifier takes it for by itself.
        confidence: how sure the classifier is, 0..1.
        before: the intent of the customer's turn before.
        answer: what the bot said to that turn.
    """
    if before in FLOWS and (names_another(text) or _NUMBER.search(text)):
        return before
    if before not in POLICIES | LADDER:
        return intent
    new = {word.lower() for word in _WORD.findall(_OPENING.sub("", text))} - _FILLER
    if before in POLICIES and new and new <= {word.lower() for word in _WORD.findall(answer)}:
        return before
    if confidence >= SURE and intent not in LADDER:
        return intent
    return "ask_question"
