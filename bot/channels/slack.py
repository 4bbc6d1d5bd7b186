"""Slack inbound: who sent an event, and what it says.

Verifies the raw body before anything in it is looked at. Own words, words of other bots, edits and deletions are no
events for us. Does not post (``slack_api.py``) and does not know the ledger.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from bot.channels.channel import EmptyText, TextTooLong, UserMessage, clean_text
from bot.channels.push import Event, Press, SignatureRefused, read_reference
from bot.channels.unread import UNREAD_EMPTY, UNREAD_LONG
from bot.channels.web import json_object
from bot.errors import MalformedMessage

# A recorded request is worth nothing after this time; seconds, as Slack's documentation says.
WINDOW = 300
# Texts of people; every other subtype is an edit, a deletion, a bot or a notice.
SUBTYPES = (None, "file_share", "thread_broadcast")
_ID = re.compile(r"[A-Z0-9]{2,32}")
_TS = re.compile(r"\d{1,16}\.\d{1,9}")
# <@U1>, <#C1|general>, <!here>, <https://a.example|label>, <mailto:a@b.example|a@b.example>
_MARKED = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")


@dataclass(frozen=True)
class Overheard:
    """Something said in a thread without naming the bot: it counts only where the bot takes part already."""

    message: UserMessage


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: Callable[[], float] = time.time) -> None:
    """Check Slack's signature over the raw body.

    Raises:
        SignatureRefused: it is missing, wrong, or the request is older than five minutes.
    """
    stamp, given = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 16) or abs(now() - int(stamp)) > WINDOW:
        raise SignatureRefused("The request has no timestamp of the last five minutes. Check this machine's clock.")
    signed = b"v0:" + stamp.encode() + b":" + body
    expected = "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
        raise SignatureRefused("The signature is not Slack's. Check SLACK_SIGNING_SECRET.")


def challenge(data: Mapping[str, Any]) -> str | None:
    """Return what Slack wants to hear back when the request URL is entered, None for every other event."""
    return str(data.get("challenge", "")) if data.get("type") == "url_verification" else None


def read_event(data: Mapping[str, Any], limit: int) -> UserMessage | Overheard | None:
    """Return what a person said in an event of the Events API, None when it is nothing for us.

    Raises:
        MalformedMessage: it is of a known type without the documented fields.
    """
    event = data.get("event")
    if data.get("type") != "event_callback" or not isinstance(event, dict):
        return None
    if event.get("type") not in ("message", "app_mention") or not _is_person(event):
        return None
    team, channel, ts = _id(data, "team_id"), _id(event, "channel"), _ts(event.get("ts"))
    thread = _ts(event["thread_ts"]) if event.get("thread_ts") else ""
    message = _message(event, _bot_user(data), f"slack:{team}:{channel}", ts, limit)
    if event["type"] == "app_mention":
        return _in(message, thread or ts)
    if event.get("channel_type") == "im":
        return _in(message, thread)
    return Overheard(_in(message, thread)) if thread else None


def read_interaction(body: bytes) -> dict[str, Any]:
    """Return the payload in the form that Slack posts for interactions.

    Raises:
        MalformedMessage: there is none.
    """
    try:
        fields = parse_qs(body.decode("utf-8"), max_num_fields=10)
    except ValueError as exc:
        raise MalformedMessage("The body is not a form. Slack sends interactions as payload=...") from exc
    return json_object(fields.get("payload", [""])[0].encode())


def read_press(data: Mapping[str, Any]) -> Event:
    """Return the button of ours that was pressed, None when it is another interaction.

    Raises:
        MalformedMessage: it is a button without the documented fields.
    """
    actions = data.get("actions")
    if data.get("type") != "block_actions" or not isinstance(actions, list) or not actions:
        return None
    try:
        action, container = actions[0], data["container"]
        value, event_id = str(action["value"]), str(action["action_ts"])
        channel, ts = str(container["channel_id"]), str(container["message_ts"])
    except (KeyError, TypeError) as exc:
        raise MalformedMessage(f"A pressed button without the documented field {exc}.") from exc
    name, _, sender_id = value.partition(" ")
    reference = read_reference(name)
    # Slack signs the value with the rest; a button of another channel can only be a mistake of ours.
    if reference is None or sender_id.split(":")[2:3] != [channel]:
        return None
    shown = data["message"].get("blocks") if isinstance(data.get("message"), dict) else None
    where = {"channel": channel, "ts": ts, "blocks": shown if isinstance(shown, list) else []}
    return Press(sender_id, event_id, reference[1], reference[2], reference[0], where)


def target(sender_id: str) -> tuple[str, str]:
    """Return the channel and the thread (or an empty string) that a sender_id of ours names."""
    _, _, channel, *thread = sender_id.split(":")
    return channel, thread[0] if thread else ""


def plain_text(text: str) -> str:
    """Return what a person reads: links, addresses and names without Slack's marks."""

    def shown(match: re.Match[str]) -> str:
        what, label = match[1], match[2]
        if what.startswith("mailto:"):
            return label or what.removeprefix("mailto:")
        if what[:1] in ("@", "#", "!"):
            return f"{what[:1]}{label}" if label else what
        return what

    return html.unescape(_MARKED.sub(shown, text))


def _is_person(event: Mapping[str, Any]) -> bool:
    bot = event.get("bot_id") or event.get("bot_profile") or event.get("user") in (None, "USLACKBOT")
    return not bot and not event.get("hidden") and event.get("subtype") in SUBTYPES


def _message(event: Mapping[str, Any], bot: str, sender_id: str, ts: str, limit: int) -> UserMessage:
    raw = str(event.get("text") or "")
    named = raw.replace(f"<@{bot}>", " ") if bot else re.sub(r"^\s*<@[A-Z0-9]+>", " ", raw)
    text = plain_text(named)
    try:
        return UserMessage(sender_id, ts, clean_text(text, limit), channel="slack")
    except TextTooLong:
        return UserMessage(sender_id, ts, clean_text(text[:limit], limit), UNREAD_LONG, "slack")
    except EmptyText:
        if event.get("files"):
            return UserMessage(sender_id, ts, "[file]", UNREAD_EMPTY, "slack")
        return UserMessage(sender_id, ts, "@", "/greet", "slack")


def _in(message: UserMessage, thread: str) -> UserMessage:
    sender_id = f"{message.sender_id}:{thread}" if thread else message.sender_id
    return UserMessage(sender_id, message.message_id, message.text, message.payload, message.channel)


def _bot_user(data: Mapping[str, Any]) -> str:
    """Return our own user in the workspace of this event."""
    known = data.get("authorizations")
    first = known[0] if isinstance(known, list) and known and isinstance(known[0], dict) else {}
    return str(first.get("user_id") or "") if first.get("is_bot") else ""


def _id(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise MalformedMessage(f"{name} is {str(value)[:40]!r}; it must be an id of Slack.")
    return value


def _ts(value: object) -> str:
    if not isinstance(value, str) or not _TS.fullmatch(value):
        raise MalformedMessage(f"ts is {str(value)[:40]!r}; it must be a timestamp of Slack.")
    return value
