"""What every request must pass before its handler sees it: how often an address may ask, and what a body may be.

A path that is added to the gateway is limited without anybody thinking of it; handlers add limits by session.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import aiohttp
from aiohttp import web

from bot.channels.push import SignatureRefused
from bot.errors import MalformedMessage
from bot.gateway.errors import ChannelOff
from bot.gateway.middlewares import Handler, route_of
from bot.gateway.parts import Parts, address_of, parts_of

# Paths without a limit, and why.
UNLIMITED: Mapping[str, str] = {
    "/healthz": "does nothing; a supervisor must never be told to wait, or it restarts a healthy process",
}
# Slack and Telegram call from few addresses for all customers: what carries their signature always passes.
SIGNED = "/channels/"
# A body of gateway.max_body_bytes arrives within this time over any line, or its sender means to hold us up; seconds.
BODY_SECONDS = 20.0
NO_UPLOADS = 'Files cannot be uploaded here; this gateway takes JSON. Send words: {"text": "..."}.'


@web.middleware
async def limited(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count the request against its address."""
    route, parts = route_of(request), parts_of(request)
    if route in UNLIMITED:
        return await handler(request)
    if route.startswith(SIGNED):
        return await _refusals_counted(request, handler, parts)
    parts.limits.request(address_of(request))
    return await handler(request)


async def _refusals_counted(request: web.Request, handler: Handler, parts: Parts) -> web.StreamResponse:
    try:
        return await handler(request)
    except (SignatureRefused, ChannelOff, MalformedMessage, web.HTTPException):
        parts.limits.refused(address_of(request))
        raise


@web.middleware
async def bodies(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a body that is packed, a file, too large or too slow; the handler finds it read."""
    if "Content-Encoding" in request.headers:
        # A few kilobytes of gzip can unpack into gigabytes.
        raise web.HTTPUnsupportedMediaType(text="Send the body without Content-Encoding.")
    if request.content_type.startswith("multipart/"):
        raise web.HTTPUnsupportedMediaType(text=NO_UPLOADS)
    limit = parts_of(request).settings.gateway.max_body_bytes
    length = request.content_length
    if length is not None and length > limit:
        raise web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=length)
    if request.can_read_body:
        await _read(request)
    return await handler(request)


async def _read(request: web.Request) -> None:
    """Read the body; aiohttp keeps it for the handler, and stops one that grows beyond the limit."""
    try:
        await asyncio.wait_for(request.read(), BODY_SECONDS)
    except asyncio.TimeoutError as exc:
        raise web.HTTPRequestTimeout(text=f"The body did not arrive within {BODY_SECONDS:.0f} s.") from exc
    except (aiohttp.ClientError, web.RequestPayloadError, ConnectionError) as exc:
        raise web.HTTPBadRequest(text="The connection ended in the middle of the body.") from exc
