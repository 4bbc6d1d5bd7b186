"""Makes one pattern out of a list of phrases, so that long lists stay readable: one alternative a line."""

from __future__ import annotations

import re


def phrases(text: str) -> re.Pattern[str]:
    """Return a pattern, case ignored, that matches any line of ``text`` (each a regular expression) as whole words."""
    return re.compile(rf"\b(?:{alternatives(text)})\b", re.IGNORECASE)


def opening(text: str) -> re.Pattern[str]:
    """Return a pattern that matches any line of ``text`` at the start of a sentence, as whole words."""
    return re.compile(rf"^(?:{alternatives(text)})\b", re.IGNORECASE)


def alternatives(text: str) -> str:
    """Return the non-empty lines of ``text`` joined as alternatives."""
    return "|".join(line.strip() for line in text.splitlines() if line.strip())
