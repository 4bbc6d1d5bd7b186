"""Whose request it is: the peer's address, or what a trusted proxy says about the one before it.

A header is worth what its writer is worth. Every proxy appends the address that called it to ``X-Forwarded-For``: the
list is read from the right, as long as the speaker is trusted; what a visitor wrote there stands on the left.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

from bot.errors import SettingsError

log = logging.getLogger(__name__)

# One customer of an internet provider has this many addresses of IPv6, and could use another one in every request.
IPV6_CUSTOMER = 64
UNKNOWN = "unknown"


class Proxies:
    """The proxies whose headers are believed."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [_network(text) for text in networks]
        self._warned = False

    def address(self, request: web.Request) -> str:
        """Return the visitor's address in the form that limits count by: IPv4 whole, IPv6 as its /64."""
        peer = _parsed(request.remote or "")
        forwarded = ",".join(request.headers.getall("X-Forwarded-For", ()))
        if forwarded and not self._trusts(peer):
            self._warn(request.remote)
            return _key(peer)
        for text in reversed(forwarded.split(",")):
            if not forwarded or not self._trusts(peer):
                break
            said = _parsed(text.strip())
            if said is None:  # A trusted proxy says "unknown": nobody left of it can be believed.
                break
            peer = said
        return _key(peer)

    def host(self, request: web.Request) -> str:
        """Return the host that the visitor's browser has asked for, with its port if it is none of the usual."""
        return self._said(request, "X-Forwarded-Host") or request.host

    def scheme(self, request: web.Request) -> str:
        """Return ``http`` or ``https`` as the browser has used it; empty where no trusted proxy tells."""
        said = self._said(request, "X-Forwarded-Proto").lower()
        return said if said in ("http", "https") else ""

    def same_origin(self, request: web.Request, origin: str) -> bool:
        """Say whether a page of this very host has sent the request."""
        scheme, _, host = origin.partition("://")
        return host == self.host(request) and self.scheme(request) in ("", scheme)

    def _said(self, request: web.Request, header: str) -> str:
        """Return what the nearest proxy says; empty when it is not trusted or says nothing."""
        if not self._trusts(_parsed(request.remote or "")):
            return ""
        return ",".join(request.headers.getall(header, ())).rpartition(",")[2].strip()

    def _trusts(self, address: IPv4Address | IPv6Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)

    def _warn(self, peer: str | None) -> None:
        """Say once that visitors may be counted as one; anybody can send the header, so no more than once."""
        if not self._warned:
            self._warned = True
            log.warning(
                "%s sent X-Forwarded-For and is not in gateway.trusted_proxies: the header is ignored. If it is your "
                "proxy, add it there, or all visitors behind it share one rate limit.",
                peer,
            )


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=True)
    except ValueError as exc:
        raise SettingsError(
            f"gateway.trusted_proxies: {text!r} is no network ({exc}). Write e.g. 127.0.0.1 or 10.0.0.0/8."
        ) from exc


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address in ``text``, which may carry a port; None when it is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # The same visitor by another name: ::ffff:192.0.2.1
    return getattr(address, "ipv4_mapped", None) or address


def _key(address: IPv4Address | IPv6Address | None) -> str:
    if address is None:
        return UNKNOWN
    if isinstance(address, IPv6Address):
        return str(ip_network((address, IPV6_CUSTOMER), strict=False))
    return str(address)
