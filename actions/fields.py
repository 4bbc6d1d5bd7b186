"""What customers type, turned into values: order numbers, e-mail addresses, postal addresses, wishes.

Nothing is guessed: a text that could be read in two ways, or not at all, becomes None and the form asks again.
"""

from __future__ import annotations

import re
from typing import Any

from actions import chinese

MAX_FREE_TEXT = 500
MAX_ADDRESS = 200
MAX_EMAIL = 254

# "FH-204817", "fh 204817", "#204817"; without FH the six digits must not be part of a telephone or card number.
ORDER_NUMBER = re.compile(r"FH[\s#-]*(\d{6})(?!\d)|(?<!\d)(?<!\d[ .-])(\d{6})(?![ .-]?\d{3}|\d)", re.IGNORECASE)
# No character of an unspaced script: "邮箱anna@example.org" is an address after a word.
EMAIL = re.compile(
    r"(?:[^\W\u2e80-\uffef]|[.!#$%&'*+/=?^`{|}~-])+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}", re.IGNORECASE
)
# "no, please send it to ...", "my new address is: ..."
ADDRESS_LEAD_IN = re.compile(
    r"^(?:(?:no|yes|ok|sorry|oops|wait|actually|please|wrong|it'?s|it is|(?:it|that) should be|make (?:it|that)"
    r"|i meant?)\b[\s,.:!-]*)*"
    r"(?:.*\b(?:address(?: is| to|:)|(?:send|ship|deliver|change) (?:it|that|this) to|goes to)[\s:]+"
    r"|.*(?:地址(?:应该)?(?:是|为|改成|改为|[:：])|[寄送改发](?:到|成|给|去))[\s:：]*)?",
    re.IGNORECASE | re.DOTALL,
)
# A message that is nothing but an attempt at an order number: "12345", "FH-2O4817".
NUMBER_ATTEMPT = re.compile(r"\W*(?:fh[\s#-]*\w{1,12}|\d[\d\s-]{2,14})\W*", re.IGNORECASE)
HOUSE_NUMBER = re.compile(r"(?<![\w-])\d{1,4}(?:\s?[a-z])?(?:[/-]\d{1,4})?(?![\w-])", re.IGNORECASE)
# The shapes of European postcodes: 1011 AB, 10969, 1050, 00-950, 110 00, 4000-322, D02 X285, LV-1010.
POSTCODE = re.compile(
    r"(?<![\w-])(?:[A-Z]{1,2}-)?(?:\d{4}\s?[A-Z]{2}|\d{2}-\d{3}|\d{4}-\d{3}|\d{3}\s\d{2}|\d{4,5}|[A-Z]\d[\dW]\s?(?=\w*\d)\w{4})"
    r"(?![\w-])",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_]{2,}")

# "... of order FH-204818", "my e-mail is anna@example.org": what stands around an address and is none of it.
IDENTIFIER = re.compile(
    r"[\s,.;]*\b(?:(?:and|of|for|on|my|the|order|number|no|e-?mail|mail|address|is)\b[\s,.:#]*)*"
    rf"(?:{EMAIL.pattern}|{ORDER_NUMBER.pattern})",
    re.IGNORECASE,
)
# The words after which an address begins, the last of them in the message.
DESTINATION = re.compile(r".*(?:\b(?:to|is|address)\b|:)[\s:]+", re.IGNORECASE | re.DOTALL)
COURTESY = re.compile(r"[\s,.]*\b(?:please|pls|thanks)\b.*$", re.IGNORECASE | re.DOTALL)

WISHES: dict[str, tuple[str, ...]] = {
    "refund": ("refund", "refunded", "money", "reimburse", "reimbursement"),
    "exchange": ("exchange", "exchanged", "swap", "size", "another", "different"),
    "replacement": ("replacement", "replace", "replaced", "new", "resend"),
    "repair": ("repair", "repaired", "repairing", "fix", "fixed", "mend", "mended"),
}


# What opens a flow names its wish with one of these: "wrong size" is a reason to return something.
NAMED_WISHES: dict[str, frozenset[str]] = {
    "refund": frozenset({"refund", "money"}),
    "exchange": frozenset({"exchange", "exchanged", "swap"}),
    "replacement": frozenset({"replacement", "replaced"}),
    "repair": frozenset({"repair", "repaired"}),
}
# A message of nothing but these and one of the plain wishes is a wish, whatever was asked.
PLAIN_WISHES: dict[str, frozenset[str]] = {
    "refund": frozenset({"refund", "money", "reimbursement"}),
    "exchange": frozenset({"exchange", "swap", "another", "different", "other", "size"}),
    "replacement": frozenset({"replacement", "new"}),
    "repair": frozenset({"repair", "repaired", "fixed", "mended"}),
}
FILLERS = frozenset(
    {"a", "an", "the", "my", "me", "i", "id", "i'd", "want", "would", "like", "need", "just", "only", "get", "back"}
    | {"it", "for", "please", "pls", "ok", "yes", "one", "some", "send", "give"}
)
TOKEN = re.compile(r"[\w']+|[,.;:!?]")
NEGATIONS = frozenset(
    {"no", "not", "dont", "cannot", "cant", "wont", "never", "without", "neither", "nor", "isnt", "doesnt", "didnt"}
)
# What ends the reach of a "not": "not a refund, an exchange", "no refund but an exchange".
CLAUSE_ENDS = frozenset({",", ".", ";", ":", "!", "?", "but", "so", "because", "just", "then"})
# "I do not need it any more" sounds like a stop; at the question for the reason it is the commonest answer.
REASON = re.compile(
    r"\b(?:need(?:ed)?|fits?|likes?|uses?|used|too|minds?|mistake|twice|because|cheaper|elsewhere|trip|gift|present"
    r"|works?|working|size|colou?r|any ?more|any longer|no longer)\b|需要|喜欢|合适|用不|想要了|改主意|买错|太",
    re.IGNORECASE,
)
NO_REASON = re.compile(
    r"\b(?:stop|cancel|return\w*|leave|forget|never ?mind|quit|abort|help|person|refund|exchange|do this)\b"
    r"|取消|退货|退款|换货|停|算了|人工",
    re.IGNORECASE,
)


