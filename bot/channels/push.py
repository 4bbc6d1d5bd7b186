"""What a channel that we must call does: post one part of a message, and say how a failure is to be taken.

Slack and Telegram are such channels; the web is not, its clients come and read. Order, retries and memory are kept by
``bot.gateway.outbox``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.channels.channel import UserMessage
from bot.errors import BotError, InvalidSignature

_HAN, _KANA = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]"), re.compile(r"[\u3040-\u30ff]")
_REFERENCE = re.compile(r"(b|r)\.(\d{1,18})\.(\d{1,2}|up|down)")


class SignatureRefused(InvalidSignature):
    """An event does not carry the platform's signature."""


class TryLater(BotError):
    """The platform did not take a message now; ``after`` is what it asked us to wait, in seconds.

    ``sent`` is True when the request may have reached the platform all the same.
    """

    def __init__(self, reason: str, after: float = 0.0, *, sent: bool = False) -> None:
        super().__init__(reason)
        self.after = after
        self.sent = sent


class Undeliverable(BotError):
    """The platform will never take this message: the conversation is gone, or the customer has blocked the bot."""


@dataclass(frozen=True)
class Spoken:
    """One stored message that is to be posted; ``in_reply_to`` is the customer's message id, if there is one."""

    sender_id: str
    seq: int
    at: str
    body: Mapping[str, Any]
    in_reply_to: str | None = None


@dataclass(frozen=True)
class Press:
    """A button of ours that was pressed, by its reference; ``event_id`` is the platform's name of this press.

    ``where`` is what the channel needs to change the message that carries the button.
    """

    sender_id: str
    event_id: str
    seq: int
    choice: str
    is_rating: bool
    where: Mapping[str, Any]


# What one verified event is: something said, a button, or nothing for us.
Event = UserMessage | Press | None


class PushChannel(Protocol):
    """A platform that we call."""

    name: str

    def parts(self, message: Spoken) -> Sequence[Any]:
        """Return what is posted for a message: one or more parts, always the same for the same message."""
        ...

    async def post(self, message: Spoken, part: Any) -> None:
        """Post one part; raises ``TryLater`` or ``Undeliverable``."""
        ...

    async def posted(self, message: Spoken, part: Any) -> bool:
        """Say whether the platform has this part already; False when it cannot tell. Raises ``TryLater``."""
        ...

    async def pressed(self, press: Press, message: Spoken, title: str) -> None:
        """Show that a button counted, or that a thumb was noted (no title); failures are of no consequence."""
        ...

    async def typing(self, sender_id: str) -> None:
        """Show that somebody is writing; failures are of no consequence."""
        ...


def button_reference(seq: int, index: int) -> str:
    """Return the short name of one button of one stored reply; what it means stays in the ledger."""
    return f"b.{seq}.{index}"


def rating_reference(seq: int, value: str) -> str:
    """Return the short name of a thumb under one stored reply."""
    return f"r.{seq}.{value}"


def read_reference(text: str) -> tuple[bool, int, str] | None:
    """Return (is a thumb, the reply's number, which button or thumb), None when it is no reference of ours."""
    match = _REFERENCE.fullmatch(text)
    if match is None or (match[1] == "r") != (match[3] in ("up", "down")):
        return None
    return match[1] == "r", int(match[2]), match[3]


def can_be_rated(body: Mapping[str, Any]) -> bool:
    """Say whether thumbs belong under a reply: it answers from tickets."""
    return body.get("rung") in ("ticket", "generated") and bool(body.get("answer_id"))


def is_chinese(text: str) -> bool:
    """Say whether a reply is in Chinese, as far as its own small words beside it are concerned."""
    return _HAN.search(text) is not None and _KANA.search(text) is None


def sources_title(text: str) -> str:
    """Return what stands before the sources of a reply with this text."""
    return "来源：" if is_chinese(text) else "Sources:"


def thanks_for_feedback(text: str) -> str:
    """Return what is said to somebody who has pressed a thumb under this text."""
    return "谢谢您的反馈。" if is_chinese(text) else "Thank you for the feedback."


def split_text(text: str, limit: int) -> list[str]:
    """Cut a text into parts of at most ``limit`` characters, between paragraphs, lines or words where it can be."""
    parts: list[str] = []
    rest = text.strip()
    while len(rest) > limit:
        cut = next((at for mark in ("\n\n", "\n", " ") if (at := rest.rfind(mark, limit // 2, limit + 1)) > 0), limit)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest or not parts else parts
