"""A customer of a running gateway, over its public API."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.errors import MalformedMessage, ServiceUnavailable
from bot.messages import Reply

# A turn that takes longer has failed; the gateway gives up earlier. Seconds.
TIMEOUT = 90.0
# How long a rate limit may keep one message waiting, in seconds.
PATIENCE = 180.0


@dataclass(frozen=True)
class Answer:
    """What came of one message: replies in order, or the code and reason of a refusal. Time is of the last attempt."""

    replies: tuple[Reply, ...] = ()
    handed_over: bool = False
    milliseconds: float = 0.0
    refused: str = ""
    reason: str = ""


class Visitor:
    """One visitor session, which remembers the buttons that it was shown last."""

    def __init__(self, gateway: Gateway, token: str) -> None:
        self._gateway = gateway
        self._token = token
        self._buttons: dict[str, str] = {}

    async def say(self, text: str) -> Answer:
        """Send a text and return the answer.

        Raises:
            ServiceUnavailable: the gateway does not answer, or not as a gateway does.
        """
        body = {"text": text, "message_id": uuid.uuid4().hex}
        status, data, seconds = await self._gateway.post("/api/v1/messages", body, self._token)
        if status >= 500:
            raise ServiceUnavailable(f"{self._gateway.url} answered {status}: {_reason(data)[1]}")
        if status >= 400:
            code, reason = _reason(data)
            return Answer(refused=code, reason=reason, milliseconds=seconds * 1000)
        replies = self._gateway.replies(data)
        self._buttons = {button.title.casefold(): button.payload for reply in replies for button in reply.buttons}
        return Answer(replies, data.get("owner", "bot") != "bot", seconds * 1000)

    def payload(self, title: str) -> str | None:
        """Return what the button of this title sends, None when the last replies have shown no such button."""
        return self._buttons.get(title.casefold())


class Gateway:
    """A running gateway; waits as told where it asks for patience."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.url = url.rstrip("/")
        self._http = http

    async def visitor(self) -> Visitor:
        """Start a session.

        Raises:
            ServiceUnavailable: the gateway does not answer, or not as a gateway does.
        """
        status, data, _ = await self.post("/api/v1/sessions", {}, "")
        if status >= 400 or "token" not in data:
            raise ServiceUnavailable(f"{self.url} gave no session: {status} {_reason(data)[1]}")
        return Visitor(self, str(data["token"]))

    async def post(self, path: str, body: dict[str, Any], token: str) -> tuple[int, dict[str, Any], float]:
        """Return status, JSON body and seconds of one call; a 429 is asked again after the time that it names."""
        deadline = time.monotonic() + PATIENCE
        while True:
            began = time.monotonic()
            status, data, wait = await self._once(path, body, token)
            if status != 429 or time.monotonic() + wait > deadline:
                return status, data, time.monotonic() - began
            await asyncio.sleep(wait)

    async def _once(self, path: str, body: dict[str, Any], token: str) -> tuple[int, dict[str, Any], float]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        try:
            call = self._http.post(self.url + path, json=body, headers=headers, timeout=timeout)
            async with call as response:
                data = await response.json()
                if not isinstance(data, dict):
                    raise ValueError("not a JSON object")
                return response.status, data, float(response.headers.get("Retry-After", 1))
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as exc:
            raise ServiceUnavailable(f"{self.url}{path} does not answer as a gateway does: {exc!r}") from exc

    def replies(self, data: dict[str, Any]) -> tuple[Reply, ...]:
        """Return the replies in the body of an answer.

        Raises:
            ServiceUnavailable: they are not of the contract's form.
        """
        try:
            return tuple(Reply.from_dict(reply) for reply in data["replies"])
        except (MalformedMessage, KeyError, TypeError) as exc:
            raise ServiceUnavailable(f"{self.url} sent replies that are none: {exc}") from exc


def _reason(data: dict[str, Any]) -> tuple[str, str]:
    error = data.get("error")
    if not isinstance(error, dict):
        return "unknown", str(data)[:200]
    return str(error.get("code", "unknown")), str(error.get("message", ""))
