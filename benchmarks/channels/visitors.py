"""Visitors with an open widget: each has a session, a stream and an address of its own, and writes now and then.

They do what the widget does, and note when. What the times mean is decided elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp

# Customers' words; the gateway looks at their language.
TEXTS = (
    "How long can I return the boots if they do not fit?",
    "Is the Ridgeline tent waterproof enough for a week of rain?",
    "My parcel has not arrived yet, where is it?",
    "Can I get an invoice for my last order please?",
)
OPENING = 20


@dataclass
class Sent:
    """One message: when it was due, when it was sent, and when what came back; on the monotonic clock."""

    message_id: str
    due: float
    sent: float
    stored: float = 0.0
    replied: float = 0.0
    answered: float = 0.0


@dataclass
class Visitor:
    """One open widget."""

    number: int
    url: str
    sent: dict[str, Sent] = field(default_factory=dict)
    # Numbers and kinds of the messages that the stream brought, in the order in which they came.
    heard: list[tuple[int, str, str]] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    _client: aiohttp.ClientSession | None = None
    _headers: dict[str, str] = field(default_factory=dict)
    _listening: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin a session and open the stream; returns when the gateway has accepted it."""
        # An address of its own for each, as visitors have; all of 127.0.0.0/8 is this machine.
        address = f"127.1.{self.number // 200}.{self.number % 200 + 1}"
        self._client = aiohttp.ClientSession(
            self.url,
            connector=aiohttp.TCPConnector(local_addr=(address, 0), limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        async with self._client.post("/api/v1/sessions", json={}) as response:
            token = (await response.json())["token"]
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        socket = await self._client.ws_connect("/api/v1/stream")
        await socket.send_json({"token": token, "after": 0})
        await socket.send_str('{"type": "ping"}')
        first = await socket.receive_json()
        if first["type"] != "pong":
            raise SystemExit(f"The stream began with {first}.")
        self._listening = asyncio.create_task(self._listen(socket))

    async def close(self) -> None:
        """Leave."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    async def write(self, due: float) -> None:
        """Send one message."""
        assert self._client is not None, "opened before"
        message_id = f"m{self.number}-{len(self.sent)}"
        body = json.dumps({"text": TEXTS[len(self.sent) % len(TEXTS)], "message_id": message_id})
        sent = self.sent[message_id] = Sent(message_id, due, time.monotonic())
        async with self._client.post("/api/v1/messages", data=body, headers=self._headers) as response:
            await response.read()
            sent.answered = time.monotonic()
            if response.status != 200:
                self.refused.append(response.status)

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse[Any]) -> None:
        async for frame in socket:
            now = time.monotonic()
            data: dict[str, Any] = json.loads(frame.data)
            if data["type"] != "message":
                continue
            message = data["message"]
            author = str(message["from"])
            message_id = str(message["message_id"] if author == "customer" else message["in_reply_to"])
            self.heard.append((int(message["seq"]), author, message_id))
            sent = self.sent.get(message_id)
            if sent is not None and author == "customer":
                sent.stored = sent.stored or now
            elif sent is not None:
                sent.replied = sent.replied or now


def faults(visitor: Visitor) -> dict[str, int]:
    """Return how many messages and replies one visitor misses, saw twice or saw out of order."""
    expected = [(author, name) for name in visitor.sent for author in ("customer", "bot")]
    seen = [(author, name) for _, author, name in visitor.heard]
    numbers = [number for number, _, _ in visitor.heard]
    return {
        "lost": len(set(expected) - set(seen)),
        "doubled": len(seen) - len(set(seen)),
        "out of order": int(numbers != list(range(1, len(numbers) + 1))),
        "refused": len(visitor.refused),
    }


async def open_all(visitors: list[Visitor]) -> None:
    """Open all widgets, a few at a time."""
    slots = asyncio.Semaphore(OPENING)

    async def one(visitor: Visitor) -> None:
        async with slots:
            await visitor.open()

    await asyncio.gather(*(one(visitor) for visitor in visitors))


async def close_all(visitors: list[Visitor]) -> None:
    """Close all widgets."""
    await asyncio.gather(*(visitor.close() for visitor in visitors))
