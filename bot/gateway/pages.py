"""What a browser or a monitor fetches: the demo page, the widget, health, metrics, the API's description."""

from __future__ import annotations

from aiohttp import web

from bot.gateway.parts import parts_of


async def index(request: web.Request) -> web.Response:
    """Serve the demo shop page."""
    return parts_of(request).files.answer(request, "index.html")


async def desk(request: web.Request) -> web.Response:
    """Serve the desk's page; it holds no data, so nobody has to be logged in to get it."""
    return parts_of(request).files.answer(request, "desk/index.html")


async def widget(request: web.Request) -> web.Response:
    """Serve the embeddable widget."""
    return parts_of(request).files.answer(request, "widget.js")


async def static(request: web.Request) -> web.Response:
    """Serve a script, style or picture of the pages."""
    return parts_of(request).files.answer(request, request.match_info["name"])


async def health(request: web.Request) -> web.Response:
    """Say that the process is alive; nothing else is asked."""
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Say which parts are ready, and what to do about the others."""
    report = await parts_of(request).readiness.report()
    return web.json_response(report, status=200 if report["ready"] else 503)


async def metrics(request: web.Request) -> web.Response:
    """Serve the metrics in Prometheus' text format."""
    text = parts_of(request).metrics.render()
    return web.Response(body=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


async def openapi(request: web.Request) -> web.Response:
    """Serve the description of the API."""
    return web.json_response(parts_of(request).openapi)
