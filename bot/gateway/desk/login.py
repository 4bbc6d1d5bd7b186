"""Who works at the desk: log-in, log-out, and the check in front of every call of the desk's pages.

The cookie goes to ``/desk`` alone, scripts cannot read it, and no other site can make a browser send it. On top of that
a call must name its own host as origin where it changes something, and carry a header that no form can send.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from bot.channels.web import json_object, text_field
from bot.desk.accounts import MOST_PASSWORD, Person, key_of
from bot.gateway.desk.accounts import LoginNeeded, LoginRefused
from bot.gateway.errors import OriginRefused
from bot.gateway.parts import Parts, address_of, parts_of

COOKIE = "frontdesk_desk"
HEADER = "X-Frontdesk-Desk"


async def log_in(request: web.Request) -> web.Response:
    """Check name and password and set the cookie."""
    parts, origin = parts_of(request), check_own_page(request)
    data = json_object(await request.read())
    name, password = text_field(data, "name"), text_field(data, "password")
    parts.desk.limits.attempt(address_of(request), key_of(name)[:MOST_PASSWORD])
    if len(password) > MOST_PASSWORD:
        raise LoginRefused("Name and password do not belong together.")
    person, token = await parts.desk.accounts.log_in(name, password)
    response = web.json_response(shown(person))
    response.set_cookie(
        COOKIE,
        token,
        max_age=parts.settings.desk.session_hours * 3600,
        path="/desk",
        # The page's own address tells, also behind a proxy that ends TLS.
        secure=urlsplit(origin).scheme == "https",
        httponly=True,
        samesite="Strict",
    )
    return response


async def log_out(request: web.Request) -> web.Response:
    """Forget the log-in here and in the browser."""
    check_own_page(request)
    await parts_of(request).desk.accounts.log_out(request.cookies.get(COOKIE, ""))
    response = web.json_response({})
    response.del_cookie(COOKIE, path="/desk")
    return response


async def me(request: web.Request) -> web.Response:
    """Say who is logged in."""
    _, person = await somebody(request)
    return web.json_response(shown(person))


async def somebody(request: web.Request) -> tuple[Parts, Person]:
    """Return who calls, for a call that changes nothing.

    Raises:
        LoginNeeded: nobody is logged in here.
    """
    parts, token = parts_of(request), request.cookies.get(COOKIE, "")
    if not token:
        raise LoginNeeded("You are not logged in. Log in at /desk.")
    return parts, await parts.desk.accounts.who(token)


async def worker(request: web.Request) -> tuple[Parts, Person]:
    """Return who calls, for a call that changes something.

    Raises:
        OriginRefused: the call does not come from the desk's own page.
        LoginNeeded: nobody is logged in here.
    """
    check_own_page(request)
    return await somebody(request)


def check_own_page(request: web.Request) -> str:
    """Return the origin of a call that comes from a page of this very host.

    Raises:
        OriginRefused: it comes from elsewhere, or does not say where from.
    """
    origin = request.headers.get("Origin", "")
    if not parts_of(request).proxies.same_origin(request, origin) or HEADER not in request.headers:
        raise OriginRefused(f"Only the desk's own page may do this, with Origin and {HEADER}. Open /desk.")
    return origin


def shown(person: Person) -> dict[str, str]:
    """Return a person as the page sees them."""
    return {"name": person.name, "role": person.role}
