"""Every path of the gateway, on one page."""

from __future__ import annotations

from aiohttp import web

from bot.gateway import conversations, hooks, pages, people, search
from bot.gateway.desk import calls, login
from bot.gateway.desk.stream import stream as desk_stream
from bot.gateway.stream import stream


def add_routes(app: web.Application) -> None:
    """Connect paths to handlers."""
    app.add_routes(
        [
            web.get("/", pages.index),
            web.get("/widget.js", pages.widget),
            web.get("/static/{name:.+}", pages.static),
            web.post("/api/v1/sessions", conversations.create_session),
            web.post("/api/v1/messages", conversations.post_message),
            web.get("/api/v1/messages", conversations.get_messages),
            web.get("/api/v1/stream", stream, allow_head=False),
            web.post("/api/v1/feedback", conversations.post_feedback),
            web.post("/api/v1/identify", conversations.identify),
            web.get("/api/v1/search", search.search),
            web.get("/api/v1/answers/{answer_id}/receipt", people.receipt),
            web.get("/api/v1/handoffs", people.list_handoffs),
            web.get("/api/v1/handoffs/{id}/messages", people.handoff_messages),
            web.post("/api/v1/handoffs/{id}/messages", people.post_handoff_message),
            web.post("/api/v1/handoffs/{id}/close", people.close_handoff),
            web.get("/desk", pages.desk),
            web.post("/desk/api/login", login.log_in),
            web.post("/desk/api/logout", login.log_out),
            web.get("/desk/api/me", login.me),
            web.get("/desk/api/inbox", calls.inbox),
            web.get("/desk/api/stream", desk_stream, allow_head=False),
            web.get("/desk/api/search", calls.suggestions),
            web.get("/desk/api/canned", calls.canned),
            web.post("/desk/api/canned", calls.add_canned),
            web.delete("/desk/api/canned/{id}", calls.remove_canned),
            web.get("/desk/api/handoffs/{id}", calls.conversation),
            web.post("/desk/api/handoffs/{id}/take", calls.take),
            web.post("/desk/api/handoffs/{id}/release", calls.release),
            web.post("/desk/api/handoffs/{id}/messages", calls.answer),
            web.post("/desk/api/handoffs/{id}/notes", calls.note),
            web.post("/desk/api/handoffs/{id}/return", calls.give_back),
            web.post("/desk/api/handoffs/{id}/close", calls.close),
            web.post("/channels/slack/events", hooks.slack_events),
            web.post("/channels/slack/interactivity", hooks.slack_interactivity),
            web.post("/channels/telegram/webhook", hooks.telegram_webhook),
            web.get("/healthz", pages.health),
            web.get("/readyz", pages.ready),
            web.get("/metrics", pages.metrics),
            web.get("/api/v1/openapi.json", pages.openapi),
        ]
    )
