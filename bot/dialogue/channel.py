"""The output channel of one turn: turns Rasa's messages into replies and hands them on as they appear."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rasa.core.channels.channel import OutputChannel

from bot.messages import CUSTOM_KEY, Button, Reply


class TurnChannel(OutputChannel):
    """Collects the replies of one turn in ``queue``.

    ``confidence`` (the intent's, 0..1) is put on template replies; replies of the answer ladder bring their own.
    ``language`` is that of the message which is answered, empty where it could be in any.
    """

    def __init__(self, confidence: float = 1.0) -> None:
        self.queue: asyncio.Queue[Reply] = asyncio.Queue()
        self.confidence = confidence
        self.language = ""
        # Replies so far.
        self.said = 0
        # Whom the shop's own server says that this is; goes into the message's metadata.
        self.customer: Mapping[str, str] | None = None

    @classmethod
    def name(cls) -> str:
        """Return the channel's name as Rasa stores it."""
        return "frontdesk"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Take one response of Rasa: its text, buttons and custom part make one reply."""
        reply = reply_from_rasa(message, self.confidence)
        if reply is not None:
            self.said += 1
            self.queue.put_nowait(replace(reply, language=self.language))


def reply_from_rasa(message: dict[str, Any], confidence: float) -> Reply | None:
    """Return the reply that a Rasa message stands for, or None when it has no text.

    Raises:
        MalformedMessage: the custom part is not of our form.
    """
    custom = message.get("custom") or {}
    ladder = custom.get(CUSTOM_KEY, {}) if isinstance(custom, dict) else {}
    text = str(message.get("text") or "").strip()
    if not text:
        return None
    buttons = [Button(str(item["title"]), str(item["payload"])) for item in message.get("buttons") or ()]
    data = {"confidence": round(confidence, 4), **ladder, "text": text, "buttons": []}
    return replace(Reply.from_dict(data), buttons=tuple(buttons))
