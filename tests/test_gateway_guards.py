"""What every request must pass: a limit on every path there is, and bodies that are small, plain and prompt."""

import asyncio
import itertools
import json
import time

import pytest
from aiohttp import WSMsgType, web
from desk_world import agent, staffed
from gateway_world import settings_for, start

from bot.gateway import limits
from bot.gateway.app import OPENAPI, create_app
from bot.gateway.desk.parts import PER_ACCOUNT_EVERYWHERE
from bot.gateway.guards import UNLIMITED

DESCRIPTION = json.loads(OPENAPI.read_text())
ADDRESSES = itertools.count(1)
# The limits of handlers must answer in the same way as the one of the middleware: these get as far as theirs.
BODIES = {
    "/api/v1/sessions": {},
    "/desk/api/login": {"name": "Nobody", "password": "wrong wrong wrong"},
}


def new_address():
    number = next(ADDRESSES)
    return {"X-Forwarded-For": f"10.0.{number // 250}.{number % 250 + 1}"}


@pytest.fixture
async def world(aiohttp_client, aiohttp_server, tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "ADDRESS_FACTOR", 3)
    monkeypatch.setattr(limits, "READ_FACTOR", 3)
    # Time stands still for the limits: on a busy machine they would let one more through.
    monkeypatch.setattr(limits.Limiter.__init__, "__defaults__", (lambda: 100.0,))
    tight = {"messages_per_minute": 2, "sessions_per_minute": 2, "trusted_proxies": ("127.0.0.0/8",)}
    return await start(aiohttp_client, aiohttp_server, tmp_path, **tight)


async def limited(response):
    """Say whether this is the documented refusal; whatever else has its status is a failure."""
    if response.status != 429:
        return False
    if response.method == "HEAD":
        return int(response.headers["Retry-After"]) >= 1
    error = (await response.json())["error"]
    assert error["code"] == "rate_limited"
    assert isinstance(error["retry_after"], int) and error["retry_after"] >= 1
    assert response.headers["Retry-After"] == str(error["retry_after"])
    assert error["message"]
    return True


async def uses_until_limited(client, method, path, headers, described=None, most=30):
    """Ask until the limit; every answer on the way must be one that ``described`` knows."""
    for used in range(most):
        response = await client.request(method, path, json=BODIES.get(path, {}), headers=headers)
        assert described is None or str(response.status) in described, (method, path, response.status)
        if await limited(response):
            return used
    return None


async def test_every_route_is_limited_or_says_why_not(world):
    """A path that somebody adds is found here by itself; it needs a limit, or a reason in ``UNLIMITED``."""
    routes = {(route.method, route.resource.canonical) for route in world.client.server.app.router.routes()}
    assert len(routes) > 35
    unlimited = set()
    for method, path in sorted(routes):
        real = path.replace("{", "").replace("}", "")
        described = DESCRIPTION["paths"][path]["get" if method == "HEAD" else method.lower()]["responses"]
        if await uses_until_limited(world.client, method, real, new_address(), described) is None:
            unlimited.add(path)
    assert unlimited == set(UNLIMITED)
    assert all(len(reason) > 20 for reason in UNLIMITED.values())


async def test_what_is_no_route_is_limited_too(world):
    for method, path in (("GET", "/nope"), ("DELETE", "/api/v1/messages"), ("PROPFIND", "/")):
        assert await uses_until_limited(world.client, method, path, new_address()) == 18


async def test_one_address_does_not_use_up_what_another_has(world):
    spent = new_address()
    assert await uses_until_limited(world.client, "GET", "/readyz", spent) == 18
    assert (await world.client.get("/readyz", headers=new_address())).status != 429
    assert (await world.client.get("/readyz", headers=spent)).status == 429
    assert (await world.client.get("/healthz", headers=spent)).status == 200


async def test_a_session_is_limited_from_whatever_address_it_comes(world):
    visitor = await world.visitor()
    for path, uses in (("/api/v1/messages", 6), ("/api/v1/feedback", 0)):
        for used in range(uses + 1):
            method = "GET" if path.endswith("messages") else "POST"
            headers = {**visitor.headers, **new_address()}
            response = await world.client.request(method, path, json={}, headers=headers)
            assert await limited(response) == (used == uses), (path, used)
    other = await world.visitor()
    assert (await world.client.get("/api/v1/messages", headers={**other.headers, **new_address()})).status == 200


async def test_new_sessions_are_few(world):
    assert await uses_until_limited(world.client, "POST", "/api/v1/sessions", new_address()) == 2


async def test_passwords_are_guessed_slowly_from_however_many_addresses(world):
    headers = {"Origin": f"http://{world.client.host}:{world.client.port}", "X-Frontdesk-Desk": "1"}
    body = {"name": "Maren", "password": "wrong wrong wrong"}
    tried, began = 0, time.monotonic()
    while not await limited(
        await world.client.post("/desk/api/login", json=body, headers={**headers, **new_address()})
    ):
        tried += 1
        refilled = (time.monotonic() - began) / 60 * PER_ACCOUNT_EVERYWHERE
        assert tried <= PER_ACCOUNT_EVERYWHERE + refilled + 1
    assert tried >= PER_ACCOUNT_EVERYWHERE


async def test_frames_of_a_stream_are_counted(world):
    visitor = await world.visitor()
    socket = await world.client.ws_connect("/api/v1/stream", headers=new_address())
    await socket.send_json({"token": visitor.token})
    for _ in range(8):
        await socket.send_json({"type": "ping"})
    heard = [await socket.receive_json(timeout=3) for _ in range(7)]
    assert [frame["type"] for frame in heard] == ["pong"] * 6 + ["error"]
    assert heard[-1]["error"]["code"] == "rate_limited"
    assert heard[-1]["error"]["retry_after"] >= 1
    assert (await socket.receive(timeout=3)).type is WSMsgType.CLOSE


