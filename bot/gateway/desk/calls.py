"""The calls of the desk's pages; the session cookie says who acts, never the body."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from aiohttp import web

from bot.channels.channel import clean_text
from bot.channels.web import MESSAGE_ID, json_object, text_field
from bot.desk.accounts import Person
from bot.errors import MalformedMessage
from bot.gateway.conversations import sequence
from bot.gateway.desk.login import somebody, worker
from bot.gateway.parts import Parts
from bot.gateway.transcript import MAX_SEQ, Message

OUTCOMES = ("solved", "unsolved", "duplicate", "spam")
SUGGESTIONS = 4
MAX_TITLE = 80
# A question that a search understands is not longer.
MAX_QUERY = 400


async def inbox(request: web.Request) -> web.Response:
    """Return what waits, what is being worked, what was closed last, and whether the team is there."""
    parts, _ = await somebody(request)
    found = await parts.desk.inbox.overview()
    return web.json_response({**found, "open_now": parts.desk.hours.is_open(datetime.now(timezone.utc))})


async def conversation(request: web.Request) -> web.Response:
    """Return one conversation with all that is known about it, and the last page of what was said."""
    parts, _ = await somebody(request)
    before = sequence(request.query.get("before"), MAX_SEQ)
    return web.json_response(await parts.desk.inbox.conversation(request.match_info["id"], before))


async def take(request: web.Request) -> web.Response:
    """Make a conversation mine, as it stood when I looked."""
    parts, person, data = await _call(request)
    epoch = data.get("epoch")
    if not isinstance(epoch, int):
        raise MalformedMessage("epoch must be the number that the conversation had when you looked at it.")
    await parts.handoffs.take(request.match_info["id"], person.name, epoch)
    return await _changed(parts, request)


async def release(request: web.Request) -> web.Response:
    """Put my conversation back into the queue."""
    parts, person, _ = await _call(request)
    await parts.handoffs.release(request.match_info["id"], person.name)
    return await _changed(parts, request)


async def answer(request: web.Request) -> web.Response:
    """Say something to the customer."""
    parts, person, data = await _call(request)
    text = clean_text(text_field(data, "text"), parts.settings.gateway.max_text_characters)
    message = await parts.handoffs.answer(
        request.match_info["id"], person.name, text, _id(data, "message_id"), polite=True
    )
    return await _said(parts, request, message)


async def give_back(request: web.Request) -> web.Response:
    """Let the bot go on."""
    parts, person, _ = await _call(request)
    return await _said(parts, request, await parts.handoffs.give_back(request.match_info["id"], person.name))


async def close(request: web.Request) -> web.Response:
    """Finish, with an outcome."""
    parts, person, data = await _call(request)
    outcome = text_field(data, "outcome")
    if outcome not in OUTCOMES:
        raise MalformedMessage(f"outcome is {outcome[:40]!r}; it must be one of {', '.join(OUTCOMES)}.")
    message = await parts.handoffs.close(request.match_info["id"], agent=person.name, outcome=outcome)
    return await _said(parts, request, message)


async def note(request: web.Request) -> web.Response:
    """Keep a note for the team."""
    parts, person, data = await _call(request)
    text = clean_text(text_field(data, "text"), parts.settings.gateway.max_text_characters)
    await parts.desk.inbox.note(request.match_info["id"], person.name, text, _id(data, "note_id"))
    return await _changed(parts, request)


async def suggestions(request: web.Request) -> web.Response:
    """Return solved tickets that are near a customer's words."""
    parts, _ = await somebody(request)
    query = clean_text(request.query.get("q", "")[:MAX_QUERY], MAX_QUERY)
    return web.json_response(await parts.answers.search({"query": query, "top_k": SUGGESTIONS}))


async def canned(request: web.Request) -> web.Response:
    """Return the canned replies."""
    parts, _ = await somebody(request)
    return web.json_response({"canned": await parts.desk.inbox.canned()})


async def add_canned(request: web.Request) -> web.Response:
    """Keep a canned reply; for admins."""
    parts, person, data = await _call(request)
    person.need_admin()
    title = clean_text(text_field(data, "title"), MAX_TITLE)
    text = clean_text(text_field(data, "text"), parts.settings.gateway.max_text_characters)
    reply = await parts.desk.inbox.add_canned(title, text)
    parts.desk.changed()
    return web.json_response(reply, status=201)


async def remove_canned(request: web.Request) -> web.Response:
    """Forget a canned reply; for admins."""
    parts, person = await worker(request)
    person.need_admin()
    await parts.desk.inbox.remove_canned(request.match_info["id"])
    parts.desk.changed()
    return web.json_response({})


async def _call(request: web.Request) -> tuple[Parts, Person, dict[str, Any]]:
    parts, person = await worker(request)
    return parts, person, json_object(await request.read() or b"{}")


async def _said(parts: Parts, request: web.Request, message: Message) -> web.Response:
    """Deliver what was stored, and show the conversation as it stands then."""
    await parts.deliver(message.sender_id)
    return await _changed(parts, request)


async def _changed(parts: Parts, request: web.Request) -> web.Response:
    parts.desk.changed()
    return web.json_response(await parts.desk.inbox.conversation(request.match_info["id"]))


def _id(data: dict[str, Any], name: str) -> str:
    value = text_field(data, name)
    if not MESSAGE_ID.fullmatch(value):
        raise MalformedMessage(f"{name} must be 1 to 128 visible ASCII characters, for example a UUID.")
    return value
