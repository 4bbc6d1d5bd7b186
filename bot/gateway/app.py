"""The gateway, wired: the one place where its objects are built from settings.

``python -m bot.gateway`` serves it. Imports neither Rasa nor anything that loads a model.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from bot.channels.web import WebChannel
from bot.desk.hours import read_hours
from bot.gateway import guards, middlewares
from bot.gateway.addresses import Proxies
from bot.gateway.answers import AnswersClient
from bot.gateway.buttons import Buttons
from bot.gateway.channels import Channels
from bot.gateway.deliveries import Deliveries
from bot.gateway.desk.accounts import Accounts
from bot.gateway.desk.inbox import DeskInbox
from bot.gateway.desk.parts import Desk, LoginLimits
from bot.gateway.desk.presence import Presence
from bot.gateway.desk.work import Handoffs
from bot.gateway.dialogue import DialogueClient, WorkerClient
from bot.gateway.hub import Hub
from bot.gateway.identities import Identities
from bot.gateway.inner import Inner
from bot.gateway.intake import Intake
from bot.gateway.lanes import Lanes
from bot.gateway.ledger import Ledger
from bot.gateway.limits import Limits
from bot.gateway.metrics import Metrics
from bot.gateway.parts import PARTS, Parts
from bot.gateway.rasa_rest import RasaRestClient
from bot.gateway.readiness import Readiness
from bot.gateway.routes import add_routes
from bot.gateway.sessions import Sessions
from bot.gateway.static import StaticFiles
from bot.gateway.storage.database import Database
from bot.gateway.turns import TurnRunner
from bot.live import LivePorts
from bot.settings import Settings, signing_secrets

WEB = Path(__file__).resolve().parent.parent / "web"
OPENAPI = Path(__file__).resolve().parent / "openapi.json"
# After a crash everything starts at once; a model loads in well under this time. Seconds.
PATIENCE = 120.0
# Of the time of a turn, how much may pass until a worker that died is back; the rest is for the turn itself.
SHARE_OF_WAITING = 0.5


def create_app(settings: Settings) -> web.Application:
    """Return the gateway for these settings; nothing is opened before it starts."""
    keys = signing_secrets(settings)
    inner = Inner(settings.secrets.inner_token)
    database = Database(settings.ledger, serving=True)
    ledger, hub, metrics, buttons = Ledger(database), Hub(), Metrics(), Buttons(keys)
    sessions = Sessions(keys, settings.gateway.session_days)
    channel = WebChannel(
        read_token=sessions.read,
        open_button=buttons.open,
        notify=hub.notify,
        max_text_characters=settings.gateway.max_text_characters,
    )
    dialogue, desk = _dialogue(settings, inner), _desk(settings, database)
    channels = Channels(settings, database, hub, metrics, desk.changed)

    async def deliver(sender_id: str) -> None:
        await channels.send(sender_id)
        desk.changed()

    runner = TurnRunner(
        ledger=ledger,
        dialogue=dialogue,
        buttons=buttons,
        metrics=metrics,
        deliver=deliver,
        typing=channels.typing,
        new_id=lambda: uuid.uuid4().hex,
        timeout_seconds=settings.gateway.turn_timeout_seconds,
        hours=desk.hours,
    )
    lanes = Lanes(ledger, runner.work, deliver)
    answers = AnswersClient(inner, settings.answers.port, settings.answers.timeout_seconds)
    parts = Parts(
        settings=settings,
        sessions=sessions,
        proxies=Proxies(settings.gateway.trusted_proxies),
        limits=Limits(settings.gateway),
        ledger=ledger,
        handoffs=Handoffs(database, buttons),
        lanes=lanes,
        deliver=deliver,
        desk=desk,
        hub=hub,
        identities=Identities(database),
        web=channel,
        channels=channels,
        intake=Intake(settings, channels, Deliveries(database), ledger, lanes, buttons, metrics),
        answers=answers,
        readiness=Readiness(ledger, dialogue, answers, channels.report),
        metrics=metrics,
        openapi=json.loads(OPENAPI.read_text(encoding="utf-8")),
        files=StaticFiles(WEB),
    )
    return _application(parts, inner, database, runner)


def _desk(settings: Settings, database: Database) -> Desk:
    return Desk(
        accounts=Accounts(database, settings.desk.session_hours),
        inbox=DeskInbox(database),
        hours=read_hours(settings.desk.hours, settings.desk.holidays, settings.desk.time_zone),
        limits=LoginLimits(),
        hub=Hub(),
        presence=Presence(),
    )


def _dialogue(settings: Settings, inner: Inner) -> DialogueClient:
    """Return the client of a plain Rasa server when one is named, else that of our own workers."""
    if settings.gateway.rasa_url:
        return RasaRestClient(inner, settings.gateway.rasa_url)
    ports = LivePorts(settings.live_file, settings.dialogue.ports)
    return WorkerClient(inner, ports, settings.gateway.turn_timeout_seconds * SHARE_OF_WAITING)


def _application(parts: Parts, inner: Inner, database: Database, runner: TurnRunner) -> web.Application:
    app = web.Application(
        client_max_size=parts.settings.gateway.max_body_bytes,
        middlewares=[middlewares.count, middlewares.errors, guards.limited, middlewares.preflight, guards.bodies],
    )
    app[PARTS] = parts

    async def resources(_: web.Application) -> AsyncIterator[None]:
        await database.open()
        await inner.open()
        await parts.channels.open()
        await parts.lanes.resume(lambda: runner.wait_until_ready(PATIENCE))
        await parts.intake.open()
        yield
        await parts.intake.close()
        await parts.lanes.close()
        await parts.channels.close()
        await inner.close()
        await database.close()

    async def say_goodbye(_: web.Application) -> None:
        parts.hub.close()
        parts.desk.hub.close()

    app.cleanup_ctx.append(resources)
    app.on_shutdown.append(say_goodbye)
    app.on_response_prepare.append(middlewares.decorate)
    add_routes(app)
    return app
