"""One visitor of the web: sends until accepted as the widget does, behaves as badly as drawn, and listens."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from benchmarks.chaos.plan import BURST, CLIENT_FAULTS, STREAM_DROP, Tally, draw, one_of

# A message that is refused for so long is given up by its sender; seconds.
PATIENCE = 120.0
ONE_TRY = aiohttp.ClientTimeout(total=30.0)
BROKEN = (aiohttp.ClientError, asyncio.TimeoutError, OSError)


@dataclass
class Sent:
    """One message: when it was first sent, and when its sender first heard that it is stored."""

    text: str
    began: float
    accepted: float | None = None
    answers: list[list[str]] = field(default_factory=list)


@dataclass
class Visitor:
    """One conversation from the outside."""

    name: str
    seed: int
    url: str
    tally: Tally
    token: str = ""
    sent: list[Sent] = field(default_factory=list)
    # Numbers of the messages that the stream brought, in the order in which they came.
    heard: list[int] = field(default_factory=list)
    leaving: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """Return what says who sends."""
        return {"Authorization": f"Bearer {self.token}"}

    async def talk(self, client: aiohttp.ClientSession, count: int) -> None:
        """Send ``count`` messages, one after another or several at once."""
        chance, number = draw(self.seed, "visitor", self.name), 0
        while number < count:
            size = min(count - number, chance.randint(2, 4) if chance.random() < BURST else 1)
            if size > 1:
                self.tally.faults["messages of one visitor at once"] += size
            await asyncio.gather(*(self._send(client, f"{self.name}-{number + one}") for one in range(size)))
            number += size

    async def arrive(self, client: aiohttp.ClientSession) -> None:
        """Begin a session."""
        async with client.post("/api/v1/sessions") as response:
            self.token = (await response.json())["token"]

    async def history(self, client: aiohttp.ClientSession) -> list[dict[str, Any]]:
        """Return the whole transcript."""
        said: list[dict[str, Any]] = []
        while True:
            after = said[-1]["seq"] if said else 0
            async with client.get(f"/api/v1/messages?after={after}", headers=self.headers) as response:
                page = await response.json()
            said += page["messages"]
            if not page["more"]:
                return said

    async def listen(self, client: aiohttp.ClientSession) -> None:
        """Follow the stream; whenever it breaks, go on after the last number seen."""
        chance = draw(self.seed, "stream", self.name)
        while not self.leaving:
            try:
                async with client.ws_connect("/api/v1/stream") as socket:
                    await socket.send_json({"token": self.token, "after": self.heard[-1] if self.heard else 0})
                    async for frame in socket:
                        if frame.type is not aiohttp.WSMsgType.TEXT:
                            self.tally.answers["garbage on a stream"] += 1
                            break
                        self._note(json.loads(frame.data))
                        if chance.random() < STREAM_DROP:
                            self.tally.faults["stream dropped and resumed"] += 1
                            break
            except BROKEN:
                self.tally.answers["stream not reached, tried again"] += 1
            await asyncio.sleep(0.1)

    def _note(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "message":
            self.heard.append(frame["message"]["seq"])

    async def _send(self, client: aiohttp.ClientSession, text: str) -> None:
        chance = draw(self.seed, "client", text)
        fault = one_of(CLIENT_FAULTS, chance)
        if fault:
            self.tally.faults[fault] += 1
        if fault.endswith("on its way"):
            await asyncio.sleep(chance.uniform(0.05, 0.5))
        sent = Sent(text, time.monotonic())
        self.sent.append(sent)
        if "drops the connection" in fault:
            await self._break_off(text, 1.0, chance.uniform(0, 0.06))
        elif "inside the request" in fault:
            await self._break_off(text, 0.8, 0.01)
        times = 2 if fault.endswith("twice at once") else 1
        await asyncio.gather(*(self._insist(client, sent) for _ in range(times)))
        if fault.endswith("after its answer"):
            await self._insist(client, sent)
        self.tally.finished += 1

    def _body(self, text: str) -> bytes:
        return json.dumps({"text": text, "message_id": f"id-{text}"}).encode()

    async def _break_off(self, text: str, share: float, after: float) -> None:
        """Send a request, or a part of it, and cut the connection."""
        where, body = urlsplit(self.url), self._body(text)
        head = (
            f"POST /api/v1/messages HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {self.token}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        try:
            _, writer = await asyncio.open_connection(where.hostname, where.port)
            writer.write(head.encode() + body[: int(len(body) * share)])
            await asyncio.sleep(after)
            writer.transport.abort()
        except OSError:
            self.tally.answers["no connection"] += 1

    async def _insist(self, client: aiohttp.ClientSession, sent: Sent) -> None:
        """Send until it is answered with 200, with the same message_id each time."""
        until, pause = time.monotonic() + PATIENCE, 0.1
        while time.monotonic() < until:
            status = await self._try(client, sent)
            self.tally.answers[str(status or "no answer")] += 1
            if status == 200:
                return
            self.tally.refused += status >= 500
            await asyncio.sleep(pause)
            pause = min(1.0, pause * 2)
        self.tally.answers["given up by the sender"] += 1

    async def _try(self, client: aiohttp.ClientSession, sent: Sent) -> int:
        headers = {**self.headers, "Content-Type": "application/json"}
        try:
            async with client.post(
                "/api/v1/messages", data=self._body(sent.text), headers=headers, timeout=ONE_TRY
            ) as response:
                if response.status == 200:
                    sent.answers.append([reply["text"] for reply in (await response.json())["replies"]])
                    sent.accepted = sent.accepted or time.monotonic()
                return response.status
        except BROKEN:
            return 0
