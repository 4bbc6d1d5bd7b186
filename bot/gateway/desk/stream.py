"""The desk's WebSocket: says that something has changed, so that every agent's page looks again; and who is where.

Carries no words of customers. A page says which conversation it shows and that something is being written there. A page
that was away looks once when it is back and has missed nothing.
"""

from __future__ import annotations

import asyncio

from aiohttp import WSCloseCode, WSMsgType, web

from bot.channels.web import json_object
from bot.errors import LedgerUnavailable, MalformedMessage
from bot.gateway.desk.accounts import LoginNeeded
from bot.gateway.desk.login import somebody
from bot.gateway.desk.parts import EVERYBODY, PLACES
from bot.gateway.desk.presence import Page
from bot.gateway.hub import Subscription
from bot.gateway.limits import RateLimited
from bot.gateway.middlewares import check_origin
from bot.gateway.parts import Parts
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
    parts, person = await somebody(request)
    hub = parts.desk.hub
    if hub.listeners(EVERYBODY) >= MAX_PAGES:
        raise RateLimited(f"{MAX_PAGES} pages of the desk are open. Close one first.", HEARTBEAT)
    socket = web.WebSocketResponse(
        timeout=CLOSE_TIMEOUT, heartbeat=HEARTBEAT, max_msg_size=MAX_FRAME_BYTES, compress=False
    )
    await socket.prepare(request)
    page = Page(person.name)
    parts.desk.presence.enter(page)
    with hub.subscribe(EVERYBODY) as changes, hub.subscribe(PLACES) as places:
        tasks = [
            asyncio.create_task(_push(request, socket, changes)),
            asyncio.create_task(_tell_places(parts, socket, places, page)),
        ]
        try:
            async for frame in socket:
                parts.limits.frame(f"desk {id(page)}")
                if frame.type is WSMsgType.TEXT:
                    await _hear(parts, page, frame.data)
        except RateLimited:
            await socket.close(code=WSCloseCode.POLICY_VIOLATION)
        except LedgerUnavailable:
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
        finally:
            parts.desk.presence.leave(page)
            hub.notify(PLACES)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    return socket


async def _hear(parts: Parts, page: Page, frame: str) -> None:
    """Take ``{"type": "looking" | "writing" | "idle", "handoff"?}``; whatever else a page sends means nothing."""
    try:
        data = json_object(frame.encode("utf-8", "replace"))
    except MalformedMessage:
        return
    presence, kind = parts.desk.presence, data.get("type")
    if kind == "looking":
        if not presence.looks(page, str(data.get("handoff") or "")):
            return
    elif kind == "writing" and page.handoff:
        presence.writes(page)
        if presence.may_show(page.handoff):
            sender_id = await parts.handoffs.may_answer(page.handoff, page.name)
            if sender_id:
                parts.channels.typing(sender_id, "agent")
    elif kind == "idle":
        presence.stops(page)
    else:
        return
    parts.desk.hub.notify(PLACES)


async def _push(request: web.Request, socket: web.WebSocketResponse, subscription: Subscription) -> None:
    try:
        while not subscription.closed:
            await socket.send_json({"type": "changed"})
            await _next(request, subscription)
        await socket.close(code=WSCloseCode.GOING_AWAY)
    except LoginNeeded:
        await socket.close(code=REFUSED)
    except LedgerUnavailable:
        # Nobody can say whether the log-in still counts; the page comes back and is asked again.
        await socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
    except ConnectionResetError:
        pass  # The page left while something was being sent.


async def _tell_places(parts: Parts, socket: web.WebSocketResponse, subscription: Subscription, page: Page) -> None:
    """Tell a page where the others are, whenever that is not what it was told last."""
    told: list[dict[str, object]] = []
    try:
        while not subscription.closed:
            others = parts.desk.presence.others(page)
            # Somebody who goes on writing is told of again, because a page forgets the sign after a while.
            if others != told or any(other["writing"] for other in others):
                told = others
                await socket.send_json({"type": "places", "places": others})
            await asyncio.sleep(GATHER)
            await subscription.wait()
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
