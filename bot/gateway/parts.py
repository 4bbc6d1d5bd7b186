"""The objects one gateway is made of, under one typed key of the aiohttp application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.channels.web import WebChannel
from bot.gateway.addresses import Proxies
from bot.gateway.answers import AnswersClient
from bot.gateway.channels import Channels
from bot.gateway.desk.parts import Desk
from bot.gateway.desk.work import Handoffs
from bot.gateway.hub import Hub
from bot.gateway.identities import Identities
from bot.gateway.intake import Intake
from bot.gateway.lanes import Lanes
from bot.gateway.ledger import Ledger
from bot.gateway.limits import Limits
from bot.gateway.metrics import Metrics
from bot.gateway.readiness import Readiness
from bot.gateway.sessions import Sessions
from bot.gateway.static import StaticFiles
from bot.settings import Settings


@dataclass(frozen=True)
class Parts:
    """Everything a handler may use."""

    settings: Settings
    sessions: Sessions
    proxies: Proxies
    limits: Limits
    ledger: Ledger
    handoffs: Handoffs
    lanes: Lanes
    deliver: Callable[[str], Awaitable[None]]
    desk: Desk
    hub: Hub
    identities: Identities
    web: WebChannel
    channels: Channels
    intake: Intake
    answers: AnswersClient
    readiness: Readiness
    metrics: Metrics
    openapi: Mapping[str, Any]
    files: StaticFiles


PARTS = web.AppKey("parts", Parts)


def parts_of(request: web.Request) -> Parts:
    """Return the parts of the application that serves ``request``."""
    return request.app[PARTS]


def address_of(request: web.Request) -> str:
    """Return the visitor's address as limits count it; headers are believed from trusted proxies alone."""
    return parts_of(request).proxies.address(request)
