"""Figures, links and numbers to call of a text, each written in one form, so that two texts can be compared.

"2 pm" and "14:00" are the same, "two weeks" and "2 weeks", "€39" and "39 euro", "1,000" and "1000". English only. Does
not know which of them matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LINK = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.\w+|\b[\w-]+\.(?:example|com|org|net|io|eu|de)\b\S*", re.IGNORECASE
)
_PHONE = re.compile(r"\+?\(?\d[\d\s()/-]{6,}\d")
MIN_PHONE = 7  # digits
_TIME = re.compile(r"\b(\d{1,2})(?:[:.](\d{2}))?\s?([ap])\.?m\b\.?|\b(\d{1,2}):(\d{2})\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_THOUSANDS = re.compile(r"(?<=\d)[,.](?=\d{3}(?!\d))")
_CURRENCIES = {
    "€": "euro", "eur": "euro", "euro": "euro", "euros": "euro", "$": "dollar", "usd": "dollar", "dollar": "dollar",
    "dollars": "dollar", "£": "pound", "gbp": "pound", "pound": "pound", "pounds": "pound", "chf": "franc",
    "franc": "franc", "francs": "franc", "¥": "yen", "yen": "yen", "cents": "cent", "cent": "cent", "p": "penny",
}  # fmt: skip
_MONEY = r"€|\$|£|¥|eur|usd|gbp|chf"
_AMOUNT = re.compile(
    rf"(?:(?P<before>{_MONEY})\s?(?P<first>\d[\d.,]*))"
    rf"|(?:(?P<second>\d[\d.,]*)\s?(?P<after>{_MONEY}|euros?|dollars?|pounds?|francs?|yen|cents?|p)(?!\w))",
    re.IGNORECASE,
)
_SPELLED = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_TENS = ("thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORTH = {word: at for at, word in enumerate(_SPELLED)} | {word: 30 + 10 * at for at, word in enumerate(_TENS)}
_WORTH |= {"hundred": 100, "dozen": 12, "half": 0, "twice": 2}
_KIND = r"(?:(?:working|business|calendar|full|whole|consecutive|more|extra|additional|further|opening) )?"
_UNIT = rf"{_KIND}(day|week|month|year|hour|minute|second|kg|percent|%|per ?cent)s?"
_COUNTED = re.compile(rf"\b(?P<number>\d+(?:[.,]\d+)?|{'|'.join(_WORTH)})[\s-]?{_UNIT}(?!\w)", re.IGNORECASE)
_ONE = re.compile(rf"\b(?:an?|per|each|every|the) {_UNIT}(?!\w)", re.IGNORECASE)
# "One" is a number only before a unit: "one of our colleagues" counts nothing.
NUMBER_WORDS = "|".join(word for word in _WORTH if word not in ("one", "half", "zero"))
_SPELLED_OUT = re.compile(rf"\b(?:{NUMBER_WORDS})\b", re.IGNORECASE)


def unfounded(sentence: str, span: str) -> set[str]:
    """Return the figures, links and numbers to call of a sentence that the span does not state."""
    held = exact(span) | _readings(span)
    return {one for one in exact(sentence) - held if not _without_unit(one, held)}


def exact(text: str) -> set[str]:
    """Return numbers, amounts, times, counted units, links and numbers to call, each in one form."""
    return set(_exact(_THOUSANDS.sub("", text.replace("’", "'"))))


def _without_unit(figure: str, held: set[str]) -> bool:
    """Return whether the number of "6 year" stands in the span, and with no other unit: "for children under 6"."""
    number = figure.split(" ")[0]
    return number in held and not any(one.startswith(f"{number} ") for one in held)


def _exact(text: str) -> Iterator[str]:
    for found in LINK.finditer(text):
        yield found.group().lower().rstrip(".,;:!?)")
    text = LINK.sub(" ", text)
    for found in _PHONE.finditer(text):
        if len(digits := re.sub(r"\D", "", found.group())) >= MIN_PHONE:
            yield f"tel {digits}"
            text = text.replace(found.group(), " ")
    for found in _TIME.finditer(text):
        yield _time(*found.groups())
    text = _TIME.sub(" ", text)
    for found in _AMOUNT.finditer(text):
        currency = _CURRENCIES[(found["before"] or found["after"]).lower()]
        yield f"{_number(found['first'] or found['second'])} {currency}"
    for found in _COUNTED.finditer(text):
        yield f"{number_of(found['number'])} {found[2].lower().replace('percent', '%').replace('per cent', '%')}"
    for found in _SPELLED_OUT.finditer(text):
        yield number_of(found.group())
    for found in _NUMBER.finditer(text):
        yield _number(found.group())


def _readings(span: str) -> set[str]:
    """Return what a span also states: "a week" is one week, and of "9 am to 6 pm" one may say "from 9 to 6"."""
    hours = {str(int(hour or plain)) for hour, _, _, plain, _ in _TIME.findall(span)}
    return {f"1 {found[1].lower()}" for found in _ONE.finditer(span)} | {"1"} | hours


def _time(hour: str | None, minute: str | None, half: str | None, plain: str | None, minutes: str | None) -> str:
    """Return a time of day as "14:05"; the clock of twelve hours starts its halves at twelve."""
    if plain is not None:
        return f"{int(plain):02}:{minutes}"
    past_noon = 12 if (half or "").lower() == "p" else 0
    return f"{int(hour or 0) % 12 + past_noon:02}:{minute or '00'}"


def _number(text: str) -> str:
    """Return a number without what follows it; 4,90 and 4.9 are the same."""
    bare = text.rstrip(".,:/").replace(",", ".")
    return bare.rstrip("0").rstrip(".") if re.fullmatch(r"\d+\.\d+", bare) else bare


def number_of(word: str) -> str:
    """Return a number in figures, written in figures or in words."""
    lowered = word.lower()
    return str(_WORTH[lowered]) if lowered in _WORTH else _number(lowered)
