"""Turns a true sentence into one that its evidence no longer states, and into one that it still does.

Each function returns a new text, or nothing when the sentence offers no hold. Knows nothing of evidence.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

# Both directions of each line: words that change what is promised, not how it is said.
OPPOSITES = """
before|after
at least|at most
up to|at least
no later than|no earlier than
minimum|maximum
earliest|latest
always|never
free of charge|for a fee
at no cost|at extra cost
included|charged separately
included|not included
online|by post
online|only in person
by phone|only by letter
by e-mail|only by phone
automatically|only on request
per month|per year
per person|per group
monthly|yearly
refund|voucher
open|closed
available|sold out
allowed|forbidden
accepted|refused
new|used
more|less
over|under
with|without
cheaper|dearer
unless|even if
as long as|whether or not
provided|even if it is not the case that
if|unless
adults|children
weekdays|weekends
working days|weeks
day|week
days|months
hour|day
minutes|hours
month|year
first|last
both|neither
arrive|leave
delivery|purchase
sender|receiver
we pay|you pay
we deduct|we add
"""
NEGATIONS = (
    (r"\b(can)(?:not|'t)\b", r"\1"),
    (r"\bcan\b(?!not|'t)", "cannot"),
    (r"\b(is|are|was|were|does|do|will|would|must)(?:n't| not)\b", r"\1"),
    (r"\bwon't\b", "will"),
    (r"\b(is|are)\b(?! not|n't)", r"\1 not"),
    (r"\bwill\b(?! not)", "will not"),
    (r"\b(need|have) to\b", r"don't \1 to"),
    (r"\bmust\b(?! not)", "need not"),
    (r"\b(we|you|they) (accept|offer|charge|refund|deliver|ship|pay|get|need|receive|keep|have)\b", r"\1 don't \2"),
    (r"\b(costs?|takes?|covers?|includes?|applies|works?|allows?|offers?)\b", r"never \1"),
    (r"\bno\b(?= \w)", "a"),
    (r"\bnot\b ?", ""),
)
ADDITIONS = (
    " and it is free of charge", ", and we refund the shipping as well", " within two working days",
    " at no extra cost", ", and you get a confirmation by e-mail", ", which usually takes about a week",
    " by calling our hotline", ", but only for members", " in all our shops", " with your receipt",
    ", and a colleague will call you back", " at any time", ", even without an account", " worldwide",
    ", and you also get a voucher", " because of legal rules", ", as our manager has approved it",
    " for new customers only",
    ", and nothing else is needed", ", on weekends too", " in the app", ", with a small surcharge",
)  # fmt: skip
POLITE = (
    "Yes, ", "Sure, ", "Good news: ", "Just so you know, ", "Thanks for asking: ", "Of course, ", "I'm happy to help: ",
    "No problem, ", "Good question! ", "Sorry for the trouble. ", "In short, ", "To answer your question, ",
)  # fmt: skip
PLAINER = (
    (r"\bcannot\b|\bcan not\b", "can't"), (r"\bcan't\b", "cannot"), (r"\bdo not\b", "don't"), (r"\bis not\b", "isn't"),
    (r"\bit is\b", "it's"), (r"\byou will\b", "you'll"), (r"\bplease \b", ""), (r"\bunfortunately,? ", ""),
)  # fmt: skip
_PAIRS = [(line.split("|")[0], line.split("|")[1]) for line in OPPOSITES.split("\n") if line]
SWAPS = [*_PAIRS, *((two, one) for one, two in _PAIRS), ("every", "no"), ("some", "all"), ("only if", "even if not")]
_NUMBER = re.compile(r"\d+")
_SPELLED = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "twenty", "thirty")


def negated(text: str, picked: random.Random) -> str:
    """Return the text with one negation put in or taken out."""
    return _applied(text, NEGATIONS, picked)


def swapped(text: str, picked: random.Random) -> str:
    """Return the text with one telling word replaced by its opposite or by another of its kind."""
    return _applied(text, [(rf"\b{re.escape(one)}\b", two) for one, two in SWAPS], picked)


def added(text: str, picked: random.Random) -> str:
    """Return the text with one claim more."""
    bare = text.rstrip(".! ")
    return f"{bare}{picked.choice(ADDITIONS)}." if bare else ""


def renumbered(text: str, picked: random.Random) -> str:
    """Return the text with one number changed, in figures or in words."""
    places = list(_NUMBER.finditer(text))
    words = [found for word in _SPELLED for found in re.finditer(rf"\b{word}\b", text)]
    if not places and not words:
        return ""
    found = picked.choice(places + words)
    old = found.group()
    if old.isdigit():
        new = str(max(1, int(old) + picked.choice((-3, -2, -1, 1, 2, 5, 10, int(old)))))
    else:
        new = picked.choice(_SPELLED)
    return "" if new == old else text[: found.start()] + new + text[found.end() :]


def same(text: str, picked: random.Random) -> str:
    """Return the text with a polite opening or in another form; what it says stays."""
    if picked.random() < 0.5:
        opening = picked.choice(POLITE)
        if text[:4].lower().startswith(("yes", "no,", "no.", "no:", "unfo")):
            return ""
        return f"{opening}{text[0].lower()}{text[1:]}" if not opening.endswith(("! ", ". ")) else opening + text
    return _applied(text, PLAINER, picked)


def _applied(text: str, rules: Sequence[tuple[str, str]], picked: random.Random) -> str:
    """Return the text after one of the rules that fit, at one of the places."""
    fitting = [(found, new) for old, new in rules for found in re.finditer(old, text, re.IGNORECASE)]
    if not fitting:
        return ""
    found, new = picked.choice(fitting)
    new = found.expand(new) if "\\" in new else new
    new = new[:1].upper() + new[1:] if found.start() == 0 else new
    return re.sub(r"\s{2,}", " ", text[: found.start()] + new + text[found.end() :]).strip()
