"""What of a sentence must stand in its evidence exactly: figures, links, names and labels; and what denies it.

A network that judges meaning is weakest where one character decides. Does not judge meaning: see ``support``.
"""

from __future__ import annotations

import re

from bot.answering import sentences
from bot.answering.evidence import content_words
from bot.answering.figures import LINK, unfounded
from bot.answering.limits import turned

_LABEL = re.compile(r"[\"“‘]([^\"“”’]{2,60})[\"”’]|(?<!\w)'([^']{2,60})'(?!\w)")
_PATH = re.compile(r"\s*(?:>|›|→|»)\s*")
_WORD = re.compile(r"[^\W_][\w'’&+-]*")
# Capitalised words that name nothing.
_PLAIN = frozenset(("I", "I'm", "I'd", "I'll", "I've", "OK", "FAQ", "PS"))
# Names even at the start of a sentence.
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("january", "february", "april", "june", "july", "august", "september", "october", "november", "december")
_CALENDAR = frozenset((*_WEEK, *_MONTHS))
_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
_DAYS = re.compile(rf"\b{_DAY}[a-z]*(?:\s?[-–]\s?|\s(?:to|until|through)\s){_DAY}")
_NEGATION = re.compile(
    r"\b(?:not|never|cannot|none|nobody|nothing|neither|nor|no|unable|impossible|excluded|refused?)\b"
    r"(?!-| (?:\w+er|more|less) than\b)"
    r"|n[’']t\b",
    re.IGNORECASE,
)
_REPLY = re.compile(
    r"^(?:yes|no|yeah|sure|sorry|unfortunately(?: not| yes)?|i(?:'m| am) (?:sorry|afraid)|of course|certainly)"
    r"(?:[,.:;!]| -| –|(?= \w))\s*",
    re.IGNORECASE,
)
# One word for the other turns a sentence around. Pairs that cannot both fit the same other words.
_OPPOSED = """
with/without before/after first/last always/never open/closed open/shut more/less more/fewer above/below over/under
inside/outside left/right top/bottom front/back on/off in/out upper/lower upwards/downwards minimum/maximum least/most
earlier/later earliest/latest old/new used/unused used/new worn/unworn opened/unopened cheaper/dearer included/excluded
including/excluding allowed/forbidden accepted/refused accept/refuse available/unavailable possible/impossible
valid/invalid if/unless weekdays/weekends online/offline summer/winter warm/cold hot/cold wet/dry large/small
bigger/smaller larger/smaller longer/shorter heavier/lighter higher/lower buyer/seller sender/receiver adults/children
increase/decrease arrival/departure optional/required both/neither anybody/nobody everybody/nobody everything/nothing
all/none each/no every/no some/all automatic/manual automatically/manually
"""
_OPPOSITES = tuple((one.split("/")[0], one.split("/")[1]) for one in _OPPOSED.split())
_TURNING = frozenset(word for pair in _OPPOSITES for word in pair)
# A text that holds this share of a sentence's words, and of whose own words this share stands in the sentence, speaks
# of the same thing: a negation in one alone contradicts.
SAME_WORDS, SAME_BACK = 0.9, 0.6


def stand(sentence: str, span: str) -> bool:
    """Return whether all that is exact in a sentence stands in the span, no limit is turned and nothing is denied."""
    return not (missing(sentence, span) or turned(sentence, span) or denies(sentence, span))


def missing(sentence: str, span: str) -> set[str]:
    """Return what of a sentence's figures, links, names and labels the span does not hold."""
    return unfounded(sentence, span) | _names_missing(sentence, span) | _labels_missing(sentence, span)


def _names_missing(sentence: str, span: str) -> set[str]:
    """Return the names of a sentence that the span does not hold: words with a capital, at the start only marked ones.

    A capital at the start, after a colon or in a label is no sign of a name.
    """
    known = {form for word in _WORD.findall(span) for form in _forms(word)} | _days(span)
    bare = _LABEL.sub(" ", LINK.sub(" ", sentence))
    found: set[str] = set()
    for part in re.split(r"(?<=[.!?:;])\s+|\s[-–—]\s", bare):
        for at, match in enumerate(_WORD.finditer(part)):
            word = match.group()
            marked = _is_marked(word) or word.lower() in _CALENDAR
            if word not in _PLAIN and (marked or (at > 0 and word[0].isupper())):
                found.add(word.lower())
    return {word for word in found if not set(_forms(word)) & known and not set(word.split("-")) <= known}


def _is_marked(word: str) -> bool:
    """Return whether a word is a name wherever it stands: "X200", "eSIM", "DHL"."""
    return any(map(str.isupper, word[1:])) or (word[0].isupper() and any(map(str.isdigit, word)))


def _forms(word: str) -> list[str]:
    """Return a word in lower case: whole, without hyphens, in parts; each also without the s of genitive or plural."""
    lowered = word.lower().replace("’", "'")
    forms = [lowered, lowered.replace("-", ""), *lowered.split("-")]
    return forms + [form.removesuffix("'s").rstrip("s'") for form in forms]


def _days(span: str) -> set[str]:
    """Return the days that a span states in other words: "weekdays", "at weekends", "Monday to Saturday"."""
    text = span.lower()
    found = set(_WEEK[:5]) if "weekday" in text else set()
    found |= set(_WEEK[5:]) if "weekend" in text else set()
    for first, last in _DAYS.findall(text):
        start, end = (next(at for at, day in enumerate(_WEEK) if day.startswith(name)) for name in (first, last))
        found |= set(_WEEK[start : end + 1])
    return found | {f"{day}s" for day in found}


def _labels_missing(sentence: str, span: str) -> set[str]:
    """Return what stands in quotation marks or on a path of menus and is not in the span."""
    said = f" {' '.join(sentences.words(span))} "
    labels = [one or two for one, two in _LABEL.findall(sentence)]
    if len(steps := _PATH.split(sentence)) > 1:
        labels += [" ".join(sentences.words(step)[:1]) for step in steps[1:]]
    return {label for label in labels if f" {' '.join(sentences.words(label))} " not in said}


def denies(sentence: str, span: str) -> bool:
    """Return whether one denies what the other says in the same words; other words are for the scorer to judge.

    A leading "Yes" or "No" answers a question that is not seen here, and counts for nothing.
    """
    bare = _REPLY.sub("", sentence)
    wanted = _telling(bare)
    if not wanted:
        return False
    parts = [part for sentence in sentences.split(span) for part in re.split(r"[;…]", sentence) if part.strip()]
    nearest = max(parts, key=lambda part: len(wanted & _telling(part)), default="")
    said = _telling(nearest)
    shared = len(wanted & said)
    same = shared >= SAME_WORDS * len(wanted) and shared >= SAME_BACK * len(said)
    return same and (bool(_NEGATION.search(bare)) != bool(_NEGATION.search(nearest)) or _opposed(bare, nearest))


def _opposed(one: str, two: str) -> bool:
    """Return whether one text has a word in whose place the other has its opposite."""
    mine, theirs = set(sentences.words(one)), set(sentences.words(two))
    only, others = mine - theirs, theirs - mine
    return any((a in only and b in others) or (b in only and a in others) for a, b in _OPPOSITES)


def _telling(text: str) -> set[str]:
    """Return the words that carry meaning, but for those that deny it or turn it around."""
    return {word for word in content_words(text) if not _NEGATION.search(word) and word not in _TURNING}
