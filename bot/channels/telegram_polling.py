"""Telegram without a public address: asks for updates and confirms those that were taken.

The confirmation is the next question's offset, so it is only ever sent for updates that ``take`` returned for; after a
crash Telegram gives the others again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from bot.channels.push import TryLater, Undeliverable
from bot.channels.telegram_api import TelegramApi

log = logging.getLogger(__name__)

# How long Telegram may hold a question open, waiting for something to happen; seconds.
HOLD = 25
PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds


class TelegramPolling:
    """The one asker of a bot; Telegram refuses a second."""

    def __init__(
        self, api: TelegramApi, take: Callable[[dict[str, Any]], Awaitable[None]], pause: float = PAUSE
    ) -> None:
        """Hand each update to ``take``; when it raises, the same update is taken again after a pause."""
        self._api = api
        self._take = take
        self._pause = pause
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to ask."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop asking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        offset: int | None = None
        pause = self._pause
        while True:
            try:
                for update in await self._api.updates(offset, HOLD):
                    await self._take(update)
                    offset = int(update["update_id"]) + 1
                pause = self._pause
                continue
            except TryLater as exc:
                log.warning("telegram gives no updates: %s", exc)
                pause = max(pause, exc.after)
            except Undeliverable as exc:
                log.error("telegram gives no updates: %s. Run: frontdesk channels check telegram", exc)
            except Exception:
                # The edge of the process: the ledger failed, the update is still unconfirmed.
                log.exception("an update of telegram was not taken")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
