"""Every path of the gateway, on one page."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from bot.gateway import conversations, desk_calls, desk_login, hooks, pages, people, search
from bot.gateway.desk_stream import stream as desk_stream
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
            web.get("/desk", pages.desk),
            web.post("/desk/api/login", desk_login.log_in),
            web.post("/desk/api/logout", desk_login.log_out),
            web.get("/desk/api/me", desk_login.me),
            web.get("/desk/api/inbox", desk_calls.inbox),
            web.get("/desk/api/stream", desk_stream, allow_head=False),
            web.get("/desk/api/search", desk_calls.suggestions),
            web.get("/desk/api/canned", desk_calls.canned),
            web.post("/desk/api/canned", desk_calls.add_canned),
            web.delete("/desk/api/canned/{id}", desk_calls.remove_canned),
            web.get("/desk/api/handoffs/{id}", desk_calls.conversation),
            web.post("/desk/api/handoffs/{id}/take", desk_calls.take),
            web.post("/desk/api/handoffs/{id}/release", desk_calls.release),
            web.post("/desk/api/handoffs/{id}/messages", desk_calls.answer),
            web.post("/desk/api/handoffs/{id}/notes", desk_calls.note),
            web.post("/desk/api/handoffs/{id}/return", desk_calls.give_back),
            web.post("/desk/api/handoffs/{id}/close", desk_calls.close),
            web.post("/channels/slack/events", hooks.slack_events),
            web.post("/channels/slack/interactivity", hooks.slack_interactivity),
            web.post("/channels/telegram/webhook", hooks.telegram_webhook),
            web.get("/healthz", pages.health),
            web.get("/readyz", pages.ready),
            web.get("/metrics", pages.metrics),
            web.get("/api/v1/openapi.json", pages.openapi),
        ]
    )
    if static.is_dir():
        app.router.add_static("/static/", static)
