"""What a customer wrote, whichever channel it came by, and the text of it that may be stored.

A channel does not store, deduplicate or order: the gateway does that for all of them alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.errors import MalformedMessage

# Control characters other than tab and line feed have no place in a chat and confuse terminals and logs.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Rasa reads text that starts with "/" as a command that sets intents and slots, even after white space.
_COMMAND = re.compile(r"^[\s/]+")


class EmptyText(MalformedMessage):
    """The message has no text that could be answered."""


class TextTooLong(MalformedMessage):
    """The text is longer than the settings allow."""


class ButtonRefused(MalformedMessage):
    """A button payload was not made for this conversation, or was changed."""


@dataclass(frozen=True)
class Pressed:
    """A verified button; ``question`` is the number of the question it answers, None when it begins something new."""

    payload: str
    title: str
    question: int | None = None


@dataclass(frozen=True)
class UserMessage:
    """One verified message of a customer.

    ``payload`` is set when a button of ours was pressed; ``text`` is then the button's title, and ``question`` the
    number of the question that the button answers, if it answers one. ``language`` is a hint: the language that the
    customer's app is set to, or that of the conversation so far. ``customer`` is who speaks by the word of the shop's
    own server (``user_id``, ``name``, ``email``); nothing that was typed.
    """

    sender_id: str
    message_id: str
    text: str
    payload: str | None = None
    channel: str = "web"
    question: int | None = None
    language: str = ""
    customer: Mapping[str, str] | None = field(default=None, repr=False)

    @property
    def spoken(self) -> str:
        """What the dialogue may hear: the payload of a pressed button, else the text without leading slashes."""
        return _COMMAND.sub("", self.text) if self.payload is None else self.payload


def clean_text(text: str, limit: int) -> str:
    """Return customer text without control characters and outer space.

    Raises:
        TextTooLong: more than ``limit`` characters.
        EmptyText: nothing is left but slashes.
    """
    if len(text) > limit:
        raise TextTooLong(f"The text has {len(text)} characters; the limit is {limit}. Send it in shorter parts.")
    # A lone surrogate (legal in JSON escapes) cannot be stored as UTF-8.
    storable = text.encode("utf-8", "replace").decode("utf-8")
    cleaned = _CONTROL.sub("", storable).strip()
    if not _COMMAND.sub("", cleaned):
        raise EmptyText("The text is empty. Send at least one word.")
    return cleaned
