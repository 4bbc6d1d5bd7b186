"""The clients of the dialogue: one turn in, replies out as they are made.

``WorkerClient`` speaks the NDJSON of our dialogue workers. Whatever goes wrong becomes ``DialogueUnavailable``; what
the customer is told then is not decided here.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Sequence
from typing import Any, Protocol

import aiohttp

from bot.channels.channel import UserMessage
from bot.errors import DialogueUnavailable, MalformedMessage
from bot.gateway.inner import Inner
from bot.messages import Reply

READY_TIMEOUT = aiohttp.ClientTimeout(total=2.0)


class TurnTooSlow(DialogueUnavailable):
    """The worker stopped a turn at its time limit; nothing of it was kept."""


class Typing:
    """The bot is at work and nothing has been said yet."""


class DialogueClient(Protocol):
    """What answers a turn."""

    def turn(self, message: UserMessage) -> AsyncGenerator[Reply | Typing, None]:
        """Yield what the bot says; raises ``DialogueUnavailable`` when the turn could not be finished."""
        ...

    async def not_ready(self) -> str:
        """Return why no turn can be worked now, or an empty string when one can."""
        ...


def worker_of(sender_id: str, workers: int) -> int:
    """Return which worker owns a sender: the same one after every restart."""
    return int.from_bytes(hashlib.sha256(sender_id.encode()).digest()[:8], "big") % workers


class WorkerClient:
    """Talks to the dialogue workers on loopback; the same sender always reaches the same worker."""

    def __init__(self, inner: Inner, ports: Sequence[int]) -> None:
        self._inner = inner
        self._ports = tuple(ports)

    async def turn(self, message: UserMessage) -> AsyncGenerator[Reply | Typing, None]:
        """Yield the events of one turn.

        Raises:
            DialogueUnavailable: the worker cannot be reached, refuses, breaks off or sends something unreadable.
        """
        if not self._ports:
            raise DialogueUnavailable("No dialogue worker is known. Set dialogue.ports, or start with: frontdesk up")
        port = self._ports[worker_of(message.sender_id, len(self._ports))]
        kind = "text" if message.payload is None else "payload"
        turn = {"sender_id": message.sender_id, "message_id": message.message_id, kind: message.spoken}
        try:
            url, headers = f"http://127.0.0.1:{port}/v1/turns", self._inner.headers
            async with self._inner.session.post(url, json=turn, headers=headers) as response:
                if response.status != 200:
                    raise DialogueUnavailable(f"The dialogue worker on port {port} answered {response.status}.")
                async for line in response.content:
                    event = _event(line)
                    if event is None:
                        return
                    yield event
        except (aiohttp.ClientError, OSError, ValueError, MalformedMessage) as exc:
            raise DialogueUnavailable(f"The dialogue worker on port {port} failed: {type(exc).__name__}") from exc
        raise DialogueUnavailable(f"The dialogue worker on port {port} broke off in the middle of a turn.")

    async def not_ready(self) -> str:
        """Return which workers are not ready, or an empty string."""
        if not self._ports:
            return "No dialogue worker is known. Set dialogue.ports, or start with: frontdesk up"
        problems = await asyncio.gather(*(self._problem(index, port) for index, port in enumerate(self._ports)))
        return " ".join(problem for problem in problems if problem)

    async def _problem(self, index: int, port: int) -> str:
        """Return what is wrong with one worker; anybody may read it, so it names no port."""
        url, headers = f"http://127.0.0.1:{port}/readyz", self._inner.headers
        try:
            async with self._inner.session.get(url, headers=headers, timeout=READY_TIMEOUT) as response:
                if response.status == 200:
                    return ""
                return f"Dialogue worker {index} is still loading its model. Wait, or run: frontdesk train"
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError):
            return f"Dialogue worker {index} does not answer. Run: frontdesk up"


def _event(line: bytes) -> Reply | Typing | None:
    """Return the event in one line, None for the regular end of a turn; unknown kinds count as typing."""
    data: Any = json.loads(line)
    if not isinstance(data, dict):
        raise MalformedMessage("A line of the turn is not an object.")
    kind = data.get("type")
    if kind == "end":
        return None
    if kind == "error":
        error = data.get("error")
        code = error.get("code") if isinstance(error, dict) else None
        kind_of_error = TurnTooSlow if code == "timeout" else DialogueUnavailable
        raise kind_of_error(f"The dialogue worker could not finish the turn: {code}")
    return Reply.from_dict(data.get("reply") or {}) if kind == "reply" else Typing()
