"""Tells whether a limit has been turned around: "at least 16" for "at most 16", "per year" for "per month".

Looks at limits of the same number and at rates alone, in English. Does not compare the numbers: see figures.py.
"""

from __future__ import annotations

import re

from bot.answering.figures import NUMBER_WORDS, number_of

_NUMBER = rf"(?:[€$£¥]\s?|eur |usd |gbp |chf )?(?P<number>\d[\d.,:]*|{NUMBER_WORDS})(?!\w)"
_WORDS = r"(?:\s(?!or\b|and\b)[\w%°]+){0,3}"
_LEAST = (
    r"at least|(?:a |the )?minimum (?:\w+ ){0,8}?(?:of|is|:)|no (?:less|fewer|earlier|sooner|younger) than"
    r"|not less than"
)
_MOST = (
    r"at most|up to|(?:a |the )?maximum (?:\w+ ){0,8}?(?:of|is|:)|no (?:more|later|longer|larger|bigger|heavier) than"
    r"|not more than|not exceed(?:ing)?|within"
)
_OVER, _UNDER = r"(?<!no )(?<!not )more than|over|above", r"(?<!no )(?<!not )less than|under|below"
_LEAST_AFTER = r"or (?:more|older|over|above|longer)|and (?:above|over|older)|upwards|minimum|at (?:the )?least"
_MOST_AFTER = r"or (?:less|fewer|younger|under|below|shorter)|at (?:the )?most|maximum|at the latest"
_BEFORE = {
    "least": re.compile(rf"\b(?:{_LEAST})\s{_NUMBER}", re.IGNORECASE),
    "most": re.compile(rf"\b(?:{_MOST})\s{_NUMBER}", re.IGNORECASE),
}
_AFTER = {
    "least": re.compile(rf"{_NUMBER}{_WORDS},? (?:{_LEAST_AFTER})\b", re.IGNORECASE),
    "most": re.compile(rf"{_NUMBER}{_WORDS},? (?:{_MOST_AFTER})\b", re.IGNORECASE),
}
# Only a sentence's own: in evidence they may speak of the rest ("nobody under 16").
_STRICT = {
    "least": re.compile(rf"\b(?:{_OVER})\s{_NUMBER}", re.IGNORECASE),
    "most": re.compile(rf"\b(?:{_UNDER})\s{_NUMBER}", re.IGNORECASE),
}
_DENIED = re.compile(r"\b(?:not|never|cannot|none|nobody|no)\b(?! \w+(?:er)? than)|n't\b", re.IGNORECASE)
# "At least 2 days before" is "up to 2 days before".
_AHEAD = re.compile(r"(?:[\s-][\w']+){0,4}?\s(?:before|ahead|in advance|beforehand|prior|earlier)\b", re.IGNORECASE)
_PERIOD = "hour|day|night|week|month|quarter|year"
_RATE = re.compile(rf"\b(?:per|each|every)\s({_PERIOD})\b", re.IGNORECASE)
_RATE_OF_EVIDENCE = re.compile(rf"\b(?:per|each|every|an?|any|one|of the|in the)\s({_PERIOD})\b", re.IGNORECASE)
_ADVERBS = {
    "hourly": "hour",
    "daily": "day",
    "nightly": "night",
    "weekly": "week",
    "monthly": "month",
    "yearly": "year",
}
_ADVERBS |= {"annual": "year", "annually": "year", "quarterly": "quarter"}


def turned(sentence: str, span: str) -> bool:
    """Return whether a limit or rate of the sentence is the opposite of, or another than, the one in the span."""
    return _limit_turned(sentence, span) or _rate_changed(sentence, span)


def _limit_turned(sentence: str, span: str) -> bool:
    if _DENIED.search(sentence):  # "nobody under 16" is "at least 16"
        return False
    said, held = _limits(sentence, strict=True), _limits(span, strict=False)
    return any(len(said[one]) == len(held[one]) == 1 and said[one] != held[one] for one in set(said) & set(held))


def _limits(text: str, *, strict: bool) -> dict[str, set[str]]:
    """Return for each number of a limit whether it is the least, the most, or both at different places."""
    found: dict[str, set[str]] = {}
    for patterns in (_BEFORE, _AFTER, _STRICT) if strict else (_BEFORE, _AFTER):
        for kind, pattern in patterns.items():
            for match in pattern.finditer(text):
                if not _AHEAD.match(text[match.end("number") :]):
                    found.setdefault(number_of(match["number"]), set()).add(kind)
    return found


def _rate_changed(sentence: str, span: str) -> bool:
    said, held = _rates(sentence, _RATE), _rates(span, _RATE_OF_EVIDENCE)
    return bool(held) and not said <= held


def _rates(text: str, pattern: re.Pattern[str]) -> set[str]:
    words = set(re.findall(r"\w+", text.lower()))
    return {match[1].lower() for match in pattern.finditer(text)} | {_ADVERBS[word] for word in words & set(_ADVERBS)}
