"""The calls for the people of the team, behind the API key: receipts of answers, and taking over a conversation."""

from __future__ import annotations

import hmac

from aiohttp import web

from bot.channels.channel import clean_text
from bot.channels.web import MESSAGE_ID, bearer, json_object, text_field
from bot.errors import MalformedMessage
from bot.gateway.conversations import page, sequence
from bot.gateway.errors import KeyMissing, KeyRefused
from bot.gateway.parts import Parts, address_of, parts_of
from bot.gateway.transcript import PAGE

MAX_AGENT_CHARACTERS = 80


def require_key(request: web.Request) -> Parts:
    """Return the parts when the request carries the API key.

    Raises:
        KeyMissing: this installation has no key, so the call is off.
        KeyRefused: the key is absent or wrong.
        RateLimited: this address has sent too many wrong keys; not even the right one is looked at.
    """
    parts = parts_of(request)
    expected = parts.settings.secrets.api_key
    if not expected:
        raise KeyMissing("This call is off: no API key is configured. Set FRONTDESK_API_KEY and start again.")
    given = request.headers.get("X-API-Key") or bearer(request.headers)
    if given:
        parts.limits.may_try_key(address_of(request))
    if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8")):
        if given:  # No key at all is no guess.
            parts.limits.wrong_key(address_of(request))
        raise KeyRefused("The API key is missing or wrong. Send `Authorization: Bearer <key>` or `X-API-Key: <key>`.")
    return parts


async def receipt(request: web.Request) -> web.Response:
    """Return what each sentence of one answer rests on."""
    return web.json_response(await require_key(request).ledger.receipt(request.match_info["answer_id"]))


async def list_handoffs(request: web.Request) -> web.Response:
    """Return the conversations that wait for a person or belong to one."""
    return web.json_response({"handoffs": await require_key(request).handoffs.list_open()})


async def handoff_messages(request: web.Request) -> web.Response:
    """Return a page of the conversation behind a handoff, so that a person can read before answering."""
    parts = require_key(request)
    after = sequence(request.query.get("after"))
    return web.json_response(page(await parts.handoffs.transcript(request.match_info["id"], after, PAGE + 1)))


async def post_handoff_message(request: web.Request) -> web.Response:
    """Say something to the customer as a person; the bot keeps still from now on."""
    parts = require_key(request)
    data = json_object(await request.read())
    text = clean_text(text_field(data, "text"), parts.settings.gateway.max_text_characters)
    agent = clean_text(text_field(data, "agent"), MAX_AGENT_CHARACTERS)
    message_id = data.get("message_id")
    if message_id is not None and not (isinstance(message_id, str) and MESSAGE_ID.fullmatch(message_id)):
        raise MalformedMessage("message_id must be 1 to 128 visible ASCII characters, for example a UUID.")
    message = await parts.handoffs.answer(request.match_info["id"], agent, text, message_id)
    await parts.deliver(message.sender_id)
    return web.json_response({"message": message.to_dict()}, status=201)


async def close_handoff(request: web.Request) -> web.Response:
    """Give the conversation back to the bot."""
    parts = require_key(request)
    message = await parts.handoffs.close(request.match_info["id"])
    await parts.deliver(message.sender_id)
    return web.json_response({"message": message.to_dict()})
