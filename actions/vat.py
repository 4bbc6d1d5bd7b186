"""VAT numbers in a message, by the formats of the member states; does not ask an office whether a number is in use."""

from __future__ import annotations

import re

# 9 is a digit, X a letter, # either; after the country's two letters. Source: europa.eu, "VAT identification numbers".
FORMATS = {
    "AT": ("U99999999",),
    "BE": ("9999999999",),
    "BG": ("999999999", "9999999999"),
    "CY": ("99999999X",),
    "CZ": ("99999999", "999999999", "9999999999"),
    "DE": ("999999999",),
    "DK": ("99999999",),
    "EE": ("999999999",),
    "EL": ("999999999",),
    "ES": ("#9999999#",),
    "FI": ("99999999",),
    "FR": ("##999999999",),
    "HR": ("99999999999",),
    "HU": ("99999999",),
    "IE": ("9#99999X", "9999999XX"),
    "IT": ("99999999999",),
    "LT": ("999999999", "999999999999"),
    "LU": ("99999999",),
    "LV": ("99999999999",),
    "MT": ("99999999",),
    "NL": ("999999999B99",),
    "PL": ("9999999999",),
    "PT": ("999999999",),
    "RO": tuple("9" * length for length in range(6, 11)),
    "SE": ("999999999999",),
    "SI": ("99999999",),
    "SK": ("9999999999",),
}
CLASSES = {"9": r"\d", "X": "[A-Z]", "#": "[A-Z0-9]"}
NAMED = re.compile(r"\b(?:vat|tax|btw|ust|tva|iva|moms)\b|税", re.IGNORECASE)


def _pattern(country: str, form: str) -> str:
    return r"[ .-]?".join((country, *(CLASSES.get(sign, sign) for sign in form)))


NUMBERS = "|".join(
    _pattern(country, form) for country, forms in FORMATS.items() for form in sorted(forms, key=len)[::-1]
)
SURE = re.compile(rf"(?<![A-Za-z0-9])(?:{NUMBERS})(?![A-Za-z0-9])")
# In small letters "be" and "it" are words, and what follows may be a telephone number.
NAMED_NUMBER = re.compile(SURE.pattern, re.IGNORECASE)


def vat_numbers(text: str) -> set[str]:
    """Return the VAT numbers that the text names, without spaces, in capitals."""
    pattern = NAMED_NUMBER if NAMED.search(text) else SURE
    return {re.sub(r"[ .-]", "", match[0]).upper() for match in pattern.finditer(text)}
