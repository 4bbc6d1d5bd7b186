"""Telegram inbound: whether an update is Telegram's, and what it says.

Edits, service messages, channel posts and what is said in a group without naming the bot are no events for us. Does not
post (``telegram_api.py``) and does not know the ledger.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.channels.channel import EmptyText, TextTooLong, UserMessage, clean_text
from bot.channels.push import Event, Press, SignatureRefused, read_reference
from bot.channels.unread import UNREAD_EMPTY, UNREAD_LONG
from bot.errors import MalformedMessage

if TYPE_CHECKING:
    from telegram import CallbackQuery, Message

# All that we ask Telegram for; it keeps everything else to itself.
UPDATES = ("message", "callback_query")
# Commands of the bot; each is worked as the button of that payload would be.
COMMANDS = {"start": "/greet", "help": "/ask_capabilities", "person": "/talk_to_person"}
# What the menu says of them, by the language of the app; "" is for all others.
MENU = {
    "": {"start": "Begin", "help": "What I can do", "person": "Talk to a person"},
    "zh": {"start": "开始", "help": "我能做什么", "person": "转人工"},
}
# Their fields in a message, and what stands for them in the transcript.
FILES = ("photo", "document", "voice", "audio", "video", "video_note", "animation", "sticker", "location", "contact")
GROUPS = ("group", "supergroup")
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{1,64}))?(?:\s|$)")
_TOKEN = re.compile(r"(\d{3,20}):[A-Za-z0-9_-]{10,}")


def verify(secret: str, headers: Mapping[str, str]) -> None:
    """Check the secret token that only Telegram was told.

    Raises:
        SignatureRefused: it is missing or wrong.
    """
    given = headers.get("X-Telegram-Bot-Api-Secret-Token", "")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode()):
        raise SignatureRefused("The secret token is not the one of this bot. Run: frontdesk channels setup telegram")


def bot_id(token: str) -> int:
    """Return the bot's own id, which its token begins with; 0 when the token has another form."""
    match = _TOKEN.fullmatch(token)
    return int(match[1]) if match else 0


def read_update(data: Mapping[str, Any], me: int, username: str, limit: int) -> Event:
    """Return what a person said or pressed, None when it is nothing for us.

    Raises:
        MalformedMessage: it is not an update as documented.
    """
    from telegram import Update

    try:
        update = Update.de_json(dict(data), None)
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise MalformedMessage(f"This is no update of Telegram: {exc!r}") from exc
    if update.message is not None:
        return _said(update.message, me, username, limit)
    return _pressed(update.callback_query) if update.callback_query is not None else None


def target(sender_id: str) -> tuple[int, int | None]:
    """Return the chat, and the topic in it or None, that a sender_id of ours names."""
    chat, _, rest = sender_id.partition(":")[2].partition(":")
    topic = rest.partition(":")[0]
    return int(chat), int(topic) if topic not in ("", "0") else None


def replied_to(message_id: str | None) -> int | None:
    """Return the number of the Telegram message that a message_id of ours names."""
    return int(message_id[1:]) if message_id and re.fullmatch(r"m\d{1,18}", message_id) else None


def _sender(chat_id: int, kind: str, topic: int | None, user_id: int) -> str:
    """Name the conversation: the chat, or in a group one of its topics and one person.

    A group is no conversation: the "yes" of one customer must not confirm what another was asked.
    """
    return f"telegram:{chat_id}:{topic or 0}:{user_id}" if kind in GROUPS else f"telegram:{chat_id}"


def _said(message: Message, me: int, username: str, limit: int) -> UserMessage | None:
    user = message.from_user
    if user is None or user.is_bot or message.chat.type not in (*GROUPS, "private"):
        return None
    # Files stand for themselves; what has neither text nor file is a notice (joined, pinned, new title).
    kind = next((name for name in FILES if getattr(message, name)), "")
    text = message.text or message.caption or ""
    if not text and not kind:
        return None
    if message.chat.type in GROUPS and not _is_addressed(message, text, me, username):
        return None
    topic = message.message_thread_id if message.is_topic_message else None
    sender_id = _sender(message.chat.id, message.chat.type, topic, user.id)
    said = _message(sender_id, f"m{message.message_id}", text, kind, username, limit)
    # "zh-hans" and "en-GB": what the app is set to tells how to greet somebody who has not written a word yet.
    return None if said is None else replace(said, language=str(user.language_code or "").partition("-")[0].lower()[:3])


def _message(sender_id: str, message_id: str, text: str, kind: str, username: str, limit: int) -> UserMessage | None:
    command = _COMMAND.match(text)
    if command is not None:
        if command[2] and command[2].lower() != username.lower():
            return None
        if command[1].lower() in COMMANDS:
            return UserMessage(sender_id, message_id, f"/{command[1]}", COMMANDS[command[1].lower()], "telegram")
    words = re.sub(rf"@{re.escape(username)}\b", " ", text, flags=re.IGNORECASE) if username else text
    shown = f"[{kind}] {words}" if kind else words
    try:
        clean = clean_text(shown, limit)
    except TextTooLong:
        return UserMessage(sender_id, message_id, clean_text(shown[:limit], limit), UNREAD_LONG, "telegram")
    except EmptyText:
        return UserMessage(sender_id, message_id, "@", "/greet", "telegram")
    unread = UNREAD_EMPTY if kind and not words.strip() else None
    return UserMessage(sender_id, message_id, clean, unread, "telegram")


def _is_addressed(message: Message, text: str, me: int, username: str) -> bool:
    """Say whether something in a group is for the bot: an answer to it, its name, or a command with its name."""
    answered = message.reply_to_message
    if answered is not None and answered.from_user is not None and answered.from_user.id == me:
        return True
    return bool(username) and re.search(rf"@{re.escape(username)}\b", text, re.IGNORECASE) is not None


def _pressed(query: CallbackQuery) -> Press | None:
    message, data = query.message, query.data or ""
    reference, _, owner = data.partition(" ")
    read = read_reference(reference)
    if message is None or read is None:
        return Press("", query.id, 0, "", True, {"query": query.id})
    chat = message.chat
    topic = getattr(message, "message_thread_id", None) if getattr(message, "is_topic_message", False) else None
    # Whoever presses can only reach their own conversation, and in a group only buttons made for them.
    sender_id = _sender(chat.id, chat.type, topic, query.from_user.id)
    mine = not owner or owner == str(query.from_user.id)
    where = {"query": query.id, "chat": chat.id, "message": message.message_id}
    return Press(sender_id if mine else "", query.id, read[1], read[2], read[0], where)
