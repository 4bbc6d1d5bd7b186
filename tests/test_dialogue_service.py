"""The worker's HTTP side, around a scripted dialogue core: no Rasa here."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.dialogue.service import create_app
from bot.errors import DialogueUnavailable
from bot.messages import Reply
from bot.settings import GatewaySettings, Secrets, Settings

TOKEN = {"Authorization": "Bearer inner"}


class ScriptedDialogue:
    """Echoes the words it was given; ``boom`` fails after the first reply, ``slow`` never ends."""

    model_name = "scripted.tar.gz"

    def __init__(self):
        self.warm = False
        self.erased = []

    async def warm_up(self):
        self.warm = True

    async def turn(self, sender_id, text, message_id):
        yield Reply(f"{sender_id}: {text}", handoff="customer_asked" if text == "/talk_to_person" else None)
        if text == "slow":
            await asyncio.sleep(60)
        if text == "boom":
            raise DialogueUnavailable("action action_order_status failed: KeyError")

    async def erase(self, sender_id):
        self.erased.append(sender_id)
        return 7


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        var=tmp_path, secrets=Secrets(inner_token="inner"), gateway=GatewaySettings(turn_timeout_seconds=0.2)
    )


@pytest.fixture
async def client(aiohttp_client, settings):
    return await aiohttp_client(create_app(settings, ScriptedDialogue()))


async def turn(client, **body):
    response = await client.post("/v1/turns", json=body, headers=TOKEN)
    assert response.status == 200
    return [json.loads(line) for line in (await response.text()).splitlines()]


async def test_a_turn_is_streamed_line_by_line(client):
    lines = await turn(client, sender_id="s1", text="hello", message_id="m1")
    assert [line["type"] for line in lines] == ["typing", "reply", "end"]
    assert lines[1]["reply"]["text"] == "s1: hello"
    assert lines[1]["reply"]["handoff"] is None


@pytest.mark.parametrize(
    ("sent", "understood"),
    [
        ({"text": "/restart"}, "restart"),
        ({"text": " //greet{}"}, "greet{}"),
        ({"text": "a/b"}, "a/b"),
        ({"payload": "/affirm"}, "/affirm"),
    ],
)
async def test_text_is_never_a_command(client, sent, understood):
    lines = await turn(client, sender_id="s", message_id="m", **sent)
    assert lines[1]["reply"]["text"] == f"s: {understood}"


async def test_a_handoff_reason_reaches_the_gateway(client):
    lines = await turn(client, sender_id="s", payload="/talk_to_person", message_id="m")
    assert lines[1]["reply"]["handoff"] == "customer_asked"


async def test_a_failing_action_becomes_an_error_line_after_what_was_said(client):
    lines = await turn(client, sender_id="s", text="boom", message_id="m")
    assert [line["type"] for line in lines] == ["typing", "reply", "error"]
    assert lines[-1]["error"]["code"] == "dialogue"
    assert "action_order_status" in lines[-1]["error"]["message"]


async def test_a_turn_over_its_limit_becomes_an_error_line(client, monkeypatch):
    monkeypatch.setattr("bot.dialogue.service.GRACE_SECONDS", 0.1)
    lines = await turn(client, sender_id="s", text="slow", message_id="m")
    assert lines[-1]["error"]["code"] == "timeout"


@pytest.mark.parametrize(
    "body", ["", "[]", '"x"', "{", "{}", '{"sender_id": "s"}', '{"sender_id": "s", "text": " / "}']
)
async def test_a_malformed_turn_is_refused(client, body):
    response = await client.post("/v1/turns", data=body, headers=TOKEN)
    assert response.status == 400
    assert (await response.json())["error"]["code"] == "malformed"


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer wrong"}])
async def test_callers_without_the_inner_token_are_refused(client, header):
    for method, path in (("POST", "/v1/turns"), ("GET", "/readyz"), ("DELETE", "/v1/conversations/s")):
        response = await client.request(method, path, headers=header)
        assert response.status == 401


async def test_health_needs_no_token_and_readiness_names_the_model(client):
    assert (await client.get("/healthz")).status == 200
    ready = await (await client.get("/readyz", headers=TOKEN)).json()
    assert ready == {"ready": True, "model": "scripted.tar.gz"}


async def test_a_conversation_can_be_erased(client):
    answer = await (await client.delete("/v1/conversations/s9", headers=TOKEN)).json()
    assert answer == {"erased": 7}


async def test_an_empty_inner_token_opens_nothing(aiohttp_client, settings):
    client = await aiohttp_client(create_app(replace(settings, secrets=Secrets()), ScriptedDialogue()))
    assert (await client.get("/readyz")).status == 401
