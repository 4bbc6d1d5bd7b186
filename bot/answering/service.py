"""The answers service: search and the answer ladder over HTTP, for the other processes of this installation.

Listens on loopback; every call but ``/healthz`` needs the inner token. Reads nothing that customers can reach directly.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.answering.engine import WORKERS, Engine, Trouble
from bot.answering.generator import Generator
from bot.answering.pages import page_of, shown
from bot.answering.requests import answer_request, search_request
from bot.answering.search import Search
from bot.errors import MalformedMessage, SettingsError
from bot.settings import Settings

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

ENGINE = web.AppKey("engine", Engine)
SETTINGS = web.AppKey("settings", Settings)
OPEN_PATHS = frozenset({"/healthz"})


def create_app(
    settings: Settings,
    *,
    retriever: Search | None = None,
    generator: Generator | None = None,
    workers: int = WORKERS,
) -> web.Application:
    """Return the service; a retriever or generator that is handed in takes the place of the configured one.

    Raises:
        SettingsError: there is no inner token, so nobody could be told from a stranger.
    """
    if not settings.secrets.inner_token:
        raise SettingsError(
            "FRONTDESK_INNER_TOKEN is not set. Start with: frontdesk up, or set the same value for all processes."
        )
    app = web.Application(middlewares=[_errors, _authorised], client_max_size=settings.gateway.max_body_bytes)
    app[SETTINGS] = settings
    app[ENGINE] = Engine(settings, retriever=retriever, generator=generator, workers=workers)
    app.cleanup_ctx.append(_watching)
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz)
    app.router.add_post("/v1/search", _search)
    app.router.add_post("/v1/answer", _answer)
    return app


async def _watching(app: web.Application) -> AsyncIterator[None]:
    """Load the index in the background: the port answers at once, ``/readyz`` says when it is there."""
    task = asyncio.create_task(app[ENGINE].keep_fresh())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    app[ENGINE].close()


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into ``{"error": {"code", "message"}}`` with the right status; the only place that does."""
    try:
        return await handler(request)
    except MalformedMessage as exc:
        return _error(400, "malformed", str(exc))
    except Trouble as exc:
        return _error(503, exc.code, str(exc))
    except web.HTTPException as exc:
        return _error(
            exc.status, exc.reason.lower().replace(" ", "_"), f"{request.method} {request.path}: {exc.reason}."
        )
    except Exception:  # noqa: BLE001 - edge of the process
        log.exception("%s %s failed", request.method, request.path)
        return _error(500, "internal", "The answers service failed. See its log.")


@web.middleware
async def _authorised(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse calls without the inner token; compared in constant time so that it cannot be guessed letter by letter."""
    expected = f"Bearer {request.app[SETTINGS].secrets.inner_token}".encode()
    given = request.headers.get("Authorization", "").encode(errors="surrogateescape")
    if request.path not in OPEN_PATHS and not hmac.compare_digest(given, expected):
        return _error(
            401, "unauthorized", "The inner token is missing or wrong. Processes started by: frontdesk up share one."
        )
    return await handler(request)


async def _healthz(request: web.Request) -> web.Response:
    return web.json_response({"alive": True})


async def _readyz(request: web.Request) -> web.Response:
    status = request.app[ENGINE].status()
    return web.json_response(status, status=200 if status["ready"] else 503)


async def _search(request: web.Request) -> web.Response:
    asked = search_request(await request.read(), request.app[SETTINGS].gateway.max_text_characters)
    started = time.perf_counter()
    found = await request.app[ENGINE].search(asked)
    page = page_of(found, asked.offset, asked.top_k)
    took_ms = round((time.perf_counter() - started) * 1000, 2)
    body = {"hits": [shown(hit) for hit in page.hits], "next_offset": page.next_offset, "took_ms": took_ms}
    return web.json_response(body)


async def _answer(request: web.Request) -> web.StreamResponse:
    """Stream the reply as NDJSON; once the stream has begun, a failure is its last line and not a status."""
    asked = answer_request(await request.read(), request.app[SETTINGS].gateway.max_text_characters)
    engine = request.app[ENGINE]
    if not engine.status()["ready"]:
        raise Trouble("not_ready", engine.status()["missing"])
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    try:
        reply = await engine.answer(asked.question, asked.context)
        await _line(response, {"type": "answer", "answer": reply.to_inner()})
        log.info("answered: rung %s, confidence %.3f, answer_id %s", reply.rung, reply.confidence, reply.answer_id)
    except Trouble as exc:
        await _line(response, {"type": "error", "error": {"code": exc.code, "message": str(exc)}})
    await response.write_eof()
    return response


async def _line(response: web.StreamResponse, event: dict[str, Any]) -> None:
    await response.write(json.dumps(event, ensure_ascii=False).encode() + b"\n")


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)
