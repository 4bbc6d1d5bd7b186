"""Turns the generator's tokens into text again: spaces, capitals and values as the evidence writes them.

The packaged vocabulary knows no capitals and no spaces; what a word looks like is learned from the question's evidence,
and the rest from the rules of English.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from bot.answering.sentences import split
from bot.answering.small.reading import FIRST_VALUE, Source, Tokens
from bot.answering.small.values import COUNT, pieces

_ALWAYS = {
    word.lower(): word
    for word in (
        *("I", "OK", "TV", "PDF", "ID", "FAQ", "EU", "UK", "US", "USB", "VAT", "QR", "SMS", "URL", "GPS", "WiFi"),
        *("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        *("January", "February", "April", "June", "July", "August", "September", "October", "November", "December"),
        *("English", "German", "French", "Europe", "European", "Christmas", "Easter"),
    )
}
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NO_SPACE_BEFORE = frozenset(".,!?;:)]}%…'’")
_NO_SPACE_AFTER = frozenset("([{#")
_JOINED = frozenset("-/'’")
# Stands for a value until capitals are set, which must not change a link.
PRIVATE = 0xE000
_SHORT = frozenset(("s", "t", "re", "ve", "ll", "d", "m"))


def text_of(tokens: Sequence[int], source: Source, vocabulary: Tokens, evidence: Iterable[str]) -> str:
    """Return readable text of an answer's tokens; ``evidence`` shows how words are written."""
    written: list[tuple[str, bool]] = []  # a word and whether it is a value, which stays as it is
    for token in tokens:
        if token >= FIRST_VALUE:
            written.append((chr(PRIVATE + token - FIRST_VALUE), True))
        elif (piece := vocabulary.word(token)).startswith("##") and written and not written[-1][1]:
            written[-1] = (written[-1][0] + piece[2:], False)
        else:
            written.append((piece.removeprefix("##"), False))
    text = _capitals(_spaced(written), surfaces(evidence))
    return "".join(
        source.slots.text(ord(one) - PRIVATE) if PRIVATE <= ord(one) < PRIVATE + COUNT else one for one in text
    )


def surfaces(texts: Iterable[str]) -> dict[str, str]:
    """Return how words are written inside sentences, by their lower case; a sentence's first word tells nothing."""
    seen: dict[str, Counter[str]] = {}
    for text in texts:
        for sentence in split(text):
            plain = " 0 ".join(piece for piece in pieces(sentence) if isinstance(piece, str))
            for at, match in enumerate(_WORD.finditer(plain)):
                # "WiFi" or "USB" tells at the start, too.
                if at or not match[0][1:].islower():
                    seen.setdefault(match[0].lower(), Counter())[match[0]] += 1
    return {word: forms.most_common(1)[0][0] for word, forms in seen.items()}


def _spaced(words: Sequence[tuple[str, bool]]) -> str:
    """Return the words joined, without spaces where English has none."""
    text, quoted = "", False
    for at, (word, is_value) in enumerate(words):
        before = words[at - 1][0] if at else ""
        if word == '"':
            joined, quoted = quoted, not quoted
        elif before == '"':
            joined = quoted or word[0] in _NO_SPACE_BEFORE
        else:
            joined = (
                not text
                or (word[0] in _NO_SPACE_BEFORE and not is_value)
                or before in _NO_SPACE_AFTER
                or word in _JOINED
                or (before in _JOINED and not (before in "'’" and word not in _SHORT))
            )
        text += word if joined else f" {word}"
    return text


def _capitals(text: str, known: dict[str, str]) -> str:
    """Return the text with capitals where the evidence or the language has them, and at the start of sentences."""
    text = _WORD.sub(lambda match: known.get(match[0]) or _ALWAYS.get(match[0]) or match[0], text)
    text = re.sub(r"\bi(?=\b|')", "I", text)
    return " ".join(
        sentence[0].upper() + sentence[1:] if sentence[0].islower() else sentence for sentence in split(text)
    )
