"""The customer's calls: a session, messages both ways, thumbs."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from bot.channels.channel import EmptyText, clean_text
from bot.channels.web import bearer, json_object, text_field
from bot.errors import MalformedMessage
from bot.gateway.identities import verified
from bot.gateway.parts import address_of, parts_of
from bot.gateway.sessions import Session
from bot.gateway.transcript import MAX_SEQ, PAGE, Message

ANSWER_ID = re.compile(r"[\x21-\x7e]{1,64}")


def sequence(value: object, absent: int = 0) -> int:
    """Return a sequence number from a query string or a frame; absent means from the beginning.

    Raises:
        MalformedMessage: it is not a whole number from 0 on.
    """
    if value is None:
        return absent
    text = str(value)
    if isinstance(value, (int, str)) and text.isascii() and text.isdecimal() and len(text) < 20:
        return min(int(text), MAX_SEQ)
    raise MalformedMessage(f"{text[:40]!r} is no sequence number. Send the seq of a message, or 0 for the beginning.")


def page(messages: list[Message]) -> dict[str, Any]:
    """Return messages as clients see them, and whether there is more; one more than a page holds was asked for."""
    return {"messages": [message.to_dict() for message in messages[:PAGE]], "more": len(messages) > PAGE}


async def create_session(request: web.Request) -> web.Response:
    """Start an anonymous visitor session; who comes with a token keeps its session, with a fresh token if it is old."""
    parts, token = parts_of(request), bearer(request.headers)
    parts.limits.session(address_of(request))
    if not token:
        session = parts.sessions.create()
        return web.json_response({"session_id": session.session_id, "token": session.token}, status=201)
    renewed = parts.sessions.renew(token) or Session(parts.sessions.read(token), token)
    return web.json_response({"session_id": renewed.session_id, "token": renewed.token})


async def post_message(request: web.Request) -> web.Response:
    """Take one message of the customer and return what the bot said to it."""
    parts = parts_of(request)
    sender_id = parts.web.verify(request.headers)
    parts.limits.message(sender_id, address_of(request))
    message = parts.web.parse(sender_id, await request.read())
    accepted = await parts.lanes.submit(message)
    standing = await parts.ledger.standing(sender_id, message.message_id)
    return web.json_response(
        {
            "replies": [reply.to_reply() for reply in standing.replies],
            "message_id": message.message_id,
            "seq": accepted.message.seq,
            "owner": standing.owner.owner,
        }
    )


async def get_messages(request: web.Request) -> web.Response:
    """Return a page of what was said in this session after a sequence number."""
    parts = parts_of(request)
    sender_id = parts.web.verify(request.headers)
    parts.limits.read(sender_id)
    messages = await parts.ledger.since(sender_id, sequence(request.query.get("after")), PAGE + 1)
    owner = (await parts.ledger.owner(sender_id)).owner
    return web.json_response({**page(messages), "owner": owner})


async def post_feedback(request: web.Request) -> web.Response:
    """Store a thumb on one answer of this session."""
    parts = parts_of(request)
    sender_id = parts.web.verify(request.headers)
    parts.limits.read(sender_id)
    data = json_object(await request.read())
    answer_id, value = text_field(data, "answer_id"), text_field(data, "value")
    if not ANSWER_ID.fullmatch(answer_id):
        raise MalformedMessage("answer_id must be the answer_id of a reply, 1 to 64 visible ASCII characters.")
    if value not in ("up", "down"):
        raise MalformedMessage(f'value is {value[:40]!r}; it must be "up" or "down".')
    comment = _comment(data, parts.settings.gateway.max_text_characters)
    await parts.ledger.rate(sender_id, answer_id, value, comment)
    parts.metrics.feedback(value)
    return web.json_response({"answer_id": answer_id, "value": value})


async def identify(request: web.Request) -> web.Response:
    """Take the shop's signed word for who the visitor is."""
    parts = parts_of(request)
    sender_id = parts.web.verify(request.headers)
    parts.limits.read(sender_id)
    customer = verified(parts.settings.secrets.identify, json_object(await request.read()))
    await parts.identities.keep(sender_id, customer)
    parts.desk.changed()
    return web.json_response(customer.to_dict())


def _comment(data: dict[str, Any], limit: int) -> str:
    """Return the optional comment; one that is empty counts as none."""
    if data.get("comment") is None:
        return ""
    try:
        return clean_text(text_field(data, "comment"), limit)
    except EmptyText:
        return ""
