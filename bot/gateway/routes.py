"""Every path of the gateway, on one page."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from bot.gateway import conversations, pages, people, search
from bot.gateway.stream import stream


def add_routes(app: web.Application, static: Path) -> None:
    """Connect paths to handlers; ``static`` is the folder of the widget's files."""
    app.add_routes(
        [
            web.get("/", pages.index),
            web.get("/widget.js", pages.widget),
            web.post("/api/v1/sessions", conversations.create_session),
            web.post("/api/v1/messages", conversations.post_message),
            web.get("/api/v1/messages", conversations.get_messages),
            web.get("/api/v1/stream", stream, allow_head=False),
            web.post("/api/v1/feedback", conversations.post_feedback),
            web.get("/api/v1/search", search.search),
            web.get("/api/v1/answers/{answer_id}/receipt", people.receipt),
            web.get("/api/v1/handoffs", people.list_handoffs),
            web.get("/api/v1/handoffs/{id}/messages", people.handoff_messages),
            web.post("/api/v1/handoffs/{id}/messages", people.post_handoff_message),
            web.post("/api/v1/handoffs/{id}/close", people.close_handoff),
            web.post("/channels/slack/events", pages.channel_off),
            web.post("/channels/telegram/webhook", pages.channel_off),
            web.get("/healthz", pages.health),
            web.get("/readyz", pages.ready),
            web.get("/metrics", pages.metrics),
            web.get("/api/v1/openapi.json", pages.openapi),
        ]
    )
    if static.is_dir():
        app.router.add_static("/static/", static)
