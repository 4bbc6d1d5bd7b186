"""Greeting and sign-off around an answer, with the customer's own data from slots.

They are put on here, after the answer has come, so that neither the answers service nor a model ever reads the
customer's data.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from bot.settings import load_settings

MAX_VALUE = 60  # characters of one slot
_PLACEHOLDER = re.compile(r"(\s*)\{(\w+)\}")
# What customers typed comes back in the bot's words: no markup, no links, no further placeholders.
_VALUE = re.compile(r"[\w .,'’@#+-]+")
_SPACE_BEFORE_MARK = re.compile(r"\s+([,.;:!?)])")
_LEADING_MARKS = re.compile(r"^[\s,.;:!?–—-]+")


class Letter:
    """What stands before and after answers; empty parts add nothing."""

    def __init__(self, greeting: str = "", sign_off: str = "") -> None:
        self._greeting = greeting
        self._sign_off = sign_off

    def around(self, text: str, slots: Mapping[str, Any], *, greets: bool) -> str:
        """Return the answer with sign-off and, if it ``greets``, greeting, each on a line of its own."""
        parts = [filled(self._greeting, slots) if greets else "", text, filled(self._sign_off, slots)]
        # One line break: a plain Rasa channel cuts at empty lines.
        return "\n".join(part for part in parts if part)


def filled(template: str, slots: Mapping[str, Any]) -> str:
    """Return a text with its ``{slot}`` placeholders filled; an unknown, empty or odd value leaves no trace."""
    left_out = False

    def value(match: re.Match[str]) -> str:
        nonlocal left_out
        found = _shown(slots.get(match[2]))
        left_out = left_out or not found
        return f"{match[1]}{found}" if found else ""

    text = _PLACEHOLDER.sub(value, template)
    if not left_out:
        return text.strip()
    bare = _LEADING_MARKS.sub("", _SPACE_BEFORE_MARK.sub(r"\1", text)).strip()
    return bare[:1].upper() + bare[1:]


def _shown(value: Any) -> str:
    """Return a slot's value as it may be shown, nothing for what is no short line of words."""
    text = " ".join(value.split()) if isinstance(value, str) else str(value) if type(value) is int else ""
    return text if len(text) <= MAX_VALUE and _VALUE.fullmatch(text) else ""


@functools.lru_cache(maxsize=1)
def letter_from_settings() -> Letter:
    """Return the letter of this process.

    Raises:
        SettingsError: the settings cannot be read.
    """
    tone = load_settings().tone
    return Letter(tone.greeting, tone.sign_off)
