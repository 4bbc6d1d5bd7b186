"""The addresses that Slack and Telegram call: verified before parsed, stored before acknowledged, worked after."""

from __future__ import annotations

from aiohttp import web

from bot.channels import slack, telegram
from bot.channels.web import json_object
from bot.gateway.errors import ChannelOff
from bot.gateway.parts import Parts, parts_of
from bot.settings_channels import ChannelState


def _require(state: ChannelState, mode: str) -> None:
    if not state.on:
        raise ChannelOff(f"{state.name} is off. {state.reason}")
    if state.mode != mode:
        raise ChannelOff(f"{state.name} runs in the mode {state.mode}; nothing is taken here. See {state.name}.mode.")


async def _slack_body(request: web.Request) -> tuple[Parts, bytes]:
    parts = parts_of(request)
    _require(parts.channels.slack_state, "events")
    body = await request.read()
    slack.verify(parts.settings.channel_secrets.slack_signing, request.headers, body)
    return parts, body


async def slack_events(request: web.Request) -> web.Response:
    """Take an event of Slack's Events API."""
    parts, body = await _slack_body(request)
    data = json_object(body)
    asked = slack.challenge(data)
    if asked is not None:
        return web.json_response({"challenge": asked})
    await parts.intake.slack_event(data)
    return web.Response()


async def slack_interactivity(request: web.Request) -> web.Response:
    """Take a pressed button of Slack."""
    parts, body = await _slack_body(request)
    await parts.intake.slack_press(slack.read_interaction(body))
    return web.Response()


async def telegram_webhook(request: web.Request) -> web.Response:
    """Take an update of Telegram."""
    parts = parts_of(request)
    _require(parts.channels.telegram_state, "webhook")
    telegram.verify(parts.settings.channel_secrets.telegram_webhook, request.headers)
    await parts.intake.telegram_update(json_object(await request.read()))
    return web.Response()
