"""The client of a plain Rasa server: its REST channel, for teams that run ``rasa run`` themselves.

The channel cuts one response into several messages and answers ``200 []`` when an action fails; this client puts the
pieces together again and treats silence as a failure. It cannot stream. The server need not be ours: it gets no token.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp

from bot.channels.channel import UserMessage
from bot.errors import DialogueUnavailable, MalformedMessage
from bot.gateway.dialogue import READY_TIMEOUT, Typing
from bot.gateway.inner import Inner
from bot.messages import CUSTOM_KEY, Reply


class RasaRestClient:
    """Sends turns to ``<url>/webhooks/rest/webhook``."""

    def __init__(self, inner: Inner, url: str) -> None:
        self._inner = inner
        self._url = url.rstrip("/")

    async def turn(self, message: UserMessage) -> AsyncGenerator[Reply | Typing, None]:
        """Yield the replies of one turn, all at its end.

        Raises:
            DialogueUnavailable: Rasa cannot be reached, refuses, or says nothing.
        """
        said = {"sender": message.sender_id, "message": message.spoken}
        yield Typing()
        try:
            url = f"{self._url}/webhooks/rest/webhook"
            async with self._inner.session.post(url, json=said, allow_redirects=False) as response:
                if response.status != 200:
                    raise DialogueUnavailable(f"Rasa at {self._url} answered {response.status}.")
                replies = merge(await response.json(content_type=None))
        except (aiohttp.ClientError, OSError, ValueError, MalformedMessage) as exc:
            raise DialogueUnavailable(f"Rasa at {self._url} failed: {type(exc).__name__}") from exc
        if not replies:
            raise DialogueUnavailable(f"Rasa at {self._url} answered with an empty list: the turn failed there.")
        for reply in replies:
            yield reply

    async def language(self, text: str) -> str:
        """Return an empty string: a plain Rasa server tells no language."""
        return ""

    async def not_ready(self) -> str:
        """Return why Rasa cannot be used, or an empty string; anybody may read it, so it names no host."""
        try:
            url = f"{self._url}/"
            async with self._inner.session.get(url, timeout=READY_TIMEOUT, allow_redirects=False) as response:
                if response.status == 200:
                    return ""
                return f"The Rasa server answered {response.status}. Check gateway.rasa_url."
        except (aiohttp.ClientError, OSError, ValueError, asyncio.TimeoutError):
            return "The Rasa server does not answer. Start it, or unset gateway.rasa_url."


def merge(items: Any) -> list[Reply]:
    """Return the replies that the REST channel has cut into pieces.

    A plain text is cut at blank lines and its ``custom`` part comes after the last piece; a text with buttons is whole.

    Raises:
        MalformedMessage: the answer is not a list of objects.
    """
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise MalformedMessage("Rasa's answer is not a list of messages.")
    replies: list[Reply] = []
    texts: list[str] = []
    buttons: list[dict[str, Any]] = []
    for item in items:
        if item.get("text"):
            if buttons or item.get("buttons"):
                replies += _plain(texts, buttons)
                texts, buttons = [], []
            texts.append(str(item["text"]))
            buttons = item.get("buttons") or []
        custom = item.get("custom")
        if isinstance(custom, dict) and isinstance(custom.get(CUSTOM_KEY), dict) and texts:
            replies.append(_reply("\n\n".join(texts), buttons, custom[CUSTOM_KEY]))
            texts, buttons = [], []
    return replies + _plain(texts, buttons)


def _plain(texts: list[str], buttons: list[dict[str, Any]]) -> list[Reply]:
    """Return texts without a custom part, each as its own reply; buttons belong to the last."""
    last = len(texts) - 1
    return [_reply(text, buttons if place == last else [], {}) for place, text in enumerate(texts)]


def _reply(text: str, buttons: list[dict[str, Any]], custom: dict[str, Any]) -> Reply:
    # Rasa may add keys of its own ("type") to a button.
    shown = [{"title": str(button.get("title", "")), "payload": str(button.get("payload", ""))} for button in buttons]
    return Reply.from_dict({**custom, "text": text, "buttons": shown})
