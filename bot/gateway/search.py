"""``GET /api/v1/search``: hits from solved tickets, for agents and for other programs, behind the API key.

Reads the address; what a filter may hold is known to the answers service, whose refusals are passed on.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.channels.channel import clean_text
from bot.errors import MalformedMessage
from bot.gateway.parts import address_of
from bot.gateway.people import require_key

MAX_HITS = 50
# Who has not found it among so many hits should ask another way.
MAX_OFFSET = 299
# Passed on as they are.
NAMES = ("product", "channel", "language", "topic", "from", "to", "mode")
ALLOWED = ("q", "k", "offset", *NAMES)


async def search(request: web.Request) -> web.Response:
    """Return one page of hits; an unknown name in a filter finds nothing and is no error."""
    parts = require_key(request)
    parts.limits.search(address_of(request))
    return web.json_response(await parts.answers.search(_body(request, parts.settings.gateway.max_text_characters)))


def _body(request: web.Request, max_characters: int) -> dict[str, Any]:
    """Return the search that an address asks for.

    Raises:
        MalformedMessage: a parameter is unknown, repeated or not of its form; unfiltered hits would pass for filtered.
    """
    given = request.query
    for name in given:
        if name not in ALLOWED:
            raise MalformedMessage(f"{name[:40]!r} is no parameter of a search; there are {', '.join(ALLOWED)}.")
        if len(given.getall(name)) > 1:
            raise MalformedMessage(f"{name} is given {len(given.getall(name))} times; give it once.")
    query = clean_text(given.get("q", ""), max_characters)
    body: dict[str, Any] = {"query": query, "top_k": _number("k", given.get("k", "10"), 1, MAX_HITS)}
    if "offset" in given:
        body["offset"] = _number("offset", given["offset"], 0, MAX_OFFSET)
    return {**body, **{name: given[name] for name in NAMES if name in given}}


def _number(name: str, value: str, least: int, most: int) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) < 4 and least <= int(value) <= most):
        raise MalformedMessage(f"{name} is {value[:20]!r}; it must be a number from {least} to {most}.")
    return int(value)
