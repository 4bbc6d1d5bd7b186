"""The dialogue worker's HTTP side: one turn in, replies out line by line (NDJSON). Loopback only, bearer token."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import aclosing
from typing import Any, Protocol

from aiohttp import web

from bot.errors import BotError, DialogueUnavailable, MalformedMessage
from bot.messages import Reply
from bot.nlu.tongues import language
from bot.settings import Settings

log = logging.getLogger(__name__)

# The worker stops a turn before the gateway gives up on it, or an action would go on unheard; seconds.
HEAD_START = 2.0

EMPTY_TEXT = "The field 'text' or 'payload' must hold a non-empty string."


class Conversational(Protocol):
    """What the service needs of the dialogue core."""

    @property
    def model_name(self) -> str:
        """The model archive's file name."""
        ...

    def turn(
        self, sender_id: str, text: str, message_id: str, language: str = "", customer: Mapping[str, str] | None = None
    ) -> AsyncGenerator[Reply, None]:
        """Run one turn."""
        ...

    async def check(self) -> None:
        """Raise ``DialogueUnavailable`` when no turn could be stored now."""
        ...

    async def warm_up(self) -> None:
        """Do once what the first turn would otherwise wait for."""
        ...


settings_key = web.AppKey("settings", Settings)
dialogue_key: web.AppKey[Conversational] = web.AppKey("dialogue")


class Running:
    """Counts the turns that run."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> None:
        self.count += 1

    def __exit__(self, *_: object) -> None:
        self.count -= 1


running_key = web.AppKey("running", Running)


def create_app(settings: Settings, dialogue: Conversational) -> web.Application:
    """Build the worker's application around a loaded dialogue core."""
    app = web.Application(middlewares=[_guard], client_max_size=settings.gateway.max_body_bytes * 4)
    app[settings_key] = settings
    app[dialogue_key] = dialogue
    app[running_key] = Running()
    app.add_routes(
        [
            web.get("/healthz", _healthz),
            web.get("/readyz", _readyz),
            web.post("/v1/turns", _turns),
            web.get("/v1/turns", _count),
            web.post("/v1/language", _language),
        ]
    )
    app.on_startup.append(_warm_up)
    return app


async def _warm_up(app: web.Application) -> None:
    await app[dialogue_key].warm_up()


Turn = tuple[str, str, str, str, "dict[str, str] | None"]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse callers without the shared token: other users of the machine can reach loopback too."""
    expected = f"Bearer {request.app[settings_key].secrets.inner_token}".encode()
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    if request.path != "/healthz" and not hmac.compare_digest(given, expected):
        return _error(401, "unauthorized", "The inner token is missing or wrong.")
    try:
        return await handler(request)
    except MalformedMessage as exc:
        return _error(400, "malformed", str(exc))
    except BotError as exc:
        return _error(503, "unavailable", str(exc))


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)


async def _healthz(_: web.Request) -> web.Response:
    return web.json_response({"alive": True})


async def _readyz(request: web.Request) -> web.Response:
    """Say whether a turn can be worked and stored."""
    state = {"model": request.app[dialogue_key].model_name}
    try:
        await request.app[dialogue_key].check()
    except DialogueUnavailable:
        return web.json_response({"ready": False, "missing": "database", **state}, status=503)
    return web.json_response({"ready": True, **state})


async def _count(request: web.Request) -> web.Response:
    """Say how many turns run, without asking the database: it may be what they wait for."""
    return web.json_response({"running": request.app[running_key].count})


class Lines:
    """The answer to one turn, line by line; once the gateway has gone, what is written is dropped."""

    def __init__(self) -> None:
        self.response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        self._gone = False

    async def write(self, line: dict[str, Any]) -> None:
        """Send one line."""
        await self._send(self.response.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n"))

    async def error(self, code: str, message: str) -> None:
        """Send the line that ends a turn that could not be finished."""
        await self.write({"type": "error", "error": {"code": code, "message": message}})

    async def end(self) -> None:
        """Finish the answer."""
        await self._send(self.response.write_eof())

    async def _send(self, sending: Coroutine[Any, Any, None]) -> None:
        if self._gone:
            sending.close()
            return
        try:
            await sending
        except ConnectionResetError:
            # The turn goes on to its end: half of one would run again when the gateway comes back and asks again.
            self._gone = True
            log.info("the gateway went away in the middle of a turn")


def turn_limit(gateway_limit: float) -> float:
    """Return how long a turn may take here, in seconds, when the gateway waits ``gateway_limit``."""
    return max(gateway_limit - HEAD_START, gateway_limit / 2)


async def _turns(request: web.Request) -> web.StreamResponse:
    with request.app[running_key]:
        return await _work(request)


async def _work(request: web.Request) -> web.StreamResponse:
    turn = await _read_turn(request)
    lines = Lines()
    await lines.response.prepare(request)
    await lines.write({"type": "typing"})
    limit = turn_limit(request.app[settings_key].gateway.turn_timeout_seconds)
    try:
        await asyncio.wait_for(_stream(lines, request.app[dialogue_key], turn), limit)
        await lines.write({"type": "end"})
    except asyncio.TimeoutError:
        await lines.error("timeout", f"The turn took longer than {limit:g} s.")
    except DialogueUnavailable as exc:
        await lines.error("dialogue", str(exc))
    await lines.end()
    return lines.response


async def _stream(lines: Lines, dialogue: Conversational, turn: Turn) -> None:
    async with aclosing(dialogue.turn(*turn)) as replies:
        async for reply in replies:
            await lines.write({"type": "reply", "reply": reply.to_inner()})


async def _language(request: web.Request) -> web.Response:
    """Say in which language a text is, null where it could be in any."""
    try:
        text = (await request.json())["text"]
    except (ValueError, KeyError, TypeError) as exc:
        raise MalformedMessage(f"The body must be a JSON object with 'text': {exc!r}") from exc
    return web.json_response({"language": language(str(text))})


async def _read_turn(request: web.Request) -> Turn:
    """Return (sender_id, text, message_id, language, customer); a payload passes as it is, a text never as a command.

    Raises:
        MalformedMessage: the body is not of the documented form.
    """
    try:
        body = await request.json()
        sender_id, message_id = str(body["sender_id"]), str(body.get("message_id", ""))
        told = body.get("customer")
        payload, text, spoken = body.get("payload"), body.get("text"), str(body.get("language") or "")
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise MalformedMessage(f"The body must be a JSON object with 'sender_id': {exc!r}") from exc
    # A leading slash would skip the NLU, set slots and run /restart (Rasa treats it as a command).
    words = payload if isinstance(payload, str) else str(text or "").lstrip("/ \t\r\n")
    if not words.strip() or not sender_id:
        raise MalformedMessage(EMPTY_TEXT)
    customer = {str(name): str(value) for name, value in told.items()} if isinstance(told, dict) else None
    return sender_id, words.strip(), message_id, spoken, customer
