"""The worker's HTTP side, around a scripted dialogue core: no Rasa here."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from gateway_world import until

from bot.dialogue.service import create_app, turn_limit
from bot.errors import DialogueUnavailable
from bot.messages import Reply
from bot.settings import GatewaySettings, Secrets, Settings

TOKEN = {"Authorization": "Bearer inner"}


class ScriptedDialogue:
    """Echoes the words; ``boom`` fails after the first reply, ``slow`` never ends, ``many`` goes on for a while.

    ``ended`` has the words of each turn that came to its end, ``stopped`` those of each that was cancelled.
    """

    model_name = "scripted.tar.gz"

    def __init__(self):
        self.warm = False
        self.database_is_down = False
        self.ended = []
        self.stopped = []

    async def warm_up(self):
        self.warm = True

    async def check(self):
        if self.database_is_down:
            raise DialogueUnavailable("The tracker store failed: OperationalError")

    async def turn(self, sender_id, text, message_id, language="", customer=None):
        yield Reply(f"{sender_id}: {text}", handoff="customer_asked" if text == "/talk_to_person" else None)
        try:
            if text == "slow":
                await asyncio.sleep(60)
            for number in range(10 if text == "many" else 0):
                await asyncio.sleep(0.02)
                yield Reply(f"part {number}")
        except asyncio.CancelledError:
            self.stopped.append(text)
            raise
        if text == "boom":
            raise DialogueUnavailable("action action_order_status failed: KeyError")
        self.ended.append(text)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        var=tmp_path, secrets=Secrets(inner_token="inner"), gateway=GatewaySettings(turn_timeout_seconds=0.2)
    )


@pytest.fixture
def dialogue():
    return ScriptedDialogue()


@pytest.fixture
async def client(aiohttp_client, settings, dialogue):
    return await aiohttp_client(create_app(settings, dialogue))


async def turn(client, **body):
    response = await client.post("/v1/turns", json=body, headers=TOKEN)
    assert response.status == 200
    return [json.loads(line) for line in (await response.text()).splitlines()]


@pytest.mark.parametrize(
    ("text", "found"),
    [("where is my order?", "en"), ("我的订单呢", "zh"), ("wo ist meine Bestellung", "de"), ("FH-1", None)],
)
async def test_the_language_of_a_text_is_told(client, text, found):
    response = await client.post("/v1/language", json={"text": text}, headers=TOKEN)
    assert await response.json() == {"language": found}


@pytest.mark.parametrize(("body", "headers", "status"), [({}, TOKEN, 400), ({"text": "hi"}, {}, 401)])
async def test_only_the_gateway_asks_for_a_language_and_names_the_text(client, body, headers, status):
    assert (await client.post("/v1/language", json=body, headers=headers)).status == status


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


async def test_a_turn_over_its_limit_is_stopped_and_becomes_an_error_line_before_the_gateway_gives_up(client, dialogue):
    gateway_limit = 0.2
    lines = await asyncio.wait_for(turn(client, sender_id="s", text="slow", message_id="m"), gateway_limit)
    assert lines[-1]["error"]["code"] == "timeout"
    assert dialogue.stopped == ["slow"]


@pytest.mark.parametrize(("gateway", "worker"), [(1, 0.5), (3, 1.5), (4, 2), (5, 3), (30, 28), (600, 598)])
def test_the_worker_has_less_time_than_the_gateway_and_at_least_half(gateway, worker):
    assert turn_limit(gateway) == worker


async def test_a_gateway_that_dies_in_mid_turn_does_not_cut_the_turn_short(settings, dialogue, caplog):
    settings = replace(settings, gateway=GatewaySettings(turn_timeout_seconds=4))
    # As web.run_app runs it; the test server would cancel the handler.
    runner = web.AppRunner(create_app(settings, dialogue), handler_cancellation=False)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    body = {"sender_id": "s", "text": "many", "message_id": "m"}
    async with ClientSession(headers=TOKEN) as session:
        response = await session.post(f"http://127.0.0.1:{runner.addresses[0][1]}/v1/turns", json=body)
        await response.content.readline()
        response.close()
    await until(lambda: dialogue.ended or dialogue.stopped)
    assert (dialogue.ended, dialogue.stopped) == (["many"], [])
    await runner.cleanup()
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    "body", ["", "[]", '"x"', "{", "{}", '{"sender_id": "s"}', '{"sender_id": "s", "text": " / "}']
)
async def test_a_malformed_turn_is_refused(client, body):
    response = await client.post("/v1/turns", data=body, headers=TOKEN)
    assert response.status == 400
    assert (await response.json())["error"]["code"] == "malformed"


@pytest.mark.parametrize("given", [None, "Bearer", "Bearer wrong", "Bearer \udcff"])
async def test_callers_without_the_inner_token_are_refused(client, given):
    header = {} if given is None else {"Authorization": given}
    for method, path in (("POST", "/v1/turns"), ("GET", "/v1/turns"), ("GET", "/readyz")):
        response = await client.request(method, path, headers=header)
        assert response.status == 401


async def test_health_needs_no_token_and_readiness_names_the_model(client):
    assert (await client.get("/healthz")).status == 200
    ready = await (await client.get("/readyz", headers=TOKEN)).json()
    assert ready == {"ready": True, "model": "scripted.tar.gz"}


async def test_the_turns_that_run_are_counted_without_the_database(client, dialogue):
    async def hang():
        await asyncio.sleep(60)

    dialogue.check = hang
    posted = asyncio.create_task(turn(client, sender_id="s", text="slow", message_id="m"))
    counts = []

    async def count():
        response = await asyncio.wait_for(client.get("/v1/turns", headers=TOKEN), 1)
        counts.append((await response.json())["running"])

    while 1 not in counts:
        await count()
        await asyncio.sleep(0)
    await posted
    await count()
    assert counts[-1] == 0


async def test_a_worker_that_cannot_store_a_turn_is_not_ready(client, dialogue):
    dialogue.database_is_down = True
    response = await client.get("/readyz", headers=TOKEN)
    assert (response.status, (await response.json())["missing"]) == (503, "database")


async def test_an_empty_inner_token_opens_nothing(aiohttp_client, settings):
    client = await aiohttp_client(create_app(replace(settings, secrets=Secrets()), ScriptedDialogue()))
    assert (await client.get("/readyz")).status == 401
