"""The desk's WebSocket: says that something has changed, so that every agent's page looks again.

Carries no words of customers and takes none. A page that was away looks once when it is back and has missed nothing.
"""

from __future__ import annotations

import asyncio

from aiohttp import WSCloseCode, web

from bot.gateway.desk_accounts import LoginNeeded
from bot.gateway.desk_login import somebody
from bot.gateway.desk_parts import EVERYBODY
from bot.gateway.hub import Subscription
from bot.gateway.limits import RateLimited
from bot.gateway.middlewares import check_origin
from bot.gateway.stream import CLOSE_TIMEOUT, HEARTBEAT, REFUSED

MAX_FRAME_BYTES = 1024
# Pages that are open at one time, over all agents.
MAX_PAGES = 500
# A burst of changes becomes one look; seconds.
GATHER = 0.1
# A page that stays open is asked again whether its log-in still counts; seconds.
CHECK_EVERY = 60.0


async def stream(request: web.Request) -> web.WebSocketResponse:
    """Serve one page until it leaves, its log-in ends or the gateway stops."""
    check_origin(request)
    parts, _ = await somebody(request)
    hub = parts.desk.hub
    if hub.listeners(EVERYBODY) >= MAX_PAGES:
        raise RateLimited(f"{MAX_PAGES} pages of the desk are open. Close one first.", HEARTBEAT)
    socket = web.WebSocketResponse(
        timeout=CLOSE_TIMEOUT, heartbeat=HEARTBEAT, max_msg_size=MAX_FRAME_BYTES, compress=False
    )
    await socket.prepare(request)
    with hub.subscribe(EVERYBODY) as subscription:
        pushing = asyncio.create_task(_push(request, socket, subscription))
        try:
            async for _ in socket:
                pass  # Nothing that a page sends means anything.
        finally:
            pushing.cancel()
            await asyncio.gather(pushing, return_exceptions=True)
    return socket


async def _push(request: web.Request, socket: web.WebSocketResponse, subscription: Subscription) -> None:
    try:
        while not subscription.closed:
            await socket.send_json({"type": "changed"})
            await _next(request, subscription)
        await socket.close(code=WSCloseCode.GOING_AWAY)
    except LoginNeeded:
        await socket.close(code=REFUSED)
    except ConnectionResetError:
        pass  # The page left while something was being sent.


async def _next(request: web.Request, subscription: Subscription) -> None:
    """Return at the next change.

    Raises:
        LoginNeeded: the log-in has ended meanwhile.
    """
    while True:
        try:
            await asyncio.wait_for(subscription.wait(), CHECK_EVERY)
        except asyncio.TimeoutError:
            await somebody(request)
            continue
        await asyncio.sleep(GATHER)
        return
