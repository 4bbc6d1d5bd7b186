"""A gateway with accounts, and agents who are logged in at its desk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, DummyCookieJar
from aiohttp.test_utils import TestClient
from fakes import ScriptedSearch, ScriptedWorker
from gateway_world import World, settings_for

from bot.gateway.app import create_app
from bot.settings_desk import DeskSettings

PASSWORD = "a long password"


@dataclass
class Agent:
    """Somebody at the desk, with the cookie of a browser of their own."""

    client: TestClient
    cookie: str = ""

    @property
    def headers(self) -> dict[str, str]:
        origin = f"http://{self.client.host}:{self.client.port}"
        return {"Origin": origin, "X-Frontdesk-Desk": "1", "Cookie": self.cookie}

    async def get(self, path: str) -> Any:
        response = await self.client.get(f"/desk/api/{path}", headers={"Cookie": self.cookie})
        assert response.status == 200, await response.text()
        return await response.json()

    async def post(self, path: str, **body: Any) -> ClientResponse:
        return await self.client.post(f"/desk/api/{path}", json=body, headers=self.headers)

    async def done(self, path: str, **body: Any) -> Any:
        response = await self.post(path, **body)
        assert response.status in (200, 201), await response.text()
        return await response.json()

    async def log_in(self, name: str, password: str = PASSWORD) -> ClientResponse:
        response = await self.post("login", name=name, password=password)
        self.cookie = response.headers.get("Set-Cookie", "").partition(";")[0]
        return response


async def staffed(aiohttp_client: Any, aiohttp_server: Any, var: Path, **desk: Any) -> World:
    """Start a gateway with the accounts Maren (admin) and Tom (agent)."""
    worker, search = ScriptedWorker(), ScriptedSearch()
    worker_port = (await aiohttp_server(worker.app())).port
    search_port = (await aiohttp_server(search.app())).port
    settings = replace(settings_for(var, worker_port, search_port), desk=DeskSettings(**desk))
    client = await aiohttp_client(create_app(settings), cookie_jar=DummyCookieJar())
    world = World(client, settings, worker, search)
    await world.parts.desk.accounts.add("Maren", PASSWORD, "admin")
    await world.parts.desk.accounts.add("Tom", PASSWORD, "agent")
    return world


async def agent(world: World, name: str) -> Agent:
    """Log somebody in."""
    found = Agent(world.client)
    response = await found.log_in(name)
    assert response.status == 200, await response.text()
    return found
