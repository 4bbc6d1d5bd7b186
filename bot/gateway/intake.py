"""What Slack and Telegram tell us: stored once, then worked, and acknowledged in between.

Every function here returns when the ledger holds the event, and raises when it does not: the platform then sends the
event again. Verification comes before, in ``hooks.py``; over a connection of our own there is nothing to verify.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from bot.channels import slack, telegram
from bot.channels.channel import UserMessage
from bot.channels.push import Event, Press, Spoken, TryLater
from bot.channels.slack import Overheard
from bot.channels.telegram_polling import TelegramPolling
from bot.errors import MalformedMessage, ServiceUnavailable
from bot.gateway.buttons import Buttons
from bot.gateway.channels import Channels
from bot.gateway.deliveries import Deliveries
from bot.gateway.lanes import Lanes
from bot.gateway.ledger import Ledger
from bot.gateway.metrics import Metrics
from bot.gateway.transcript import MessageIdReused
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.channels.slack_socket import SlackSocket

log = logging.getLogger(__name__)

# A button that opens something may be pressed again, but not by a finger that hit it twice.
DOUBLE_PRESS = timedelta(seconds=3)


class Intake:
    """Inbound: from events of the platforms to messages of the ledger."""

    def __init__(
        self,
        settings: Settings,
        channels: Channels,
        deliveries: Deliveries,
        ledger: Ledger,
        lanes: Lanes,
        buttons: Buttons,
        metrics: Metrics,
    ) -> None:
        self._limit = settings.gateway.max_text_characters
        self._me = telegram.bot_id(settings.channel_secrets.telegram_bot)
        self._channels = channels
        self._deliveries = deliveries
        self._ledger = ledger
        self._lanes = lanes
        self._buttons = buttons
        self._metrics = metrics
        self._pressing = asyncio.Lock()
        self._listeners = self._make_listeners(settings.channel_secrets.slack_app)

    def _make_listeners(self, app_token: str) -> list[SlackSocket | TelegramPolling]:
        listeners: list[SlackSocket | TelegramPolling] = []
        if self._channels.slack is not None and self._channels.slack_state.mode == "socket":
            from bot.channels.slack_socket import SlackSocket

            listeners.append(SlackSocket(self._channels.slack, app_token, self.slack_envelope))
        if self._channels.telegram is not None and self._channels.telegram_state.mode == "polling":
            listeners.append(TelegramPolling(self._channels.telegram, self.polled))
        return listeners

    async def open(self) -> None:
        """Begin to listen on the connections that we open ourselves."""
        for listener in self._listeners:
            await listener.open()

    async def close(self) -> None:
        """Stop listening; what is not stored comes again."""
        for listener in self._listeners:
            await listener.close()

    async def slack_event(self, data: Mapping[str, Any]) -> None:
        """Take one event of Slack's Events API."""
        event = slack.read_event(data, self._limit)
        if isinstance(event, Overheard):
            known = await self._ledger.since(event.message.sender_id, 0, limit=1)
            event = event.message if known else None
        await self._take(event)

    async def slack_press(self, data: Mapping[str, Any]) -> None:
        """Take one interaction of Slack."""
        await self._take(slack.read_press(data))

    async def slack_envelope(self, kind: str, payload: Mapping[str, Any]) -> None:
        """Take one envelope of Slack's Socket Mode; one that cannot be read is not wanted again."""
        try:
            if kind == "events_api":
                await self.slack_event(payload)
            elif kind == "interactive":
                await self.slack_press(payload)
        except MalformedMessage as exc:
            log.warning("an envelope of slack was left out: %s", exc)

    async def telegram_update(self, data: Mapping[str, Any]) -> None:
        """Take one update of Telegram."""
        api = self._channels.telegram
        assert api is not None, "the channel is on"
        try:
            username = await api.username() if _in_group(data) else ""
        except TryLater as exc:
            raise ServiceUnavailable(f"Telegram does not tell the bot's name: {exc}. Send the update again.") from exc
        await self._take(telegram.read_update(data, self._me, username, self._limit))

    async def polled(self, data: Mapping[str, Any]) -> None:
        """Take one update that we asked for; one that cannot be read is not wanted again."""
        try:
            await self.telegram_update(data)
        except MalformedMessage as exc:
            log.warning("an update of telegram was left out: %s", exc)

    async def _take(self, event: Event) -> None:
        if isinstance(event, Press):
            await self._pressed(event)
        elif event is not None:
            await self._store(event)

    async def _store(self, message: UserMessage) -> bool:
        try:
            return (await self._lanes.enqueue(message)).new
        except MessageIdReused:
            # An edit in the clothes of the first message. What was said first counts.
            log.info("%s of %s came again with other words", message.message_id, message.sender_id)
            return False

    async def _pressed(self, press: Press) -> None:
        spoken = await self._deliveries.message(press.sender_id, press.seq)
        channel = self._channels.push(press.sender_id)
        if spoken is None or channel is None:
            if self._channels.telegram is not None and "query" in press.where:
                self._channels.soon(self._channels.telegram.heard(press, "This button is not for you, or too old."))
            return
        title = "" if press.is_rating else await self._choose(press, spoken)
        if press.is_rating and spoken.body.get("answer_id"):
            await self._ledger.rate(press.sender_id, str(spoken.body["answer_id"]), press.choice, "")
            self._metrics.feedback(press.choice)
        self._channels.soon(channel.pressed(press, spoken, title))

    async def _choose(self, press: Press, spoken: Spoken) -> str:
        """Store a pressed button as a message, once; returns its title."""
        offered = spoken.body.get("buttons") or ()
        if int(press.choice) >= len(offered):
            return ""
        pressed = self._buttons.open(press.sender_id, str(offered[int(press.choice)]["payload"]))
        if pressed is None:
            return ""
        name, channel = f"b.{press.seq}.{press.choice}", press.sender_id.partition(":")[0]
        async with self._pressing:
            # The answer to a question counts once; what opens something may be pressed again later.
            if pressed.question is None:
                if await self._just_pressed(press, name):
                    return pressed.title
                name = f"{name}.{press.event_id}"
            await self._store(
                UserMessage(press.sender_id, name, pressed.title, pressed.payload, channel, pressed.question)
            )
        return pressed.title

    async def _just_pressed(self, press: Press, name: str) -> bool:
        earlier = await self._ledger.last_named(press.sender_id, f"{name}.")
        if earlier is None or earlier.message_id == f"{name}.{press.event_id}":
            return False
        return datetime.now(timezone.utc) - datetime.fromisoformat(earlier.at) < DOUBLE_PRESS


def _in_group(data: Mapping[str, Any]) -> bool:
    message = data.get("message")
    chat = message.get("chat") if isinstance(message, dict) else None
    return isinstance(chat, dict) and chat.get("type") in telegram.GROUPS
