"""The door itself: every route described, headers strict, nothing heavy imported."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from gateway_world import KEY, settings_for, start
from jsonschema import Draft202012Validator, RefResolver

from bot.gateway.app import OPENAPI, create_app
from bot.gateway.parts import PARTS
from bot.gateway.static import StaticFiles

DESCRIPTION = json.loads(OPENAPI.read_text())


@pytest.fixture
async def world(aiohttp_client, aiohttp_server, tmp_path):
    return await start(aiohttp_client, aiohttp_server, tmp_path, allowed_origins=("https://shop.example",))


def check(value, name):
    schema = {"$ref": f"#/components/schemas/{name}"}
    Draft202012Validator(schema, resolver=RefResolver.from_schema(DESCRIPTION)).validate(value)


def routes(app):
    found = set()
    for route in app.router.routes():
        if route.method != "HEAD":
            found.add((route.method.lower(), route.resource.canonical))
    return found


def test_the_description_has_every_route_and_no_other(tmp_path):
    described = {(method, path) for path, methods in DESCRIPTION["paths"].items() for method in methods}
    assert described == routes(create_app(settings_for(tmp_path, 1)))


def references(node):
    if isinstance(node, dict):
        yield from ([node["$ref"]] if isinstance(node.get("$ref"), str) else [])
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from references(item)


def test_the_description_holds_together():
    assert DESCRIPTION["openapi"] == "3.1.0"
    operations = [call for methods in DESCRIPTION["paths"].values() for call in methods.values()]
    names = [call["operationId"] for call in operations]
    assert len(names) == len(set(names))
    assert all(call["responses"] and call["summary"] for call in operations)
    resolver = RefResolver.from_schema(DESCRIPTION)
    used = set(references(DESCRIPTION))
    for reference in used:
        resolver.resolve(reference)
    for kind in ("schemas", "responses", "parameters"):
        for name in DESCRIPTION["components"][kind]:
            assert f"#/components/{kind}/{name}" in used, f"{name} is described and used nowhere"
    for schema in DESCRIPTION["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


async def test_real_answers_fit_the_description(world):
    check(await (await world.client.post("/api/v1/sessions")).json(), "Session")
    visitor = await world.visitor()
    check(await (await visitor.post(text="ask")).json(), "Turn")
    await visitor.say("person")
    [handoff] = await world.handoffs()
    check(handoff, "Handoff")
    body = {"text": "hi", "agent": "Maren"}
    said = await world.client.post(f"/api/v1/handoffs/{handoff['id']}/messages", json=body, headers=KEY)
    check((await said.json())["message"], "AgentMessage")
    await world.client.post(f"/api/v1/handoffs/{handoff['id']}/close", headers=KEY)
    history = await visitor.history()
    assert [line["from"] for line in history] == ["customer", "bot", "customer", "bot", "agent", "bot"]
    for line in history:
        check(line, "Message")
    check(await (await world.client.get("/readyz")).json(), "Readiness")
    check(await (await world.client.get("/nope")).json(), "Error")
    found = await (await world.client.get("/api/v1/search?q=tent", headers=KEY)).json()
    check(found["hits"][0], "Hit")
    assert await (await world.client.get("/api/v1/openapi.json")).json() == DESCRIPTION


@pytest.mark.parametrize("path", ["/channels/slack/events", "/channels/telegram/webhook"])
async def test_channels_that_are_off_say_so(world, path):
    response = await world.client.post(path, data=b"{}")
    assert (response.status, (await response.json())["error"]["code"]) == (404, "channel_off")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nope", 404, "not_found"),
        ("GET", "/static/../../settings.py", 404, "not_found"),
        ("GET", "/static/%2e%2e/settings.py", 404, "not_found"),
        ("DELETE", "/api/v1/messages", 405, "method_not_allowed"),
        ("PROPFIND", "/api/v1/messages", 405, "method_not_allowed"),
    ],
)
async def test_what_is_not_there_is_an_error_like_all_others(world, method, path, status, code):
    response = await world.client.request(method, path)
    assert (response.status, (await response.json())["error"]["code"]) == (status, code)
    assert status != 405 or "GET" in response.headers["Allow"]


@pytest.mark.parametrize("path", ["/healthz", "/nope", "/api/v1/messages", "/api/v1/openapi.json"])
async def test_every_answer_has_strict_headers(world, path):
    headers = (await world.client.get(path)).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")
    assert headers["Cache-Control"] == "no-store"
    assert "aiohttp" not in headers["Server"]


@pytest.fixture
async def pages(aiohttp_client, tmp_path):
    """A gateway whose page and widget are files of this test."""
    (tmp_path / "index.html").write_text("<!doctype html><title>Shop</title>")
    (tmp_path / "widget.js").write_text("export {};")
    app = create_app(settings_for(tmp_path / "var", 1, allowed_origins=("https://shop.example",)))
    app[PARTS] = replace(app[PARTS], files=StaticFiles(tmp_path))
    return await aiohttp_client(app)


async def test_the_page_and_the_widget(pages):
    page = await pages.get("/")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    again = await pages.get("/", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status == 304
    assert again.headers["Content-Security-Policy"] == policy, "a 304 replaces the cached headers"
    widget = await pages.get("/widget.js", headers={"Origin": "https://shop.example"})
    assert widget.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert widget.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert widget.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert widget.headers["Cache-Control"] == "no-cache"


PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


async def test_listed_origins_may_call_the_api(world):
    origin = {"Origin": "https://shop.example"}
    asked = await world.client.options("/api/v1/messages", headers={**origin, **PREFLIGHT})
    assert asked.status == 204
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    called = await world.client.post("/api/v1/sessions", headers=origin)
    refused = await world.client.post("/api/v1/messages", headers=origin)
    for response in (asked, called, refused):
        assert response.headers["Access-Control-Allow-Origin"] == "https://shop.example"
        assert response.headers["Vary"] == "Origin"
        assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://shop.example.evil", "null", "*", "HTTPS://SHOP.EXAMPLE"]
)
async def test_other_origins_may_not(world, origin):
    asked = await world.client.options("/api/v1/messages", headers={"Origin": origin, **PREFLIGHT})
    assert asked.status == 403
    called = await world.client.post("/api/v1/sessions", headers={"Origin": origin})
    for response in (asked, called):
        assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/", "/channels/slack/events"])
async def test_what_is_not_for_pages_is_closed_to_all_origins(world, path):
    response = await world.client.get(path, headers={"Origin": "https://shop.example"})
    assert "Access-Control-Allow-Origin" not in response.headers


async def test_metrics_count_without_what_visitors_choose(world):
    visitor = await world.visitor()
    await visitor.say("hello")
    await visitor.say("garbage")
    await world.client.get("/secret-path")
    await world.client.request("PROPFIND", "/healthz")
    response = await world.client.get("/metrics")
    text = await response.text()
    assert response.content_type == "text/plain"
    assert 'frontdesk_turns_total{outcome="answered"} 1.0' in text
    assert 'frontdesk_turns_total{outcome="failed"} 1.0' in text
    assert 'frontdesk_replies_total{rung="handoff"} 1.0' in text
    assert 'frontdesk_requests_total{method="POST",route="/api/v1/messages",status="200"} 2.0' in text
    assert 'route="unmatched",status="404"' in text
    for chosen in ("secret-path", "PROPFIND", visitor.session_id, "hello"):
        assert chosen not in text


def test_the_gateway_imports_nothing_heavy():
    heavy = [
        "rasa",
        "rasa_sdk",
        "torch",
        "tensorflow",
        "faiss",
        "onnx",
        "onnxruntime",
        "transformers",
        "sklearn",
        "numpy",
        "retrieval",
        "bot.answering",
    ]
    code = f"import sys, bot.gateway.app; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
