"""What happens around every request: counted, errors made readable, who may read across origins.

Handlers raise; only this module turns errors into answers.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.errors import BotError
from bot.gateway.errors import OriginRefused, answer_for, answer_for_http, error_response
from bot.gateway.parts import parts_of

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# The desk shows customers' words to people with rights: the browser itself refuses to make markup of text there.
DESK_POLICY = f"{PAGE_POLICY}; require-trusted-types-for 'script'; trusted-types 'none'"
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "600",
}


def route_of(request: web.Request) -> str:
    """Return the pattern of the matched route; one word for everything that matched none."""
    resource = request.match_info.route.resource
    return "unmatched" if resource is None else resource.canonical


@web.middleware
async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count the request and its time."""
    started = time.monotonic()
    response = await handler(request)
    parts_of(request).metrics.request(request.method, route_of(request), response.status, time.monotonic() - started)
    return response


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into ``{"error": {"code", "message"}}``; details of a bug go to the log alone."""
    try:
        return await handler(request)
    except BotError as exc:
        response = answer_for(exc)
        if response is not None:
            return response
        log.exception("%s %s failed", request.method, route_of(request))
    except web.HTTPException as exc:
        if exc.status < 400:
            raise
        return answer_for_http(exc, request.path)
    except Exception:
        # The edge of the process: the log names the route, never what the customer wrote.
        log.exception("%s %s failed", request.method, route_of(request))
    return error_response(500, "internal", "Something went wrong on our side. Try again; the log has the details.")


@web.middleware
async def preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a browser's question whether another site may call us; the headers are set by ``decorate``."""
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        if not cross_origin_allowed(request):
            raise OriginRefused(
                f"Pages of {request.headers.get('Origin', '')[:200]!r} may not call this. "
                "Add the origin to gateway.allowed_origins."
            )
        return web.Response(status=204, headers=PREFLIGHT)
    return await handler(request)


def cross_origin_allowed(request: web.Request) -> bool:
    """Say whether the page's origin is listed and this path is open to other origins at all."""
    shared = request.path.startswith(("/api/v1/", "/static/")) or request.path == "/widget.js"
    return shared and request.headers.get("Origin", "") in parts_of(request).settings.gateway.allowed_origins


def check_origin(request: web.Request) -> None:
    """Refuse a WebSocket that a page of a foreign site opens; browsers do not stop these themselves.

    Raises:
        OriginRefused: an origin was sent that is neither our own host nor listed.
    """
    origin = request.headers.get("Origin")
    if origin is None or cross_origin_allowed(request) or parts_of(request).proxies.same_origin(request, origin):
        return
    raise OriginRefused(f"Pages of {origin[:200]!r} may not connect. Add the origin to gateway.allowed_origins.")


async def decorate(request: web.Request, response: web.StreamResponse) -> None:
    """Set the headers that every answer carries."""
    # By path, not by type: a 304 has no type, and its headers replace those of the cached page.
    desk = request.path == "/desk"
    page = desk or request.path == "/" or request.path.endswith(".html")
    widget = request.path.startswith("/static/") or request.path == "/widget.js"
    headers = response.headers
    headers["Server"] = "frontdesk"
    headers["Content-Security-Policy"] = DESK_POLICY if desk else PAGE_POLICY if page else DATA_POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Resource-Policy"] = "cross-origin" if widget else "same-origin"
    headers.setdefault("Cache-Control", "no-cache" if page or widget else "no-store")
    if page:
        headers["X-Frame-Options"] = "DENY"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if request.path.startswith(("/api/v1/", "/static/")) or widget:
        headers.add("Vary", "Origin")
        if cross_origin_allowed(request):
            headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            headers["Access-Control-Expose-Headers"] = "Retry-After"
