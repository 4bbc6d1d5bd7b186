"""The web channel: the widget and REST clients, who hold a session token of ours.

Does not know how tokens and buttons are signed nor how streams are kept: it is given functions for these.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from bot.channels.channel import Pressed, UserMessage, clean_text
from bot.errors import InvalidSignature, MalformedMessage

# Slack's richest messages are a third as deep.
MAX_DEPTH = 32
MESSAGE_ID = re.compile(r"[\x21-\x7e]{1,128}")


def bearer(headers: Mapping[str, str]) -> str:
    """Return the token of ``Authorization: Bearer``, or an empty string."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in ``body``.

    Raises:
        MalformedMessage: it is not JSON, not an object, or nested too deeply.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as exc:  # RecursionError: thousands of nested brackets
        raise MalformedMessage('The body is not valid JSON. Send an object such as {"text": "..."}.') from exc
    if not isinstance(data, dict):
        raise MalformedMessage(f"The body is a JSON {type(data).__name__}; it must be an object.")
    if _is_deeper(data, MAX_DEPTH):
        raise MalformedMessage(f"The body nests objects and lists more than {MAX_DEPTH} deep. Send less.")
    return data


def _is_deeper(data: object, most: int) -> bool:
    """Say whether lists and objects stand in each other more than ``most`` deep."""
    level = [data]
    for _ in range(most):
        inner = [list(one.values()) if isinstance(one, dict) else one for one in level if isinstance(one, (dict, list))]
        if not inner:
            return False
        level = [value for values in inner for value in values]
    return any(isinstance(one, (dict, list)) for one in level)


def text_field(data: Mapping[str, Any], name: str) -> str:
    """Return the string ``data[name]``.

    Raises:
        MalformedMessage: it is absent or of another kind.
    """
    value = data.get(name)
    if not isinstance(value, str):
        raise MalformedMessage(
            f"{name} is {'missing' if value is None else type(value).__name__}; it must be a string."
        )
    return value


class WebChannel:
    """Verifies the session token and reads ``{"text", "message_id"?}``."""

    name = "web"

    def __init__(
        self,
        *,
        read_token: Callable[[str], str],
        open_button: Callable[[str, str], Pressed | None],
        notify: Callable[[str], None],
        max_text_characters: int,
    ) -> None:
        self._read_token = read_token
        self._open_button = open_button
        self._notify = notify
        self._limit = max_text_characters

    def verify(self, headers: Mapping[str, str], body: bytes = b"") -> str:
        """Return the sender that the bearer token names; the body needs no signature of its own."""
        token = bearer(headers)
        if not token:
            raise InvalidSignature("No session token. Send `Authorization: Bearer <token>` from POST /api/v1/sessions.")
        return self._read_token(token)

    def parse(self, sender_id: str, body: bytes) -> UserMessage:
        """Return the message; a pressed button comes back as its payload and title."""
        data = json_object(body)
        text = text_field(data, "text")
        message_id = self._message_id(data.get("message_id"))
        pressed = self._open_button(sender_id, text.strip())
        if pressed is not None:
            return UserMessage(sender_id, message_id, pressed.title, pressed.payload, question=pressed.question)
        return UserMessage(sender_id, message_id, clean_text(text, self._limit))

    async def send(self, sender_id: str) -> None:
        """Wake the sender's open streams; they read what is new from the ledger."""
        self._notify(sender_id)

    @staticmethod
    def _message_id(value: object) -> str:
        if value is None:
            return uuid.uuid4().hex
        if not isinstance(value, str) or not MESSAGE_ID.fullmatch(value):
            raise MalformedMessage("message_id must be 1 to 128 visible ASCII characters, for example a UUID.")
        return value
