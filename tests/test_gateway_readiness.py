"""Readiness: each part by name, what to do about it, and no more work than once a second."""

import asyncio
import time
from dataclasses import replace

import pytest
from gateway_world import KEY, settings_for, start

from bot.gateway.app import create_app


@pytest.fixture
async def world(aiohttp_client, aiohttp_server, tmp_path):
    return await start(aiohttp_client, aiohttp_server, tmp_path)


async def test_readiness_names_each_part_and_its_remedy(world, monkeypatch):
    monkeypatch.setattr("bot.gateway.readiness.KEPT", 0)
    response = await world.client.get("/readyz")
    data = await response.json()
    assert response.status == 200
    assert data["parts"] == {name: {"ready": True} for name in ("gateway", "dialogue", "answers", "index")}
    assert data["channels"]["web"] == {"on": True}
    assert not data["channels"]["slack"]["on"] and not data["channels"]["telegram"]["on"]
    world.search.ready = world.worker.ready = False
    response = await world.client.get("/readyz")
    parts = (await response.json())["parts"]
    assert response.status == 503
    assert (parts["gateway"]["ready"], parts["answers"]["ready"]) == (True, True)
    assert "frontdesk index build" in parts["index"]["remedy"]
    assert "frontdesk train" in parts["dialogue"]["remedy"]


async def test_readiness_is_asked_for_once_a_second_however_many_want_to_know(world):
    world.worker.ready = False
    first = await asyncio.gather(*(world.client.get("/readyz") for _ in range(5)))
    world.worker.ready = True
    assert {response.status for response in [*first, await world.client.get("/readyz")]} == {503}
    now = time.monotonic()
    world.parts.readiness._clock = lambda: now + 1.1
    assert (await world.client.get("/readyz")).status == 200


async def test_readiness_when_nothing_else_runs(aiohttp_client, tmp_path):
    settings = settings_for(tmp_path, 1)
    client = await aiohttp_client(create_app(replace(settings, dialogue=replace(settings.dialogue, ports=()))))
    parts = (await (await client.get("/readyz")).json())["parts"]
    assert [part["ready"] for part in parts.values()] == [True, False, False, False]
    assert (await client.get("/healthz")).status == 200
    assert (await client.get("/api/v1/search?q=tent", headers=KEY)).status == 503


@pytest.mark.usefixtures("each_engine")
async def test_the_ledger_is_tried_with_a_write_every_few_seconds(aiohttp_client, aiohttp_server, tmp_path):
    world = await start(aiohttp_client, aiohttp_server, tmp_path)
    readiness, ledger = world.parts.readiness, world.parts.ledger
    begin = time.monotonic()
    query, written = "SELECT filling FROM trial", []
    for seconds in (10, 12, 14, 16):
        readiness._clock = lambda now=begin + seconds: now
        await world.client.get("/readyz")
        rows = await ledger._database.read(lambda connection: connection.execute(query).fetchall())
        written.append([row["filling"] for row in rows])
    assert all(len(rows) == 1 and len(rows[0]) == 32_768 for rows in written), "one row, written over"
    assert written[0] == written[1] == written[2] != written[3]
