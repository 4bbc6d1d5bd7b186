"""The WebSocket: everything said in one conversation, pushed as it happens.

The first frame carries the token, so that it never stands in a URL or a log. A stream only shows; messages are sent
with POST. It reads from the ledger what comes after the last number it has sent: no gap, no repetition, right order.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from bot.channels.web import json_object, text_field
from bot.errors import BotError, InvalidSignature, LedgerUnavailable, MalformedMessage
from bot.gateway.conversations import sequence
from bot.gateway.errors import answer_for
from bot.gateway.hub import Subscription
from bot.gateway.ledger import Ledger
from bot.gateway.limits import RateLimited
from bot.gateway.middlewares import check_origin
from bot.gateway.parts import Parts, address_of, parts_of
from bot.gateway.sessions import Session
from bot.gateway.transcript import PAGE

# A client that does not say who it is within this time is cut off; seconds.
HELLO_TIMEOUT = 10.0
# Protocol pings find connections that died without a word; seconds.
HEARTBEAT = 25.0
# How long a client may take to agree to a close; a stop waits for it. Seconds.
CLOSE_TIMEOUT = 2.0
# A ledger that cannot be read is asked again after this time; seconds.
LEDGER_PAUSE = 1.0
MAX_FRAME_BYTES = 16_384
# Tabs of one visitor.
MAX_STREAMS = 20
REFUSED = 4401


async def stream(request: web.Request) -> web.WebSocketResponse:
    """Serve one stream until the client leaves or the gateway stops."""
    parts = parts_of(request)
    check_origin(request)
    with parts.limits.stream(address_of(request)):
        return await _opened(request, parts)


async def _opened(request: web.Request, parts: Parts) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(
        timeout=CLOSE_TIMEOUT, heartbeat=HEARTBEAT, max_msg_size=MAX_FRAME_BYTES, compress=False
    )
    await socket.prepare(request)
    try:
        sender_id, after, fresh = await _hello(socket, parts)
    except BotError as exc:
        await _refuse(socket, exc)
        return socket
    parts.metrics.streams.inc()
    try:
        with parts.hub.subscribe(sender_id) as subscription:
            if fresh is not None:
                with suppress(ConnectionResetError):  # The client may have gone already.
                    await _send(socket, {"type": "session", "token": fresh.token})
            await _serve(socket, subscription, parts, sender_id, after)
    finally:
        parts.metrics.streams.dec()
    return socket


async def _hello(socket: web.WebSocketResponse, parts: Parts) -> tuple[str, int, Session | None]:
    """Read the first frame: whose stream this is and what was seen already; an old token is renewed."""
    try:
        frame = await socket.receive(timeout=HELLO_TIMEOUT)
    except asyncio.TimeoutError as exc:
        raise InvalidSignature(f'No first frame within {HELLO_TIMEOUT:.0f} s. Send {{"token", "after"}}.') from exc
    if frame.type is not WSMsgType.TEXT:
        raise MalformedMessage('The first frame must be text: {"token", "after"}.')
    data = json_object(frame.data.encode("utf-8", "replace"))
    token = text_field(data, "token")
    sender_id = parts.sessions.read(token)
    if parts.hub.listeners(sender_id) >= MAX_STREAMS:
        raise RateLimited(f"This session has {MAX_STREAMS} open streams. Close one first.", HEARTBEAT)
    return sender_id, sequence(data.get("after")), parts.sessions.renew(token)


async def _serve(
    socket: web.WebSocketResponse, subscription: Subscription, parts: Parts, sender_id: str, after: int
) -> None:
    """Push and answer pings until either side ends."""
    tasks = {
        asyncio.create_task(_push(socket, subscription, parts.ledger, sender_id, after)),
        asyncio.create_task(_answer(socket, partial(parts.limits.frame, sender_id))),
    }
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    except ConnectionResetError:
        pass  # The client left while something was being sent; it resumes by its last number.
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await socket.close(code=WSCloseCode.GOING_AWAY if subscription.closed else WSCloseCode.OK)


async def _push(
    socket: web.WebSocketResponse, subscription: Subscription, ledger: Ledger, sender_id: str, after: int
) -> None:
    """Send what the ledger holds after ``after``, then what comes."""
    while not subscription.closed:
        typing, subscription.typing = subscription.typing, None
        news, subscription.news = subscription.news, False
        try:
            messages = await ledger.since(sender_id, after) if news else []
        except LedgerUnavailable:
            # The stream stays: everybody's coming back at once would not bring the database back sooner.
            subscription.news = True
            await asyncio.sleep(LEDGER_PAUSE)
            continue
        for message in messages:
            await _send(socket, {"type": "message", "message": message.to_dict()})
            after = message.seq
            typing = typing if message.author == "customer" else None
        if typing:
            await _send(socket, {"type": "typing", **({"author": typing} if typing == "agent" else {})})
        if len(messages) == PAGE:
            # There may be more; everybody else first: neither reading nor sending need have given up the loop so far.
            subscription.news = True
            await asyncio.sleep(0)
        else:
            await subscription.wait()


async def _answer(socket: web.WebSocketResponse, count: Callable[[], None]) -> None:
    """Answer the client's frames until it leaves; one that is no ping, or one too many, ends the stream."""
    async for frame in socket:
        try:
            count()
            if frame.type is not WSMsgType.TEXT:
                raise MalformedMessage("Frames must be text.")
            if json_object(frame.data.encode("utf-8", "replace")).get("type") != "ping":
                raise MalformedMessage(
                    'A stream takes {"type": "ping"} only. Send messages with POST /api/v1/messages.'
                )
        except (MalformedMessage, RateLimited) as exc:
            await _refuse(socket, exc)
            return
        await _send(socket, {"type": "pong"})


async def _refuse(socket: web.WebSocketResponse, error: BotError) -> None:
    """Say why, in the words of the HTTP errors, and close."""
    answer = answer_for(error)
    if answer is not None and answer.text is not None:
        with suppress(ConnectionResetError):  # The client may have gone first.
            await _send(socket, {"type": "error", **json.loads(answer.text)})
    code = REFUSED if isinstance(error, InvalidSignature) else WSCloseCode.POLICY_VIOLATION
    await socket.close(code=code)


async def _send(socket: web.WebSocketResponse, data: dict[str, Any]) -> None:
    await socket.send_json(data)
