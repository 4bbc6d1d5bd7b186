"""The Python client, against the real gateway: what is acted on once, what is waited for, what is resumed."""

import asyncio
import time
from contextlib import aclosing

import pytest
from aiohttp import web
from gateway_world import KEY, start
from test_gateway_identify import ANNA, build, signed

from bot.client import Client, RequestRefused
from bot.errors import ServiceUnavailable
from bot.retries import Waiting


@pytest.fixture
async def world(aiohttp_client, aiohttp_server, tmp_path):
    return await start(aiohttp_client, aiohttp_server, tmp_path)


def address(world):
    return str(world.client.make_url("")).rstrip("/")


@pytest.fixture
async def client(world):
    async with Client(address(world), patience=5, outage=3) as open_client:
        yield open_client


async def test_a_conversation(client, world):
    session = await client.session()
    answer = await session.say("two")
    assert answer.text == "You said two\n\nAnd more."
    assert (answer.owner, answer.seq) == ("bot", 1)
    [asked] = (await session.say("ask")).replies
    assert (await session.say(asked.buttons[0].payload)).text == "You said /affirm"
    await session.rate(answer.replies[0].answer_id, "up", "quick")
    said = await session.since()
    assert [one["seq"] for one in said] == list(range(1, len(said) + 1))
    assert await session.since(said[-2]["seq"]) == [said[-1]]
    assert (await session.say("person")).owner == "queued"


async def test_the_same_id_says_it_once(client, world):
    session = await client.session()
    first = await session.say("hello", message_id="m1")
    again = await session.say("hello", message_id="m1")
    assert again.replies == first.replies
    assert len(world.worker.heard) == 1
    with pytest.raises(RequestRefused, match="message_id_reused") as caught:
        await session.say("other words", message_id="m1")
    assert (caught.value.status, caught.value.code) == (409, "message_id_reused")


async def test_an_old_token_goes_on_with_its_session(client):
    session = await client.session()
    again = await client.session(session.token)
    assert (again.id, again.token) == (session.id, session.token)
    with pytest.raises(RequestRefused, match="session_refused"):
        await client.session("forged")


async def test_who_the_customer_is(aiohttp_client, aiohttp_server, tmp_path):
    world = await build(aiohttp_client, aiohttp_server, tmp_path)
    async with Client(address(world)) as client:
        session = await client.session()
        assert await session.identify(signed(**ANNA)) == ANNA
        with pytest.raises(RequestRefused, match="invalid_signature"):
            await session.identify({**signed(**ANNA), "name": "Mallory"})


@pytest.mark.parametrize("text", ["", "/", "x" * 5000])
async def test_what_is_refused_is_not_tried_again(client, text):
    session = await client.session()
    began = time.monotonic()
    with pytest.raises(RequestRefused) as caught:
        await session.say(text)
    assert caught.value.code in ("empty_message", "text_too_long")
    assert time.monotonic() - began < 1


async def test_a_limit_is_waited_for_when_there_is_patience(aiohttp_client, aiohttp_server, tmp_path):
    world = await start(aiohttp_client, aiohttp_server, tmp_path, sessions_per_minute=60)
    async with Client(address(world), patience=5) as patient, Client(address(world), patience=0) as hasty:
        with pytest.raises(RequestRefused, match="rate_limited") as caught:
            for _ in range(600):  # On a busy machine a minute's share grows meanwhile.
                await hasty.session()
        assert caught.value.retry_after >= 1
        assert (await patient.session()).id


class Flaky:
    """A gateway that loses answers: ``lost`` after acting, ``ill`` instead of acting, then as the real one."""

    def __init__(self, url, *script):
        self.url, self.script, self.seen = url, list(script), []

    async def handle(self, request):
        import aiohttp

        body = await request.read()
        step = self.script.pop(0) if self.script else "well"
        self.seen.append((step, body))
        if step == "ill":
            return web.Response(status=502, text="<html>bad gateway</html>")
        if step == "wait":
            error = {"error": {"code": "unavailable", "message": "later", "retry_after": 1}}
            return web.json_response(error, status=503, headers={"Retry-After": "1"})
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        async with aiohttp.ClientSession() as http:
            answer = await http.request(request.method, self.url + request.path_qs, data=body, headers=headers)
            data = await answer.read()
        if step == "lost":
            request.transport.abort()
        return web.Response(body=data, status=answer.status, content_type="application/json")


