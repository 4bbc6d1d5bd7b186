"""A gateway with a scripted dialogue behind it and Slack or Telegram in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import gateway_world
import slack_server
import telegram_server
from aiohttp.test_utils import TestClient, TestServer
from fakes import ScriptedWorker
from gateway_world import World, settings_for

from bot.gateway.app import create_app
from bot.settings import Settings
from bot.settings_channels import ChannelSecrets, SlackSettings, TelegramSettings

SLACK = ChannelSecrets(slack_bot=slack_server.TOKEN, slack_signing=slack_server.SIGNING)
SOCKET = ChannelSecrets(slack_bot=slack_server.TOKEN, slack_app=slack_server.APP_TOKEN)
WEBHOOK = ChannelSecrets(telegram_bot=telegram_server.TOKEN, telegram_webhook=telegram_server.SECRET)
POLLING = ChannelSecrets(telegram_bot=telegram_server.TOKEN)


class PushWorld:
    """Starts gateways, one after the other, over the same files, worker and platforms."""

    def __init__(self, aiohttp_server: Callable[..., Awaitable[TestServer]], var: Path) -> None:
        self._serve = aiohttp_server
        self._var = var
        self.worker = ScriptedWorker()
        self.slack = slack_server.SlackWorkspace()
        self.telegram = telegram_server.TelegramServer()
        self.settings: Settings | None = None

    async def settle(self, secrets: ChannelSecrets, **gateway: Any) -> Settings:
        """Start worker and platforms, and return the settings of a gateway for them."""
        if self.settings is None:
            slack, telegram = await self._serve(self.slack.app()), await self._serve(self.telegram.app())
            self.slack.url = str(slack.make_url("")).rstrip("/")
            worker = await self._serve(self.worker.app())
            self.settings = replace(
                settings_for(self._var, worker.port, **gateway),
                slack=SlackSettings(base_url=f"{self.slack.url}/api/"),
                telegram=TelegramSettings(base_url=str(telegram.make_url("")).rstrip("/")),
            )
        return replace(self.settings, channel_secrets=secrets)

    @asynccontextmanager
    async def gateway(self, secrets: ChannelSecrets, **gateway: Any) -> AsyncIterator[World]:
        """Run one gateway; what it leaves undone is found by the next."""
        settings = await self.settle(secrets, **gateway)
        async with TestClient(TestServer(create_app(settings))) as client:
            yield World(client, settings, self.worker, None)


async def until(happened: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait longer than a gateway alone needs: here are four servers in one process."""
    await gateway_world.until(happened, seconds)
