"""Real stand-ins for tests: each has the same interface as what it replaces and a behaviour a reader can predict."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import numpy as np
from aiohttp import web

from bot.answering.evidence import Evidence
from bot.errors import OrderBackendError, OrderOutcomeUnknown
from bot.messages import Reply
from bot.nlu.tongues import language
from retrieval.filters import Filters
from retrieval.tickets import Hit, Ticket


class KeywordEmbedder:
    """One dimension per keyword: texts that share keywords are close, all others are at right angles.

    Words outside the vocabulary share one last, weak dimension, so that no vector is zero.
    """

    def __init__(self, *keywords: str) -> None:
        self.keywords = keywords
        self.name = "keywords"
        self.dimension = len(keywords) + 1
        self.fingerprint = hashlib.sha256("|".join(keywords).encode()).hexdigest()

    def embed(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> np.ndarray:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            lowered = text.lower()
            row[:-1] = [float(word in lowered) for word in self.keywords]
            row[-1] = 0.1
        if progress is not None:
            progress(len(texts))
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def embed_queries(self, texts: Sequence[str]) -> np.ndarray:
        return self.embed(texts)


class BrokenShop:
    """An order system that is down: every call to it ends in the same error."""

    def __getattr__(self, name: str) -> Callable[..., Awaitable[None]]:
        async def call(*args: object) -> None:
            raise OrderBackendError(f"{name} gave no answer")

        return call


class SilentShop:
    """An order system that answers lookups, and breaks off after each change that is sent to it."""

    def __init__(self, shop: Any) -> None:
        self._shop = shop

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def lost(*args: object) -> None:
            raise OrderOutcomeUnknown(f"{name} was sent and not answered")

        return getattr(self._shop, name) if name in ("find", "refund_status") else lost


class ScriptedAnswers:
    """An answers client that gives the scripted replies in order and remembers what it was asked."""

    def __init__(self, *script: Reply | Exception) -> None:
        self.script = list(script)
        self.asked: list[tuple[str, list[dict[str, str]]]] = []

    async def answer(self, question: str, context: Sequence[dict[str, str]] = ()) -> Reply:
        self.asked.append((question, list(context)))
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        return step


class ScriptedWorker:
    """A dialogue worker that does what the customer's words say and echoes all others.

    ``slow`` never ends, ``wait`` ends when ``release`` is set, ``die`` breaks off inside a line, ``cut`` ends without
    the last line, ``garbage`` is no JSON, ``silent`` says nothing, ``error`` fails as documented, ``refuse`` is a 500,
    ``huge`` is an endless line, ``cite`` answers with a receipt, ``person`` hands off, ``ask`` offers buttons, ``two``
    says two things.
    """

    def __init__(self, token: str = "inner") -> None:
        self.heard: list[dict[str, str]] = []
        self.ready = True
        self.release = asyncio.Event()
        self.working = 0
        self.most_working = 0
        # What to answer to words that a test wants to hear as others, once they have been worked.
        self.scripts: dict[str, str] = {}
        self._token = token

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.post("/v1/turns", self._turn),
                web.post("/v1/language", self._language),
                web.get("/readyz", self._readyz),
            ]
        )
        return app

    async def _readyz(self, request: web.Request) -> web.Response:
        return web.json_response({"ready": self.ready}, status=200 if self.ready else 503)

    async def _language(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {self._token}"
        return web.json_response({"language": language((await request.json())["text"])})

    async def _turn(self, request: web.Request) -> web.StreamResponse:
        assert request.headers["Authorization"] == f"Bearer {self._token}"
        turn = await request.json()
        self.heard.append(turn)
        words = turn.get("payload", turn.get("text"))
        if words == "refuse":
            return web.Response(status=500)
        response = web.StreamResponse()
        await response.prepare(request)
        self.working += 1
        self.most_working = max(self.most_working, self.working)
        try:
            for line in await self._lines(words):
                await response.write(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")
                await asyncio.sleep(0)
        finally:
            self.working -= 1
        if words == "die" and request.transport is not None:
            await asyncio.sleep(0.05)
            request.transport.abort()
        return response

    async def _lines(self, words: str) -> list[dict[str, object] | bytes]:
        said: dict[str, object] = {"type": "reply", "reply": {"text": f"You said {words}", "handoff": None}}
        end: dict[str, object] = {"type": "end"}
        if words == "slow":
            await asyncio.sleep(60)
        if words.startswith("wait"):
            await self.release.wait()
        words = self.scripts.get(words, words)
        buttons = [{"title": "Yes", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}]
        person = {"text": "A person will answer.", "rung": "handoff", "handoff": "customer_asked"}
        rests = {"text": "It is free.", "ticket_id": "T-1", "span": "The label is free.", "score": 0.97}
        cited = {"text": "It is free.", "rung": "generated", "answer_id": "a1", "receipt": [rests]}
        scripts: dict[str, list[dict[str, object] | bytes]] = {
            "cite": [{"type": "reply", "reply": cited}, end],
            "die": [said, b'{"type": "rep'],
            "cut": [said],
            "garbage": [b"<html>\n"],
            "silent": [end],
            "blank": [{"type": "reply", "reply": {"text": " "}}, end],
            "error": [{"type": "typing"}, {"type": "error", "error": {"code": "action_failed", "message": "secret"}}],
            "huge": [b"x" * 3_000_000],
            "person": [{"type": "reply", "reply": person}, end],
            "ask": [{"type": "reply", "reply": {"text": "Shall I?", "buttons": buttons}}, end],
            "two": [said, {"type": "typing"}, {"type": "reply", "reply": {"text": "And more."}}, end],
        }
        return scripts.get(words, [{"type": "typing"}, said, end])


class ScriptedRasa:
    """A plain Rasa server's REST channel with one scripted answer."""

    def __init__(self, items: object, status: int = 200) -> None:
        self.items = items
        self.status = status
        self.heard: list[dict[str, str]] = []

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.post("/webhooks/rest/webhook", self._webhook), web.get("/", self._hello)])
        return app

    async def _hello(self, request: web.Request) -> web.Response:
        return web.Response(text="Hello from Rasa: 3.6.21", status=self.status)

    async def _webhook(self, request: web.Request) -> web.Response:
        self.heard.append(await request.json())
        return web.json_response(self.items, status=self.status)