def values(raw: Any) -> list[str]:
    """Return what a slot candidate holds: Rasa passes a list when a message has several entities of one kind."""
    items = raw if isinstance(raw, list) else [raw]
    return [str(item) for item in items if item not in (None, "")]


def order_numbers(raw: Any) -> set[str]:
    """Return all order numbers that are named, as ``FH-`` and six digits."""
    return {f"FH-{match[1] or match[2]}" for text in values(raw) for match in ORDER_NUMBER.finditer(text)}


def order_number(raw: Any) -> str | None:
    """Return ``FH-`` and six digits, or None when there is no number or more than one."""
    found = order_numbers(raw)
    return found.pop() if len(found) == 1 else None


def is_number_attempt(text: str) -> bool:
    """Return whether the text is meant as an order number, right or wrong; a question that holds digits is not."""
    return NUMBER_ATTEMPT.fullmatch(text) is not None


def emails(raw: Any) -> set[str]:
    """Return all e-mail addresses that are named, in lower case."""
    return {match.lower() for text in values(raw) for match in EMAIL.findall(text)}


def email(raw: Any) -> str | None:
    """Return the e-mail address in lower case, or None when there is none or more than one."""
    found = emails(raw)
    if len(found) != 1:
        return None
    address = found.pop()
    return address if len(address) <= MAX_EMAIL and ".." not in address else None


def address(raw: Any) -> str | None:
    """Return a postal address in one line if it names a street, a house number, and a postcode with a city.

    Does not check that the address exists: the customer confirms it, and the shop has the last word.
    """
    text = " ".join(", ".join(values(raw)).replace("\n", ", ").split())
    text = ADDRESS_LEAD_IN.sub("", text).strip(" .,;")
    if len(text) > MAX_ADDRESS:
        return None
    for postcode in POSTCODE.finditer(text):
        rest = f"{text[: postcode.start()]}|{text[postcode.end() :]}"
        if HOUSE_NUMBER.search(rest) and len(WORD.findall(rest)) >= 2:
            return text
    return None


def address_within(text: str) -> str | None:
    """Return the postal address at the end of a message that also says what to do with it, else None."""
    rest = IDENTIFIER.sub("", text)
    if DESTINATION.match(rest) is None:
        return None
    return address(COURTESY.sub("", DESTINATION.sub("", rest)))


def is_identifier(text: str) -> bool:
    """Return whether the text is an order number or an e-mail address, or both, and says nothing else."""
    rest, found = IDENTIFIER.subn("", text)
    return found > 0 and WORD.search(rest) is None


def free_text(raw: Any) -> str | None:
    """Return a description of at most 500 characters, or None when it says nothing (no word, or a button payload)."""
    text = " ".join(" ".join(values(raw)).split())
    if text.startswith("/") or not WORD.search(text):
        return None
    return text[:MAX_FREE_TEXT]


def wish(raw: Any, allowed: tuple[str, ...]) -> str | None:
    """Return which of the ``allowed`` wishes the text names, or None when it names none or several.

    A wish that is only named to be refused ("not a refund") does not count, and does not mean the other one either.
    """
    said = " . ".join(values(raw))
    words = _wanted(said)
    named = [name for name in allowed if words.intersection(WISHES[name])] or chinese.wishes(said, allowed)
    return named[0] if len(named) == 1 else None


def plain_wish(raw: Any, allowed: tuple[str, ...]) -> str | None:
    """Return the wish if the text says nothing else: "refund please", not "refund, because the zip is broken"."""
    said = " ".join(values(raw))
    if chinese.CHINESE.search(said):
        named = chinese.wishes(said, allowed) if chinese.is_plain(said) else []
        return named[0] if len(named) == 1 else None
    words = set(re.findall(r"[\w']+", said.lower())) - FILLERS
    named = [name for name in allowed if words and words <= PLAIN_WISHES[name]]
    return named[0] if len(named) == 1 else None


def named_wish(text: str, allowed: tuple[str, ...]) -> str | None:
    """Return the one wish that a message names by its name and does not refuse, whatever else it says."""
    words = _wanted(text)
    named = [name for name in allowed if words & NAMED_WISHES[name]] or chinese.wishes(text, allowed)
    return named[0] if len(named) == 1 else None


def is_reason(text: str) -> bool:
    """Return whether the text says why something goes back, and does not stop the return itself."""
    return bool(REASON.search(text)) and not NO_REASON.search(text)


def is_refused(word: str, text: str) -> bool:
    """Return whether the text names the word only to refuse it: "I do not want to cancel it"."""
    return word in TOKEN.findall(text.lower()) and word not in _wanted(text)


def _wanted(text: str) -> set[str]:
    """Return the words that no "not", "instead of" or "rather than" before them in the same clause takes back."""
    tokens = TOKEN.findall(text.lower().replace("\u2019", "'"))
    wanted: set[str] = set()
    negated = False
    for token, following in zip(tokens, [*tokens, ""][1:], strict=True):
        if token in CLAUSE_ENDS:
            negated = False
        elif token == "instead":
            negated = following == "of"
        elif token == "rather":
            negated = negated or following == "than"
        elif token.replace("'", "") in NEGATIONS or token.endswith("n't"):
            negated = True
        elif not negated:
            wanted.add(token)
    return wanted