async def test_an_address_holds_so_many_streams_and_no_more(aiohttp_client, aiohttp_server, tmp_path):
    """Each of another session, or of none: who says nothing holds a connection too."""
    world = await start(aiohttp_client, aiohttp_server, tmp_path, streams_per_address=2)
    first = await world.client.ws_connect("/api/v1/stream")
    second = await world.client.ws_connect("/api/v1/stream")
    assert await limited(await world.client.get("/api/v1/stream"))
    await first.close()
    await second.close()
    again = await world.client.ws_connect("/api/v1/stream")
    await again.close()


# --- bodies


@pytest.mark.parametrize("path", ["/api/v1/messages", "/api/v1/feedback", "/api/v1/identify", "/desk/api/login"])
async def test_files_cannot_be_uploaded(world, path):
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n--x--\r\n'
    headers = {**new_address(), "Content-Type": "multipart/form-data; boundary=x"}
    response = await world.client.post(path, data=body, headers=headers)
    assert response.status == 415
    error = (await response.json())["error"]
    assert (error["code"], "Files cannot be uploaded" in error["message"]) == ("unsupported_media_type", True)


async def raw(world, text, wait=3.0):
    """Send bytes as they are; returns what comes first."""
    reader, writer = await asyncio.open_connection(world.client.host, world.client.port)
    writer.write(text)
    try:
        return await asyncio.wait_for(reader.read(65_536), wait)
    except asyncio.TimeoutError:
        return b"still open"
    finally:
        writer.close()


async def test_a_slow_body_is_cut(world, monkeypatch):
    monkeypatch.setattr("bot.gateway.guards.BODY_SECONDS", 0.2)
    head = b"POST /api/v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
    answer = await raw(world, head, 15)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "request_timeout"


async def test_a_body_that_breaks_off_is_no_fault_of_ours(world, caplog):
    reader, writer = await asyncio.open_connection(world.client.host, world.client.port)
    writer.write(b"POST /api/v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{")
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()
    await asyncio.sleep(0.1)
    assert "failed" not in caplog.text


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 9000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: a\r\n" % number for number in range(200)) + b"\r\n",
    ],
    ids=["line", "field", "count"],
)
async def test_headers_have_a_size(world, head):
    assert (await raw(world, head)).startswith(b"HTTP/1.0 400 ")


@pytest.mark.parametrize("length", [b"65537", b"99999999999999999999"])
async def test_a_body_that_says_it_is_too_large_is_not_read(world, length):
    head = b"POST /api/v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\n"
    assert (await raw(world, head, 15)).startswith((b"HTTP/1.1 413 ", b"HTTP/1.0 400 "))


async def test_a_body_that_does_not_say_is_stopped(world):
    async def endless():
        for _ in range(40):
            yield b"x" * 4096

    visitor = await world.visitor()
    response = await world.client.post("/api/v1/messages", data=endless(), headers=visitor.headers)
    assert (response.status, (await response.json())["error"]["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("depth", [33, 900, 30_000])
async def test_brackets_in_brackets_in_brackets(world, depth):
    visitor = await world.visitor()
    body = b'{"text": "hello", "more": ' + b"[" * depth + b"]" * depth + b"}"
    response = await world.client.post("/api/v1/messages", data=body, headers=visitor.headers)
    assert (response.status, (await response.json())["error"]["code"]) == (400, "malformed")
    assert world.worker.heard == []


async def test_a_frame_of_a_stream_has_a_size(world):
    socket = await world.client.ws_connect("/api/v1/stream", headers=new_address())
    await socket.send_str("x" * 20_000)
    while (await socket.receive(timeout=3)).type not in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED):
        pass  # what it says before
    assert socket.close_code == 1009


async def test_headers_that_come_slowly_are_cut(tmp_path):
    """As the gateway is served; only the time is shorter."""
    runner = web.AppRunner(create_app(settings_for(tmp_path, 1)), keepalive_timeout=0.3)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    reader, writer = await asyncio.open_connection(*runner.addresses[0][:2])
    try:
        for line in (b"GET / HTTP/1.1\r\n", b"Host: x\r\n", b"X-Slow: 1\r\n"):
            writer.write(line)
            await asyncio.sleep(0.05)
        assert await asyncio.wait_for(reader.read(), 5) == b""
    finally:
        writer.close()
        await runner.cleanup()


# --- other sites


async def test_only_the_cookie_goes_by_itself_and_every_change_with_it_checks_the_page(
    aiohttp_client, aiohttp_server, tmp_path
):
    world = await staffed(aiohttp_client, aiohttp_server, tmp_path)
    maren = await agent(world, "Maren")
    foreign = {"Cookie": maren.cookie, "Origin": "https://evil.example", "X-Frontdesk-Desk": "1"}
    for route in world.client.server.app.router.routes():
        path = route.resource.canonical.replace("{", "").replace("}", "")
        if route.method in ("GET", "HEAD") or route.resource.canonical.startswith("/channels/"):
            continue
        response = await world.client.request(route.method, path, json={}, headers=foreign)
        code = (await response.json()).get("error", {}).get("code", "none")
        if path.startswith("/desk/"):
            assert (response.status, code) == (403, "origin_refused"), path
        elif path != "/api/v1/sessions":
            assert response.status == 401, f"{path} lets the cookie in"