async def flaky(aiohttp_server, world, *script):
    gateway = Flaky(address(world), *script)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", gateway.handle)
    server = await aiohttp_server(app)
    return gateway, str(server.make_url("")).rstrip("/")


@pytest.mark.parametrize("script", [["lost"], ["ill"], ["wait"], ["lost", "ill", "lost"]], ids="-".join)
async def test_whatever_is_lost_on_the_way_is_acted_on_once(world, aiohttp_server, script):
    gateway, url = await flaky(aiohttp_server, world, "well", *script)
    async with Client(url, patience=5, outage=10) as client:
        session = await client.session()
        answer = await session.say("hello")
        assert answer.text == "You said hello"
        assert [one["text"] for one in await session.since()] == ["hello", "You said hello"]
    assert len(world.worker.heard) == 1
    sent = {body for step, body in gateway.seen[1 : 2 + len(script)]}
    assert len(sent) == 1, "each attempt carries the same id"


async def test_a_gateway_that_stays_ill_is_given_up(world, aiohttp_server):
    _, url = await flaky(aiohttp_server, world, *["ill"] * 50)
    async with Client(url, outage=1) as client:
        with pytest.raises(ServiceUnavailable, match="does not answer as a gateway does"):
            await client.session()


async def test_nobody_there(unused_tcp_port):
    async with Client(f"http://127.0.0.1:{unused_tcp_port}", outage=0.5) as client:
        with pytest.raises(ServiceUnavailable, match="does not answer"):
            await client.session()


async def test_a_client_that_was_not_opened_says_so():
    with pytest.raises(RuntimeError, match="async with Client"):
        await Client("http://127.0.0.1:1").session()


async def heard(session, count, after=0):
    found = []
    async with aclosing(session.stream(after)) as messages:
        while len(found) < count:
            found.append(await messages.__anext__())
    return found


async def test_a_stream_brings_both_sides_and_people_too(client, world):
    session = await client.session()
    listening = asyncio.create_task(heard(session, 5))
    await session.say("two")
    await session.say("person")
    assert [one["seq"] for one in await asyncio.wait_for(listening, 5)] == [1, 2, 3, 4, 5]
    [handoff] = await world.handoffs()
    listening = asyncio.create_task(heard(session, 1, after=5))
    body = {"text": "hello, I am Maren", "agent": "Maren"}
    await world.client.post(f"/api/v1/handoffs/{handoff['id']}/messages", json=body, headers=KEY)
    [said] = await asyncio.wait_for(listening, 5)
    assert (said["seq"], said["from"], said["text"]) == (6, "agent", "hello, I am Maren")


async def test_a_stream_that_is_cut_goes_on_without_gap_or_repetition(client, world):
    session = await client.session()
    listening = asyncio.create_task(heard(session, 12))
    for number in range(6):
        await session.say(f"message {number}")
        if number % 2:
            for connection in list(world.client.server.runner.server.connections):
                if connection.transport is not None:
                    connection.transport.abort()
    messages = await asyncio.wait_for(listening, 20)
    assert [one["seq"] for one in messages] == list(range(1, 13))
    assert messages == await session.since()


async def test_a_stream_with_a_forged_token_is_an_error(client):
    session = await client.session()
    session.token = "forged"
    with pytest.raises(RequestRefused, match="session_refused"):
        await asyncio.wait_for(heard(session, 1), 5)


async def test_a_stream_renews_an_old_token(client, world, monkeypatch):
    session = await client.session()
    old = session.token
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 16 * 86_400)
    await session.say("hello")
    await asyncio.wait_for(heard(session, 2), 5)
    assert session.token != old
    assert (await client.session(session.token)).id == session.id
    monkeypatch.setattr(time, "time", lambda: now + 31 * 86_400)
    assert len(await session.since()) == 2, "the old token would have expired"


async def test_pauses_grow_and_end():
    waiting = Waiting(patience=0, outage=0.6)
    began, went_on = time.monotonic(), 0
    while await waiting.may_go_on(None):
        went_on += 1
    assert 1 <= went_on <= 3
    assert time.monotonic() - began <= 0.7