class ScriptedSearch:
    """The answers service as the gateway sees it: search and readiness."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []
        self.ready = True
        self.answer: object = {"hits": [{"id": "t1", "title": "Pole", "excerpt": "Use the sleeve.", "score": 0.9}]}

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.post("/v1/search", self._search), web.get("/readyz", self._readyz)])
        return app

    async def _readyz(self, request: web.Request) -> web.Response:
        return web.json_response({"ready": self.ready}, status=200 if self.ready else 503)

    async def _search(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        return web.json_response(self.answer)


class ScriptedHits:
    """A retriever that returns the same hits for every query; an exception in their place is raised."""

    def __init__(self, *hits: Hit, error: Exception | None = None, seconds: float = 0.0) -> None:
        self.hits = list(hits)
        self.error = error
        self.seconds = seconds
        self.asked: list[tuple[str, list[str]]] = []
        self.filters: Filters | None = None

    def search(
        self,
        query: str,
        top_k: int = 10,
        mode: str = "hybrid",
        context: Sequence[str] = (),
        filters: Filters | None = None,
    ) -> list[Hit]:
        self.asked.append((query, list(context)))
        self.filters = filters
        time.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return self.hits[:top_k]


class ScriptedGenerator:
    """A generator that gives one draft, or fails with one error, whatever it is asked."""

    name = "scripted"

    def __init__(self, *draft: str, error: Exception | None = None) -> None:
        self.draft = draft
        self.error = error

    def compose(self, question: str, evidence: Sequence[Evidence]) -> tuple[str, ...]:
        if self.error is not None:
            raise self.error
        return self.draft


def evidence(*sentences: str, ticket_id: str = "T-1") -> Evidence:
    """A past answer of which these sentences may be used."""
    return Evidence(Hit(Ticket(ticket_id, answer=" ".join(sentences)), 0.9, 0.9, 0.9), sentences, None)
