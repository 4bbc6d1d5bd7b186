"""The WebSocket: who may open it, what it pushes, how it resumes and ends."""

import asyncio

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError
from gateway_world import KEY, start


@pytest.fixture
async def world(aiohttp_client, aiohttp_server, tmp_path):
    origins = ("https://shop.example",)
    return await start(aiohttp_client, aiohttp_server, tmp_path, allowed_origins=origins)


@pytest.fixture
async def visitor(world):
    return await world.visitor()


async def connect(world, visitor, after=0, **options):
    socket = await world.client.ws_connect("/api/v1/stream", **options)
    await socket.send_json({"token": visitor.token, "after": after})
    return socket


async def frames(socket, count):
    return [await socket.receive_json(timeout=3) for _ in range(count)]


async def test_messages_and_typing_come_as_they_happen(world, visitor):
    socket = await connect(world, visitor)
    await socket.send_json({"type": "ping"})
    assert await frames(socket, 1) == [{"type": "pong"}]
    call = asyncio.create_task(visitor.say("wait", "m1"))
    asked, typing = await frames(socket, 2)
    assert (asked["message"]["from"], asked["message"]["text"]) == ("customer", "wait")
    assert typing == {"type": "typing"}
    world.worker.release.set()
    await call
    while (pushed := (await frames(socket, 1))[0]) == {"type": "typing"}:
        pass  # the worker's own sign, seen or not
    assert [asked["message"], pushed["message"]] == await visitor.history()


async def test_every_tab_sees_everything_once_and_in_order(world, visitor):
    sockets = [await connect(world, visitor) for _ in range(3)]
    await asyncio.gather(*(visitor.say("two", f"m{number}") for number in range(5)))
    history = await visitor.history()
    assert len(history) == 15
    for socket in sockets:
        seen = []
        while len(seen) < 15:
            [frame] = await frames(socket, 1)
            seen += [frame["message"]] if frame["type"] == "message" else []
        assert seen == history


async def test_a_client_resumes_after_the_last_number_it_saw(world, visitor):
    await visitor.say("hello")
    await visitor.say("two")
    socket = await connect(world, visitor, after=2)
    assert [frame["message"] for frame in await frames(socket, 3)] == (await visitor.history())[2:]


async def test_nobody_hears_another_conversation(world, visitor):
    other = await world.visitor()
    socket = await connect(world, other)
    await visitor.say("hello")
    await other.say("mine")
    assert (await frames(socket, 1))[0]["message"]["text"] == "mine"


async def test_what_a_person_says_is_pushed(world, visitor):
    await visitor.say("person")
    socket = await connect(world, visitor, after=2)
    [handoff] = await world.handoffs()
    body = {"text": "hello, I am Maren", "agent": "Maren"}
    await world.client.post(f"/api/v1/handoffs/{handoff['id']}/messages", json=body, headers=KEY)
    [frame] = await frames(socket, 1)
    assert (frame["message"]["from"], frame["message"]["agent"]) == ("agent", "Maren")


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ('{"token": "forged"}', 4401),
        ('{"token": "\\ud800"}', 4401),
        ('{"after": 0}', 1008),
        ("{", 1008),
        ("[]", 1008),
        ('{"token": "TOKEN", "after": "x"}', 1008),
        ('{"token": "TOKEN", "after": true}', 1008),
    ],
)
async def test_a_wrong_first_frame_ends_with_the_reason(world, visitor, first, code):
    socket = await world.client.ws_connect("/api/v1/stream")
    await socket.send_str(first.replace("TOKEN", visitor.token))
    [frame] = await frames(socket, 1)
    assert frame["type"] == "error"
    assert frame["error"]["message"]
    assert (await socket.receive(timeout=3)).type is WSMsgType.CLOSE
    assert socket.close_code == code


async def test_a_client_that_says_nothing_is_cut_off(world, monkeypatch):
    monkeypatch.setattr("bot.gateway.stream.HELLO_TIMEOUT", 0.05)
    socket = await world.client.ws_connect("/api/v1/stream")
    assert (await frames(socket, 1))[0]["error"]["code"] == "session_refused"


@pytest.mark.parametrize("frame", ['{"type": "message", "text": "hi"}', "[]", "x"])
async def test_a_stream_takes_pings_only(world, visitor, frame):
    socket = await connect(world, visitor)
    await socket.send_str(frame)
    assert (await frames(socket, 1))[0]["error"]["code"] == "malformed"
    assert (await socket.receive(timeout=3)).type is WSMsgType.CLOSE


async def test_a_client_that_leaves_early_is_no_error(world, visitor, caplog):
    await (await world.client.ws_connect("/api/v1/stream")).close()
    socket = await connect(world, visitor)
    await socket.close()
    await visitor.say("hello")
    await asyncio.sleep(0.05)
    assert caplog.text == ""
    assert world.parts.hub.listeners(visitor.session_id) == 0


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "x"])
async def test_pages_of_foreign_sites_may_not_connect(world, origin):
    with pytest.raises(WSServerHandshakeError) as caught:
        await world.client.ws_connect("/api/v1/stream", origin=origin)
    assert caught.value.status == 403


async def test_our_own_and_listed_pages_may_connect(world, visitor):
    for origin in (f"http://{world.client.host}:{world.client.port}", "https://shop.example"):
        socket = await connect(world, visitor, origin=origin)
        await socket.send_json({"type": "ping"})
        assert await frames(socket, 1) == [{"type": "pong"}]


async def test_one_session_cannot_hold_endless_streams(world, visitor, monkeypatch):
    monkeypatch.setattr("bot.gateway.stream.MAX_STREAMS", 1)
    first = await connect(world, visitor)
    await first.send_json({"type": "ping"})
    await frames(first, 1)
    second = await connect(world, visitor)
    assert (await frames(second, 1))[0]["error"]["code"] == "rate_limited"


async def test_a_stop_closes_streams_at_once(world, visitor):
    socket = await connect(world, visitor)
    await socket.send_json({"type": "ping"})
    await frames(socket, 1)
    world.parts.hub.close()
    assert (await socket.receive(timeout=3)).type is WSMsgType.CLOSE
    assert socket.close_code == 1001


async def test_a_plain_request_is_told_what_it_is(world):
    response = await world.client.get("/api/v1/stream")
    assert response.status == 400
    assert (await response.json())["error"]["code"] == "bad_request"
