"""The clients of the dialogue: one turn in, replies out as they are made.

``WorkerClient`` speaks the NDJSON of our dialogue workers. A worker that is gone is waited for, since it is started
again within seconds. Whatever else goes wrong becomes ``DialogueUnavailable``; what the customer is told then is not
decided here.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, Protocol

import aiohttp

from bot.channels.channel import UserMessage
from bot.errors import DialogueUnavailable, MalformedMessage
from bot.gateway.inner import Inner
from bot.live import LivePorts
from bot.messages import Reply

log = logging.getLogger(__name__)

# Longer than a worker waits for its database, or a dead database would look like a dead worker.
READY_TIMEOUT = aiohttp.ClientTimeout(total=6.0)
# The customer waits meanwhile for no more than a sentence in their language.
LANGUAGE_TIMEOUT = aiohttp.ClientTimeout(total=2.0)
# How often a worker that is gone is looked for; seconds.
LOOK_EVERY = 0.2
NO_WORKER = "No dialogue worker is known. Set dialogue.ports, or start with: frontdesk up"


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

    async def language(self, text: str) -> str:
        """Return the code of the language that a text is in, an empty string when it could be in any."""
        ...


def worker_of(sender_id: str, workers: int) -> int:
    """Return which worker owns a sender: the same one after every restart."""
    return int.from_bytes(hashlib.sha256(sender_id.encode()).digest()[:8], "big") % workers


class WorkerGone(DialogueUnavailable):
    """The worker's process is not there; ``began`` tells whether it may have worked on the turn before."""

    def __init__(self, message: str, *, began: bool) -> None:
        super().__init__(message)
        self.began = began


class WorkerClient:
    """Talks to the dialogue workers on loopback; the same sender always reaches the same worker."""

    def __init__(self, inner: Inner, ports: Sequence[int] | LivePorts, patience: float = 0.0) -> None:
        """Speak to the workers on these ports; one that is gone is waited for ``patience`` seconds in each turn."""
        self._inner = inner
        self._ports = ports if isinstance(ports, LivePorts) else LivePorts(None, ports)
        self._patience = patience

    async def turn(self, message: UserMessage) -> AsyncGenerator[Reply | Typing, None]:
        """Yield the events of one turn.

        A turn that never reached its worker is asked again until one answers. A turn that was cut short is asked again
        once: the worker repeats one that it has stored, and works from the beginning one that it has not.

        Raises:
            DialogueUnavailable: the worker stays away, refuses, breaks off again or sends something unreadable.
        """
        deadline, heard, cut = time.monotonic() + self._patience, 0, False
        while True:
            known = heard
            try:
                async with aclosing(self._ask(message)) as events:
                    async for event in events:
                        if isinstance(event, Reply):
                            known -= 1
                            if known >= 0:
                                continue  # said before the turn was cut short
                            heard += 1
                        yield event
                return
            except WorkerGone as exc:
                if time.monotonic() >= deadline or (exc.began and cut):
                    raise
                cut = cut or exc.began
                log.warning("turn of %s waits: %s", message.sender_id, exc)
            await self._wait_for(message.sender_id, deadline)

    async def _wait_for(self, sender_id: str, deadline: float) -> None:
        """Return when the sender's worker is ready, or at the deadline."""
        while time.monotonic() < deadline:
            await asyncio.sleep(LOOK_EVERY)
            ports = self._ports.now()
            if not ports:  # everything is being stopped, or started
                continue
            index = worker_of(sender_id, len(ports))
            if not await self._problem(index, ports[index]):
                return

    async def _ask(self, message: UserMessage) -> AsyncGenerator[Reply | Typing, None]:
        ports = self._ports.now()
        if not ports:
            raise DialogueUnavailable(NO_WORKER)
        index = worker_of(message.sender_id, len(ports))
        kind = "text" if message.payload is None else "payload"
        turn: dict[str, Any] = {"sender_id": message.sender_id, "message_id": message.message_id, kind: message.spoken}
        if message.language:
            turn["language"] = message.language
        if message.customer is not None:
            turn["customer"] = dict(message.customer)
        try:
            url, headers = f"http://127.0.0.1:{ports[index]}/v1/turns", self._inner.headers
            async with self._inner.session.post(url, json=turn, headers=headers) as response:
                if response.status != 200:
                    raise DialogueUnavailable(f"Dialogue worker {index} answered {response.status}.")
                async for line in response.content:
                    event = _event(line)
                    if event is None:
                        return
                    yield event
        except aiohttp.ClientConnectorError as exc:
            raise WorkerGone(f"Dialogue worker {index} cannot be reached: {type(exc).__name__}", began=False) from exc
        except (aiohttp.ClientOSError, aiohttp.ServerConnectionError, aiohttp.ClientPayloadError) as exc:
            raise WorkerGone(f"Dialogue worker {index} broke off: {type(exc).__name__}", began=True) from exc
        except (aiohttp.ClientError, OSError, ValueError, MalformedMessage) as exc:
            raise DialogueUnavailable(f"Dialogue worker {index} failed: {type(exc).__name__}") from exc
        raise DialogueUnavailable(f"Dialogue worker {index} broke off in the middle of a turn.")

    async def not_ready(self) -> str:
        """Return which workers are not ready, or an empty string."""
        ports = self._ports.now()
        if not ports:
            return NO_WORKER
        problems = await asyncio.gather(*(self._problem(index, port) for index, port in enumerate(ports)))
        return " ".join(problem for problem in problems if problem)

    async def language(self, text: str) -> str:
        """Ask the first worker; who does not answer at once knows no language."""
        ports = self._ports.now()
        if not ports:
            return ""
        url, headers = f"http://127.0.0.1:{ports[0]}/v1/language", self._inner.headers
        try:
            async with self._inner.session.post(
                url, json={"text": text}, headers=headers, timeout=LANGUAGE_TIMEOUT
            ) as response:
                data = await response.json() if response.status == 200 else {}
                return str(data.get("language") or "")
        except (aiohttp.ClientError, OSError, ValueError, AttributeError, asyncio.TimeoutError) as exc:
            log.info("no language for a message: %s", type(exc).__name__)
            return ""

    async def _problem(self, index: int, port: int) -> str:
        """Return what is wrong with one worker; anybody may read it, so it names no port."""
        url, headers = f"http://127.0.0.1:{port}/readyz", self._inner.headers
        try:
            async with self._inner.session.get(url, headers=headers, timeout=READY_TIMEOUT) as response:
                if response.status == 200:
                    return ""
                if (await response.json()).get("missing") == "database":
                    return f"Dialogue worker {index} cannot reach its database. Start it, or see dialogue.tracker_url."
                return f"Dialogue worker {index} is still loading its model. Wait, or run: frontdesk train"
        except (aiohttp.ClientError, OSError, ValueError, asyncio.TimeoutError):
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
