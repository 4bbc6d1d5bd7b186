"""A gateway with scripted processes behind it, and the shortest way to talk to it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from fakes import ScriptedSearch, ScriptedWorker

from bot.gateway.app import create_app
from bot.gateway.parts import PARTS, Parts
from bot.settings import AnswersSettings, DialogueSettings, GatewaySettings, Secrets, Settings

KEY = {"X-API-Key": "team-key"}
# Where new gateways keep their ledger; empty: in SQLite under their own folder. See the fixture each_engine.
LEDGER_URL = ""


async def until(happened: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for something another task does; fail when it does not."""
    deadline = time.monotonic() + seconds
    while not happened():  # noqa: ASYNC110 - the fakes tell nobody
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)


@dataclass
class World:
    """One running gateway; ``worker`` and ``search`` are what it speaks to."""

    client: TestClient
    settings: Settings
    worker: ScriptedWorker
    search: ScriptedSearch

    @property
    def parts(self) -> Parts:
        return self.client.server.app[PARTS]

    async def visitor(self) -> Visitor:
        response = await self.client.post("/api/v1/sessions")
        data = await response.json()
        return Visitor(self.client, data["session_id"], data["token"])

    async def handoffs(self) -> list[dict[str, Any]]:
        return (await (await self.client.get("/api/v1/handoffs", headers=KEY)).json())["handoffs"]


@dataclass
class Visitor:
    """One customer."""

    client: TestClient
    session_id: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def post(self, **body: Any) -> ClientResponse:
        return await self.client.post("/api/v1/messages", json=body, headers=self.headers)

    async def say(self, text: str, message_id: str | None = None) -> list[dict[str, Any]]:
        response = await self.post(text=text, **({} if message_id is None else {"message_id": message_id}))
        data = await response.json()
        assert response.status == 200, data
        return data["replies"]

    async def history(self, after: int = 0) -> list[dict[str, Any]]:
        response = await self.client.get(f"/api/v1/messages?after={after}", headers=self.headers)
        return (await response.json())["messages"]


def settings_for(var: Path, worker: int, search: int = 0, api_key: str = "team-key", **gateway: Any) -> Settings:
    limits = {"messages_per_minute": 600, "sessions_per_minute": 600, "turn_timeout_seconds": 5.0}
    return Settings(
        var=var,
        gateway=GatewaySettings(**{"ledger_url": LEDGER_URL, **limits, **gateway}),
        dialogue=DialogueSettings(ports=(worker,)),
        answers=AnswersSettings(port=search),
        secrets=Secrets(signing="s" * 32, api_key=api_key, inner_token="inner"),
    )


async def start(
    aiohttp_client: Callable[..., Awaitable[TestClient]],
    aiohttp_server: Callable[..., Awaitable[TestServer]],
    var: Path,
    **settings: Any,
) -> World:
    """Start worker, search and gateway on free ports."""
    worker, search = ScriptedWorker(), ScriptedSearch()
    worker_port = (await aiohttp_server(worker.app())).port
    search_port = (await aiohttp_server(search.app())).port
    chosen = settings_for(var, worker_port, search_port, **settings)
    return World(await aiohttp_client(create_app(chosen)), chosen, worker, search)
