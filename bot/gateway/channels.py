"""The channels of one gateway: says which are on, and carries what was stored to whoever waits for it.

The first word of a sender_id names its channel: ``slack:``, ``telegram:``; all others are the web's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bot.channels.push import PushChannel
from bot.channels.telegram_api import TelegramApi
from bot.gateway.hub import Hub, Writer
from bot.gateway.metrics import Metrics
from bot.gateway.outbox import Outbox
from bot.gateway.storage.database import Database
from bot.settings import Settings
from bot.settings_channels import slack_state, telegram_state

if TYPE_CHECKING:
    from bot.channels.slack_api import SlackApi


class Channels:
    """Outbound: open streams are woken, push channels get their messages through the outbox."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        hub: Hub,
        metrics: Metrics,
        refused: Callable[[], None] = lambda: None,
    ) -> None:
        """Make what the settings turn on; ``refused`` is called when a message will never arrive."""
        secrets = settings.channel_secrets
        self.slack_state = slack_state(settings.slack, secrets)
        self.telegram_state = telegram_state(settings.telegram, secrets)
        self.slack = _slack(settings) if self.slack_state.on else None
        self.telegram = (
            TelegramApi(secrets.telegram_bot, settings.telegram.base_url) if self.telegram_state.on else None
        )
        apis = [api for api in (self.slack, self.telegram) if api is not None]
        self._push: dict[str, PushChannel] = {api.name: api for api in apis}
        self._apis = apis
        self._hub = hub
        self._background: set[asyncio.Task[None]] = set()
        self.outbox = Outbox(database, self._push, metrics, refused)

    async def open(self) -> None:
        """Open the clients and deliver what an earlier process left."""
        for api in self._apis:
            await api.open()
        await self.outbox.resume()

    async def close(self) -> None:
        """Stop delivering; what is left is delivered by the next process."""
        await self.outbox.close()
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        for api in self._apis:
            await api.close()

    async def send(self, sender_id: str) -> None:
        """Deliver what the ledger holds for this sender; returns before it has arrived."""
        self._hub.notify(sender_id)
        self.outbox.wake(sender_id)

    def typing(self, sender_id: str, author: Writer = "bot") -> None:
        """Show that the bot or a person is writing to the sender."""
        self._hub.typing(sender_id, author)
        channel = self.push(sender_id)
        if channel is not None:
            self.soon(channel.typing(sender_id))

    def push(self, sender_id: str) -> PushChannel | None:
        """Return the push channel of a conversation, None for the web and for a channel that is off."""
        return self._push.get(sender_id.partition(":")[0])

    def soon(self, work: Any) -> None:
        """Do something of no consequence beside everything else."""
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def report(self) -> dict[str, dict[str, object]]:
        """Return the state of all channels for ``/readyz``."""
        states = (self.slack_state, self.telegram_state)
        return {"web": {"on": True}, **{state.name: state.to_dict() for state in states}}


def _slack(settings: Settings) -> SlackApi:
    # Its client takes half a second to import; a gateway without Slack is up before.
    from bot.channels.slack_api import SlackApi

    return SlackApi(settings.channel_secrets.slack_bot, settings.slack.base_url)
