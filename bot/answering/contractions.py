"""Spells out English contractions, as formal letters do; what may mean two things stays as it is."""

from __future__ import annotations

import re

_QUOTED = re.compile(r"([\"“][^\"“”]{1,40}[\"”])")


def _either(text: str) -> str:
    """Return alternatives for words in small letters and with a capital first; words in capitals are left alone."""
    return "|".join(form for word in text.split() for form in (word, word.capitalize()))


_SUBJECT = _either("I you we they he she it that there this what where who how here")
# "Can't you" is a question; spelled out it would be wrong.
_STATED = r"n['’]t\b(?! (?:I|you|we|they|he|she|it)\b)"
_HELPERS = _either("do does did is are was were has have had could should would must need")
# Contractions with one meaning; each applies to the words outside quotation marks, which may be the name of a button.
_EXPANSIONS = tuple(
    (re.compile(rf"\b({stem}){rest}"), full)
    for stem, rest, full in (
        (_either("ca"), _STATED, r"\1nnot"),
        ("[Ww]", f"o{_STATED}", r"\1ill not"),
        (_either("sha"), _STATED, r"\1ll not"),
        (_HELPERS, _STATED, r"\1 not"),
        (_either("let"), r"['’]s\b", r"\1 us"),
        (_SUBJECT, r"['’]s(?= (?:been|got|had|become)\b)", r"\1 has"),
        (_SUBJECT, r"['’]s\b", r"\1 is"),
        ("I", r"['’]m\b", r"\1 am"),
        (_SUBJECT, r"['’]re\b", r"\1 are"),
        (_SUBJECT, r"['’]ve\b", r"\1 have"),
        (_SUBJECT, r"['’]ll\b", r"\1 will"),
        (_SUBJECT, r"['’]d(?= (?:like|need|be|recommend|suggest|have to)\b)", r"\1 would"),
    )
)


def spelled_out(text: str) -> str:
    """Return an English text without contractions; quoted words stay."""
    parts = _QUOTED.split(text)
    for at in range(0, len(parts), 2):
        for pattern, full in _EXPANSIONS:
            parts[at] = pattern.sub(full, parts[at])
    return "".join(parts)
