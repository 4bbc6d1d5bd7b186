"""Telegram outbound: posts messages as plain text and shows that a button counted.

Waits and repeats nothing itself: every failure becomes ``TryLater`` or ``Undeliverable``. Telegram cannot be asked what
a chat holds, so a post whose answer was lost is posted again.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from bot.channels.push import (
    Press,
    Spoken,
    TryLater,
    Undeliverable,
    button_reference,
    can_be_rated,
    rating_reference,
    sources_title,
    split_text,
    thanks_for_feedback,
)
from bot.channels.telegram import MENU, UPDATES, replied_to, target

if TYPE_CHECKING:
    from telegram import Bot, InlineKeyboardMarkup
    from telegram.request import HTTPXRequest

log = logging.getLogger(__name__)

T = TypeVar("T")

# Telegram takes 4096; it counts some letters twice.
LIMIT = 4000
# A title of a button; longer ones are cut on the screen anyway.
LABEL = 64
MAX_SOURCES = 3
CONNECT, READ = 5.0, 15.0  # seconds
# The sign disappears after five seconds.
TYPING_EVERY = 3.0
# More chats than this that are written to at one time do not see the sign renewed.
MAX_TYPING = 1000


@dataclass(frozen=True)
class Part:
    """One text of at most ``LIMIT`` characters, with rows of (title, callback data) under the last one."""

    text: str
    keyboard: tuple[tuple[tuple[str, str], ...], ...] = ()


class TelegramApi:
    """The Bot API with one token."""

    name = "telegram"

    def __init__(self, token: str, base_url: str) -> None:
        self._token = token
        self._base_url = base_url.rstrip("/")
        self._bot: Bot | None = None
        self._requests: list[HTTPXRequest] = []
        self._username = ""
        self._typing: dict[str, float] = {}

    async def open(self) -> None:
        """Make the HTTP client; asks nothing of Telegram."""
        from telegram import Bot
        from telegram.request import HTTPXRequest

        # httpx prints every URL at INFO, and the token is part of it.
        for name in ("httpx", "httpcore", "telegram"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._requests = [
            HTTPXRequest(connection_pool_size=32, connect_timeout=CONNECT, read_timeout=READ, pool_timeout=READ)
            for _ in range(2)
        ]
        address = f"{self._base_url}/bot"
        self._bot = Bot(self._token, address, request=self._requests[0], get_updates_request=self._requests[1])

    async def close(self) -> None:
        """Close the HTTP client."""
        for request in self._requests:
            await request.shutdown()

    @property
    def bot(self) -> Bot:
        """Return the open client."""
        assert self._bot is not None, "open() first"
        return self._bot

    def parts(self, message: Spoken) -> list[Part]:
        """Return the texts that one reply becomes."""
        body = message.body
        agent = str(body.get("agent") or "")
        text = f"{agent}: {body.get('text') or ''}" if agent else str(body.get("text") or "")
        titles = [str(source.get("title") or source.get("id")) for source in body.get("sources") or ()][:MAX_SOURCES]
        if titles:
            text += f"\n\n{sources_title(text)}\n" + "\n".join(f"• {title}" for title in titles)
        parts = [Part(one or "…") for one in split_text(text, LIMIT)]
        return [*parts[:-1], replace(parts[-1], keyboard=_keyboard(message))]

    async def post(self, message: Spoken, part: Part) -> None:
        """Post one text in its chat; in a group as an answer to what was asked."""
        chat, topic = target(message.sender_id)
        arguments: dict[str, Any] = {"reply_markup": _markup(part.keyboard), "message_thread_id": topic}
        asked = replied_to(message.in_reply_to) if chat < 0 else None
        if asked is not None:
            arguments.update(reply_to_message_id=asked, allow_sending_without_reply=True)
        await self.call(self.bot.send_message(chat, part.text, disable_web_page_preview=True, **arguments))

    async def posted(self, message: Spoken, part: Part) -> bool:
        """Return False: a bot cannot read its chats."""
        return False

    async def pressed(self, press: Press, message: Spoken, title: str) -> None:
        """Take the pressed row away and tell the customer's app that the press was heard."""
        left = [row for row in _keyboard(message) if row[0][1].startswith("r.") != press.is_rating]
        note = thanks_for_feedback(str(message.body.get("text") or "")) if press.is_rating else title
        await self.heard(press, note)
        try:
            where = {"chat_id": press.where["chat"], "message_id": press.where["message"]}
            await self.call(self.bot.edit_message_reply_markup(**where, reply_markup=_markup(left)))
        except (TryLater, Undeliverable) as exc:
            log.info("the buttons of message %s of %s stay: %s", message.seq, message.sender_id, exc)

    async def set_menu(self) -> None:
        """Tell Telegram what the menu of commands says, in each language that we speak."""
        for language, said in MENU.items():
            await self.call(self.bot.set_my_commands(list(said.items()), language_code=language or None))

    async def has_menu(self) -> bool:
        """Say whether the menu holds our commands, in each language."""
        found = [await self.call(self.bot.get_my_commands(language_code=one or None)) for one in MENU]
        return [{one.command: one.description for one in menu} for menu in found] == list(MENU.values())

    async def updates(self, offset: int | None, hold: int) -> list[dict[str, Any]]:
        """Return updates as Telegram sent them; Telegram waits up to ``hold`` seconds for the first one."""
        asked: dict[str, Any] = {"timeout": hold, "allowed_updates": json.dumps(UPDATES)}
        if offset is not None:
            asked["offset"] = offset
        # Not Bot.get_updates: it reads all updates at once, and prints all of them when it cannot read one.
        url = f"{self._base_url}/bot{self._token}/getUpdates?{urlencode(asked)}"
        updates = await self.call(self._requests[1].post(url, read_timeout=hold + READ))
        return updates if isinstance(updates, list) else []

    async def username(self) -> str:
        """Return the bot's name, by which a group addresses it; asked once."""
        if not self._username:
            self._username = (await self.call(self.bot.get_me())).username or ""
        return self._username

    async def heard(self, press: Press, note: str) -> None:
        """End the waiting sign on a pressed button; ``note`` is shown for a moment."""
        try:
            await self.call(self.bot.answer_callback_query(press.where["query"], note[:200]))
        except (TryLater, Undeliverable) as exc:
            log.info("a press was not confirmed: %s", exc)

    async def typing(self, sender_id: str) -> None:
        """Show the typing sign, at most once in three seconds."""
        now = time.monotonic()
        if now - self._typing.get(sender_id, -TYPING_EVERY) < TYPING_EVERY:
            return
        if len(self._typing) >= MAX_TYPING:
            self._typing.clear()
        self._typing[sender_id] = now
        chat, topic = target(sender_id)
        try:
            await self.call(self.bot.send_chat_action(chat, "typing", message_thread_id=topic))
        except (TryLater, Undeliverable) as exc:
            log.debug("no typing sign: %s", exc)

    async def call(self, request: Awaitable[T]) -> T:
        """Return what Telegram answers.

        Raises:
            TryLater: it did not answer, or asked to wait.
            Undeliverable: it refused for good.
        """
        from telegram import error

        try:
            return await request
        except error.RetryAfter as exc:
            wait = exc.retry_after
            raise TryLater("Too Many Requests", wait.total_seconds() if isinstance(wait, timedelta) else wait) from exc
        except error.InvalidToken as exc:
            log.error("telegram refuses the token. Run: frontdesk channels check telegram")
            raise TryLater("the token is refused") from exc
        except (error.BadRequest, error.Forbidden, error.ChatMigrated, error.Conflict) as exc:
            raise Undeliverable(exc.message) from exc
        except (error.TelegramError, OSError) as exc:
            # The class only: httpx puts the address, and with it the token, into some messages.
            raise TryLater(f"Telegram did not answer: {type(exc).__name__}", sent=True) from exc


def _keyboard(message: Spoken) -> tuple[tuple[tuple[str, str], ...], ...]:
    owner = f" {message.sender_id.rsplit(':', 1)[1]}" if message.sender_id.count(":") > 1 else ""
    buttons = [
        ((_label(str(button["title"])), button_reference(message.seq, index) + owner),)
        for index, button in enumerate(message.body.get("buttons") or ())
    ]
    if not can_be_rated(message.body):
        return tuple(buttons)
    thumbs = tuple(
        (face, rating_reference(message.seq, value) + owner) for face, value in (("👍", "up"), ("👎", "down"))
    )
    return (*buttons, thumbs)


def _label(title: str) -> str:
    return title if len(title) <= LABEL else f"{title[: LABEL - 1]}…"


def _markup(keyboard: Sequence[Sequence[tuple[str, str]]]) -> InlineKeyboardMarkup | None:
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup

    rows = [[InlineKeyboardButton(title, callback_data=data) for title, data in row] for row in keyboard]
    return InlineKeyboardMarkup(rows) if rows else None
