"""The client of Frontdesk's public API, for programs in Python.

    async with Client("http://127.0.0.1:8080") as client:
        session = await client.session()
        answer = await session.say("Where is my parcel?")

What may be sent twice on the way is acted on once: every message has an id, and is sent again with the same one until
an answer comes. Where the gateway asks to wait, it is waited for. Knows nothing of how the gateway works inside.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import aiohttp

from bot.errors import MalformedMessage, ServiceUnavailable
from bot.messages import Reply
from bot.retries import RequestRefused, Waiting, refusal

# A turn that takes longer has failed; the gateway gives up earlier. Seconds.
TIMEOUT = 90.0
# Protocol pings find connections that died without a word; seconds.
HEARTBEAT = 20.0
# What the codes of a stream's errors are in HTTP; all others are 400.
STATUSES = {"session_refused": 401, "rate_limited": 429}

__all__ = ["Answer", "Client", "RequestRefused", "Session"]


@dataclass(frozen=True)
class Answer:
    """What came of one message; ``owner`` is ``bot``, ``queued`` or ``human``, ``seconds`` are of the last attempt."""

    replies: tuple[Reply, ...]
    owner: str
    message_id: str
    seq: int
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """All that was said, in one piece."""
        return "\n\n".join(reply.text for reply in self.replies)


class Client:
    """A connection to one gateway."""

    def __init__(self, url: str, *, patience: float = 60.0, outage: float = 30.0) -> None:
        """Speak to the gateway at ``url``.

        Args:
            url: where ``frontdesk up`` listens, or the proxy in front of it.
            patience: how long one call may wait because the gateway asks for it (429, Retry-After); seconds.
            outage: how long one call goes on trying while the gateway is away or failing; seconds.
        """
        self.url = url.rstrip("/")
        self._patience = patience
        self._outage = outage
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Client:
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def session(self, token: str = "") -> Session:
        """Start a session, or go on with the one that ``token`` belongs to.

        Raises:
            RequestRefused: the token is forged or has expired.
            ServiceUnavailable: the gateway stays away.
        """
        data, _ = await self.call("POST", "/api/v1/sessions", {}, token)
        return Session(self, _text(data, "session_id"), _text(data, "token"))

    async def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, token: str = ""
    ) -> tuple[dict[str, Any], float]:
        """Return the JSON body of an answer and the seconds of the last attempt; tries again as long as it makes sense.

        Raises:
            RequestRefused: the gateway refuses, or asks to wait longer than ``patience``.
            ServiceUnavailable: it stays away, or does not answer as a gateway does.
        """
        waiting = Waiting(self._patience, self._outage)
        while True:
            began = time.monotonic()
            try:
                data = await self._once(method, path, body, token)
                return data, time.monotonic() - began
            except RequestRefused as exc:
                exc.seconds = time.monotonic() - began
                if not await waiting.may_go_on(exc):
                    if exc.status < 500:
                        raise
                    raise ServiceUnavailable(f"{self.url}{path} failed: {exc}") from exc
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as exc:
                if not await waiting.may_go_on(None):
                    raise ServiceUnavailable(f"{self.url}{path} does not answer as a gateway does: {exc!r}") from exc

    async def _once(self, method: str, path: str, body: Mapping[str, Any] | None, token: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        asked = self.http.request(method, self.url + path, json=body, headers=headers, timeout=timeout)
        async with asked as response:
            data = await response.json(content_type=None)
            if not isinstance(data, dict):
                raise ValueError(f"status {response.status}, and no JSON object")
            if response.status >= 400:
                raise refusal(response.status, data, response.headers)
            return data

    @property
    def http(self) -> aiohttp.ClientSession:
        """The open HTTP session."""
        if self._http is None:
            raise RuntimeError("The client is not open; use it as: async with Client(url) as client: ...")
        return self._http

    def waiting(self) -> Waiting:
        """Return how long to wait between attempts at one thing."""
        return Waiting(self._patience, self._outage)


class Session:
    """One visitor's conversation; keep ``token`` to come back to it later."""

    def __init__(self, client: Client, session_id: str, token: str) -> None:
        self.id = session_id
        self.token = token
        self._client = client

    async def say(self, text: str, *, message_id: str = "") -> Answer:
        """Send a text, or the payload of a button, and return the answer.

        The same ``message_id`` again returns the same answer and does nothing twice. Without one, a new one is made
        and kept for all attempts of this call.

        Raises:
            RequestRefused: the message is empty, too long, or one too many.
            ServiceUnavailable: the gateway stays away; with the same message_id it may be tried again later.
        """
        body = {"text": text, "message_id": message_id or uuid.uuid4().hex}
        data, seconds = await self._client.call("POST", "/api/v1/messages", body, self.token)
        try:
            replies = tuple(Reply.from_dict(reply) for reply in data["replies"])
            return Answer(replies, str(data["owner"]), body["message_id"], int(data["seq"]), seconds)
        except (MalformedMessage, KeyError, TypeError, ValueError) as exc:
            raise ServiceUnavailable(f"{self._client.url} sent replies that are none: {exc}") from exc

    async def since(self, seq: int = 0) -> list[dict[str, Any]]:
        """Return everything said after a number, both sides: ``{"seq", "from", "at", "text", ...}`` each."""
        said: list[dict[str, Any]] = []
        while True:
            data, _ = await self._client.call("GET", f"/api/v1/messages?after={seq}", None, self.token)
            page = [dict(message) for message in data["messages"]]
            said += page
            if not page or not data.get("more"):
                return said
            seq = page[-1]["seq"]

    async def rate(self, answer_id: str, value: str, comment: str = "") -> None:
        """Store a thumb, ``up`` or ``down``, on one answer; a second one replaces the first."""
        body = {"answer_id": answer_id, "value": value, "comment": comment}
        await self._client.call("POST", "/api/v1/feedback", body, self.token)

    async def identify(self, signed: Mapping[str, Any]) -> dict[str, str]:
        """Say who the visitor is, with what the shop's server has signed: user_id, name, email, expires, signature."""
        data, _ = await self._client.call("POST", "/api/v1/identify", signed, self.token)
        return {str(name): str(value) for name, value in data.items()}

    async def renew(self) -> None:
        """Take a fresh token when the old one is past half its life; a stream does this by itself."""
        self.token = (await self._client.session(self.token)).token

    async def stream(self, after: int = 0) -> AsyncGenerator[dict[str, Any], None]:
        """Yield every message after a number as it is said, both sides, each once and in order.

        Connects again whenever the connection is lost. Close it with ``contextlib.aclosing`` when you leave early.

        Raises:
            RequestRefused: the token has expired, or the session may not open one more stream.
            ServiceUnavailable: the gateway stays away.
        """
        waiting: Waiting | None = self._client.waiting()
        while True:
            problem: Exception | None = None
            try:
                async with aclosing(self._connected(after)) as messages:
                    async for message in messages:
                        waiting = None
                        if message is not None:
                            after = message["seq"]
                            yield message
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError, RequestRefused) as exc:
                problem = exc
            # A connection that has worked and is lost has all the time there is.
            waiting = waiting or self._client.waiting()
            if not await waiting.may_go_on(problem if isinstance(problem, RequestRefused) else None):
                if isinstance(problem, RequestRefused) and problem.status < 500:
                    raise problem
                raise ServiceUnavailable(f"{self._client.url} gives no stream: {problem!r}") from problem

    async def _connected(self, after: int) -> AsyncGenerator[dict[str, Any] | None, None]:
        """Yield what one connection brings, None for a sign of life."""
        try:
            socket = await self._client.http.ws_connect(f"{self._client.url}/api/v1/stream", heartbeat=HEARTBEAT)
        except aiohttp.WSServerHandshakeError as exc:
            raise refusal(exc.status, {}, exc.headers or {}) from exc
        async with socket:
            await socket.send_json({"token": self.token, "after": after})
            await socket.send_json({"type": "ping"})  # Its answer proves that the token was accepted.
            async for frame in socket:
                data = frame.json()
                if data["type"] == "message":
                    yield data["message"]
                elif data["type"] == "session":
                    self.token = str(data["token"])
                elif data["type"] == "error":
                    raise refusal(STATUSES.get(data["error"]["code"], 400), data, {})
                else:
                    yield None


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str):
        raise ServiceUnavailable(f"The answer has no {name}; this is no gateway of Frontdesk.")
    return value
