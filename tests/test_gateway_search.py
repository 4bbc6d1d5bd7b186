"""Search for the team over the public door: the key, each parameter, pages, limits, and what the service refuses."""

from __future__ import annotations

import pytest
from aiohttp import web
from gateway_world import KEY, settings_for, start
from jsonschema import Draft202012Validator, RefResolver

from bot.gateway.app import OPENAPI, create_app
from bot.gateway.search import ALLOWED
from bot.settings import load_settings


@pytest.fixture
async def world(aiohttp_client, aiohttp_server, tmp_path):
    return await start(aiohttp_client, aiohttp_server, tmp_path)


async def search(world, query: str, headers=KEY):
    response = await world.client.get(f"/api/v1/search?{query}", headers=headers)
    return response.status, await response.json()


async def test_a_page_of_hits_fits_the_description(world):
    world.search.answer["next_offset"] = 13
    status, body = await search(world, "q=broken+pole&k=3&offset=10")
    assert (status, body["next_offset"], [hit["id"] for hit in body["hits"]]) == (200, 13, ["t1"])
    description = await (await world.client.get("/api/v1/openapi.json")).json()
    schema = description["paths"]["/api/v1/search"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    Draft202012Validator(schema, resolver=RefResolver.from_schema(description)).validate(body)


async def test_every_parameter_reaches_the_service(world):
    filters = {"product": "Ridgeline 2 tent", "channel": "email", "language": "en", "topic": "tents", "mode": "dense"}
    days = {"from": "2026-01-01", "to": "2026-12-31"}
    response = await world.client.get(
        "/api/v1/search", params={"q": "pole", "k": "5", "offset": "20", **filters, **days}, headers=KEY
    )
    assert response.status == 200
    assert world.search.asked == [{"query": "pole", "top_k": 5, "offset": 20, **filters, **days}]


def test_the_description_names_the_parameters_that_are_read():
    import json

    parameters = json.loads(OPENAPI.read_text())["paths"]["/api/v1/search"]["get"]["parameters"]
    assert {parameter["name"] for parameter in parameters} == set(ALLOWED)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "text is empty"),
        ("q=%20", "text is empty"),
        ("q=tent&k=0", "k is '0'; it must be a number from 1 to 50"),
        ("q=tent&k=51", "k is '51'"),
        ("q=tent&k=x", "k is 'x'"),
        ("q=tent&k=", "k is ''"),
        ("q=tent&k=%D9%A3", "k is"),
        ("q=tent&k=1&k=2", "k is given 2 times"),
        ("q=tent&offset=-1", "offset is '-1'"),
        ("q=tent&offset=300", "offset is '300'; it must be a number from 0 to 299"),
        ("q=tent&prodct=x", "'prodct' is no parameter of a search; there are q, k, offset, product"),
        ("q=tent&created_from=2026-01-01", "'created_from' is no parameter"),
    ],
)
async def test_a_wrong_parameter_is_named_with_its_value(world, query, words):
    status, body = await search(world, query)
    assert status == 400
    assert words in body["error"]["message"]
    assert world.search.asked == []


async def test_what_the_service_refuses_is_said_in_its_words(aiohttp_client, aiohttp_server, tmp_path):
    async def refuse(request: web.Request) -> web.Response:
        error = {"code": "malformed", "message": "from is 'x'; it must be a day such as 2026-05-31."}
        return web.json_response({"error": error}, status=400)

    service = web.Application()
    service.add_routes([web.post("/v1/search", refuse)])
    port = (await aiohttp_server(service)).port
    client = await aiohttp_client(create_app(settings_for(tmp_path, 1, port)))
    response = await client.get("/api/v1/search?q=tent&from=x", headers=KEY)
    assert (response.status, (await response.json())["error"]["message"]) == (
        400,
        "from is 'x'; it must be a day such as 2026-05-31.",
    )


async def test_searches_are_limited_by_address(aiohttp_client, aiohttp_server, tmp_path, monkeypatch):
    monkeypatch.setattr("bot.gateway.limits.ADDRESS_FACTOR", 1)
    world = await start(aiohttp_client, aiohttp_server, tmp_path, messages_per_minute=3)
    assert [(await search(world, "q=tent"))[0] for _ in range(4)] == [200, 200, 200, 429]
    response = await world.client.get("/api/v1/search?q=tent", headers=KEY)
    assert int(response.headers["Retry-After"]) >= 1
    assert (await search(world, "q=tent", headers={}))[0] == 401, "who has no key learns nothing of limits"


async def test_the_key_comes_from_the_environment(aiohttp_client, tmp_path):
    for environ, status in (({}, 403), ({"FRONTDESK_API_KEY": "abc"}, 401)):
        settings = load_settings({"FRONTDESK_VAR": str(tmp_path), "FRONTDESK_SECRET": "s" * 32, **environ})
        client = await aiohttp_client(create_app(settings))
        response = await client.get("/api/v1/search?q=tent", headers={"Authorization": "Bearer abd"})
        assert response.status == status


@pytest.mark.parametrize("answer", [[], {}, {"hits": 5}, None])
async def test_an_unusable_page_is_unavailable(world, answer):
    world.search.answer = answer
    status, body = await search(world, "q=tent")
    assert (status, body["error"]["code"]) == (503, "unavailable")
