"""Amounts of money in a message: "€ 20", "20,50 euro", "twenty euros", 二十欧元.

A number without a currency is no amount, and "pounds" beside words of weight are no money. Converts nothing.
"""

from __future__ import annotations

import re
from decimal import Decimal

from bot.nlu.mentions import Mention, longest

CODES = {"€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "欧元": "EUR"}
CODES |= {"$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "美元": "USD", "美金": "USD"}
CODES |= {"£": "GBP", "gbp": "GBP", "pound": "GBP", "pounds": "GBP", "英镑": "GBP"}
CODES |= {"¥": "CNY", "￥": "CNY", "cny": "CNY", "rmb": "CNY", "yuan": "CNY", "元": "CNY", "块": "CNY", "人民币": "CNY"}
WEIGHABLE = ("pound", "pounds")
WEIGHT = re.compile(r"\b(?:weigh\w*|heavy|heavier|lighter|weight)\b", re.IGNORECASE)

ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
SMALL = {word: number for number, word in enumerate(f"{ONES} eighteen nineteen".split())} | {"a": 1}
SMALL |= {word: 20 + 10 * at for at, word in enumerate(TENS.split())}
SCALES = {"hundred": 100, "thousand": 1000, "k": 1000, "grand": 1000}
HAN_DIGITS = {digit: number for number, digit in enumerate("零一二三四五六七八九")} | {"两": 2}
HAN_SCALES = {"十": 10, "百": 100, "千": 1000}

BARE_DIGITS = r"(?:\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,2})?|\d{1,7}(?:[.,]\d{1,2})?)"
DIGITS = rf"(?<![A-Za-z0-9_.,/#-]){BARE_DIGITS}"
NUMBER_WORD = rf"(?:{'|'.join(sorted({*SMALL, 'hundred', 'thousand'}, key=len, reverse=True))})"
WORDS = rf"\b{NUMBER_WORD}(?:(?:\s+|-)(?:and\s+)?{NUMBER_WORD})*"
SIGN = r"(?:[€$£¥￥]|(?:eur|usd|gbp|cny|rmb)\b)"
NAME = r"(?:[€$£¥￥元块]|欧元|美[元金]|英镑|人民币|(?:euros?|eur|dollars?|usd|pounds?|gbp|yuan|cny|rmb)\b)"
PATTERNS = [
    re.compile(rf"(?P<currency>{SIGN})\s?(?P<number>{BARE_DIGITS})(?!\w|[.,/-]\d)", re.IGNORECASE),
    re.compile(
        rf"(?P<number>{DIGITS}|{WORDS}|[零一二两三四五六七八九十百千]+(?!块)|[零一二两三四五六七八九十百千]{{2,}})\s?(?P<scale>hundred|thousand|k|grand)?"
        rf"\s?-?(?P<currency>{NAME})",
        re.IGNORECASE,
    ),
]


def mentions(text: str) -> list[Mention]:
    """Return the amounts that the text names, each as "20.50 EUR", in order."""
    weighs = WEIGHT.search(text) is not None
    found: list[Mention] = []
    for pattern in PATTERNS:
        for match in pattern.finditer(text):
            currency, value = match["currency"].lower(), number(match["number"].lower())
            if value and not (weighs and currency in WEIGHABLE):
                value *= SCALES.get((match.groupdict().get("scale") or "").lower(), 1)
                found.append(Mention("amount", *match.span(), f"{value:.2f} {CODES[currency]}"))
    return longest(found)


def number(words: str) -> Decimal:
    """Return the value of digits, English or Chinese number words; 0 for none."""
    if words[0].isdigit():
        return _digits(words)
    if words[0] in HAN_DIGITS or words[0] in HAN_SCALES:
        return _han(words)
    total = part = 0
    for word in re.split(r"[\s-]+", words):
        if word in SCALES:
            part = max(part, 1) * SCALES[word]
            total, part = (total + part, 0) if word == "thousand" else (total, part)
        else:
            part += SMALL.get(word, 0)
    return Decimal(total + part)


def _digits(text: str) -> Decimal:
    """Read "1.299,00", "1,299.00" and "20,5": one or two digits after the last sign are cents, three are thousands."""
    whole, sign, cents = re.sub(r"[' ]", "", text).replace(",", ".").rpartition(".")
    if not sign or len(cents) > 2:
        return Decimal(re.sub(r"\D", "", text))
    return Decimal(f"{whole.replace('.', '')}.{cents}")


def _han(text: str) -> Decimal:
    total, digit = 0, 0
    for character in text:
        if character in HAN_SCALES:
            total, digit = total + max(digit, 1) * HAN_SCALES[character], 0
        else:
            digit = HAN_DIGITS[character]
    return Decimal(total + digit)
