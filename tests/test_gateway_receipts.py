"""Receipts over the public door: what an answer rests on, for the team alone."""

from __future__ import annotations

import pytest
from gateway_world import KEY, start
from jsonschema import Draft202012Validator, RefResolver

pytestmark = pytest.mark.usefixtures("each_engine")

RESTS = {"text": "It is free.", "ticket_id": "T-1", "span": "The label is free.", "score": 0.97}


@pytest.fixture
async def world(aiohttp_client, aiohttp_server, tmp_path):
    return await start(aiohttp_client, aiohttp_server, tmp_path)


async def receipt(world, answer_id: str, headers=KEY):
    response = await world.client.get(f"/api/v1/answers/{answer_id}/receipt", headers=headers)
    return response.status, await response.json()


async def test_the_receipt_of_an_answer_is_kept_and_fits_the_description(world):
    (reply,) = await (await world.visitor()).say("cite")
    status, body = await receipt(world, reply["answer_id"])
    assert (status, body) == (200, {"answer_id": "a1", "rung": "generated", "sentences": [RESTS]})
    description = await (await world.client.get("/api/v1/openapi.json")).json()
    call = description["paths"]["/api/v1/answers/{answer_id}/receipt"]["get"]
    schema = call["responses"]["200"]["content"]["application/json"]["schema"]
    Draft202012Validator(schema, resolver=RefResolver.from_schema(description)).validate(body)


async def test_customers_and_people_reading_along_see_no_receipt(world):
    visitor = await world.visitor()
    (reply,) = await visitor.say("cite")
    await visitor.say("person")
    (handoff,) = await world.handoffs()
    transcript = await world.client.get(f"/api/v1/handoffs/{handoff['id']}/messages", headers=KEY)
    for shown in (reply, *await visitor.history(), *(await transcript.json())["messages"]):
        assert "receipt" not in shown
        assert RESTS["span"] not in str(shown)


async def test_an_answer_without_tickets_has_an_empty_receipt(world):
    (reply,) = await (await world.visitor()).say("hello")
    assert await receipt(world, reply["answer_id"]) == (
        200,
        {"answer_id": reply["answer_id"], "rung": "template", "sentences": []},
    )


async def test_an_unknown_answer_is_named(world):
    status, body = await receipt(world, "nope")
    assert (status, body["error"]["code"]) == (404, "answer_not_found")
    assert body["error"]["message"] == "There is no answer 'nope'. Send the answer_id of a reply."


async def test_a_customer_cannot_read_receipts(world):
    visitor = await world.visitor()
    await visitor.say("cite")
    assert (await receipt(world, "a1", visitor.headers))[0] == 401
    assert (await receipt(world, "a1", {}))[0] == 401
