"""Messages through the public door: order, once only, never silent."""

import asyncio
import json
import logging
import socket

import pytest
from gateway_world import settings_for, start, until

from bot.gateway.app import create_app

pytestmark = pytest.mark.usefixtures("each_engine")


@pytest.fixture
async def world(aiohttp_client, aiohttp_server, tmp_path):
    return await start(aiohttp_client, aiohttp_server, tmp_path, turn_timeout_seconds=0.5)


@pytest.fixture
async def visitor(world):
    return await world.visitor()


async def test_a_question_and_its_answer(world, visitor):
    response = await visitor.post(text="hello", message_id="m1")
    data = await response.json()
    assert (response.status, data["seq"], data["owner"], data["message_id"]) == (200, 1, "bot", "m1")
    [reply] = data["replies"]
    assert set(reply) == {"seq", "text", "rung", "confidence", "sources", "buttons", "answer_id"}
    assert (reply["seq"], reply["text"]) == (2, "You said hello")
    assert len(reply["answer_id"]) == 32, "every reply can be rated"
    assert world.worker.heard == [{"sender_id": visitor.session_id, "message_id": "m1", "text": "hello"}]
    history = await visitor.history()
    assert [(line["from"], line["text"]) for line in history] == [("customer", "hello"), ("bot", "You said hello")]
    assert await visitor.history(after=1) == history[1:]


async def test_several_replies_keep_their_order(visitor):
    assert [(reply["seq"], reply["text"]) for reply in await visitor.say("two")] == [
        (2, "You said two"),
        (3, "And more."),
    ]


async def test_the_same_message_id_does_nothing_twice(world, visitor):
    first = await visitor.say("hello", "m1")
    assert await visitor.say("hello", "m1") == first
    response = await visitor.post(text="quite other words", message_id="m1")
    assert (response.status, (await response.json())["error"]["code"]) == (409, "message_id_reused")
    assert len(world.worker.heard) == 1
    assert len(await visitor.history()) == 2


async def test_the_same_message_id_while_the_first_is_at_work_waits_for_it(world, visitor):
    calls = [asyncio.create_task(visitor.say("wait", "m1")) for _ in range(5)]
    await until(lambda: world.worker.heard)
    await asyncio.sleep(0.05)
    world.worker.release.set()
    answers = await asyncio.gather(*calls)
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0]["text"] == "You said wait"
    assert len(world.worker.heard) == 1


async def test_one_conversation_is_in_order_and_many_run_at_once(world):
    visitors = [await world.visitor() for _ in range(5)]
    calls = [asyncio.create_task(v.say(f"wait {n}", f"m{n}")) for v in visitors for n in range(3)]
    await until(lambda: world.worker.working == 5)
    world.worker.release.set()
    await asyncio.gather(*calls)
    assert world.worker.most_working == 5, "one turn of each conversation at a time"
    for visitor in visitors:
        history = await visitor.history()
        asked = [line["message_id"] for line in history if line["from"] == "customer"]
        assert [line["in_reply_to"] for line in history if line["from"] == "bot"] == asked
        assert [turn["message_id"] for turn in world.worker.heard if turn["sender_id"] == visitor.session_id] == asked


@pytest.mark.parametrize("text", ["refuse", "die", "cut", "garbage", "error", "huge", "silent", "blank", "slow"])
async def test_failure_ends_in_a_calm_sentence_and_the_next_message_works(visitor, text):
    reply = (await visitor.say(text))[-1]
    assert (reply["rung"], reply["confidence"]) == ("handoff", 0.0)
    assert reply["text"].startswith("Sorry")
    assert [button["title"] for button in reply["buttons"]] == ["Talk to a person"]
    assert (await visitor.history())[-1]["seq"] == reply["seq"], "it is stored"
    assert (await visitor.say("hello"))[0]["text"] == "You said hello"


async def test_what_was_said_before_a_failure_stands(visitor):
    assert [reply["text"].split()[0] for reply in await visitor.say("die")] == ["You", "Sorry,"]


@pytest.mark.parametrize("text", ["/restart", " //restart", "/ restart"])
async def test_a_typed_command_reaches_the_worker_as_words(world, visitor, text):
    await visitor.say(text)
    assert world.worker.heard[0]["text"] == "restart"
    assert (await visitor.history())[0]["text"] == text.strip()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"text": ""}', 400, "empty_message"),
        (b'{"text": " / "}', 400, "empty_message"),
        (b"{", 400, "malformed"),
        (b"", 400, "malformed"),
        (b"[1]", 400, "malformed"),
        (b"[" * 60_000, 400, "malformed"),
        (b'{"text": 5}', 400, "malformed"),
        (b'{"text": "hi", "message_id": "\\n"}', 400, "malformed"),
        (b'{"text": "btn.\\ud800"}', 400, "button_refused"),
        (json.dumps({"text": "x" * 4001}).encode(), 413, "text_too_long"),
        (json.dumps({"text": "x" * 100_000}).encode(), 413, "body_too_large"),
    ],
)
async def test_bad_input_gets_a_clear_error_and_leaves_nothing(world, visitor, body, status, code):
    response = await world.client.post("/api/v1/messages", data=body, headers=visitor.headers)
    assert (response.status, (await response.json())["error"]["code"]) == (status, code)
    assert await visitor.history() == []
    assert world.worker.heard == []


async def test_a_body_without_a_length_is_measured_as_it_comes(world, visitor):
    async def endless():
        for _ in range(100):
            yield b"x" * 10_000

    response = await world.client.post("/api/v1/messages", data=endless(), headers=visitor.headers)
    assert response.status == 413


async def test_a_packed_body_is_refused(world, visitor):
    headers = {**visitor.headers, "Content-Encoding": "gzip"}
    response = await world.client.post("/api/v1/messages", data=b"no gzip at all", headers=headers)
    assert response.status == 415


@pytest.mark.parametrize("token", ["", "x", "ImEi.aaaa.bbbb"])
@pytest.mark.parametrize(("method", "path"), [("POST", "messages"), ("GET", "messages"), ("POST", "feedback")])
async def test_without_a_session_nothing_is_done(world, method, path, token):
    headers = {"Authorization": f"Bearer {token}"}
    response = await world.client.request(method, f"/api/v1/{path}", headers=headers, data=b"{}")
    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert (await response.json())["error"]["code"] == "session_refused"


async def test_a_header_that_is_no_utf8_is_a_refused_session(world):
    with socket.create_connection((world.client.host, world.client.port)) as raw:
        raw.sendall(b"GET /api/v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff.a\r\n\r\n")
        answer = await asyncio.get_running_loop().run_in_executor(None, raw.recv, 1000)
    assert answer.startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "１", "9" * 30, ""])
async def test_resume_wants_a_number(world, visitor, after):
    response = await world.client.get("/api/v1/messages", params={"after": after}, headers=visitor.headers)
    assert response.status == 400


async def test_feedback_on_an_answer_of_this_session(world, visitor):
    answer_id = (await visitor.say("hello"))[0]["answer_id"]

    async def rate(who, **body):
        return (await world.client.post("/api/v1/feedback", json=body, headers=who.headers)).status

    assert await rate(visitor, answer_id=answer_id, value="up") == 200
    assert await rate(visitor, answer_id=answer_id, value="down", comment="not quite") == 200
    assert await rate(visitor, answer_id="unknown", value="up") == 404
    assert await rate(await world.visitor(), answer_id=answer_id, value="up") == 404
    for body in ({"value": "up"}, {"answer_id": answer_id}, {"answer_id": answer_id, "value": "sideways"}):
        assert await rate(visitor, **body) == 400
    assert await rate(visitor, answer_id=answer_id, value="up", comment=5) == 400
    assert await rate(visitor, answer_id=answer_id, value="up", comment="x" * 4001) == 413


async def test_limits_per_session_and_address(aiohttp_client, aiohttp_server, tmp_path):
    limits = {"messages_per_minute": 3, "sessions_per_minute": 4}
    world = await start(aiohttp_client, aiohttp_server, tmp_path, **limits)
    visitor, other = await world.visitor(), await world.visitor()
    for _ in range(3):
        await visitor.say("hello")
    response = await visitor.post(text="hello")
    assert (response.status, (await response.json())["error"]["code"]) == (429, "rate_limited")
    assert 1 <= int(response.headers["Retry-After"]) <= 20
    await other.say("hello")
    statuses = [(await world.client.post("/api/v1/sessions")).status for _ in range(4)]
    assert statuses == [201, 201, 429, 429]
    claimed = await world.client.post("/api/v1/sessions", headers={"X-Forwarded-For": "203.0.113.9"})
    assert claimed.status == 429, "a header does not make another address"


async def test_messages_left_pending_are_worked_at_the_next_start(aiohttp_client, aiohttp_server, tmp_path):
    world = await start(aiohttp_client, aiohttp_server, tmp_path)
    visitor = await world.visitor()
    calls = [asyncio.create_task(visitor.post(text=text, message_id=text)) for text in ("wait", "second")]
    await until(lambda: world.worker.heard)
    await asyncio.sleep(0.05)
    for call in calls:
        call.cancel()
    # A crash: the lanes stop where they are, and the next process opens the same file.
    await world.parts.lanes.close()
    await world.client.server.close()
    world.worker.release.set()
    world.worker.ready = False
    port, search = world.settings.dialogue.ports[0], world.settings.answers.port
    visitor.client = await aiohttp_client(create_app(settings_for(tmp_path, port, search)))
    late = asyncio.create_task(visitor.say("third", "third"))
    await asyncio.sleep(0.2)
    assert [turn["message_id"] for turn in world.worker.heard] == ["wait"], (
        "nothing is worked before the worker is ready"
    )
    world.worker.ready = True
    assert (await late)[0]["text"] == "You said third"
    assert [line["in_reply_to"] for line in await visitor.history() if line["from"] == "bot"] == [
        "wait",
        "second",
        "third",
    ]
    assert (await visitor.say("wait", "wait"))[0]["text"] == "You said wait"


async def test_customer_text_is_not_logged_at_info(visitor, caplog):
    caplog.set_level(logging.INFO)
    await visitor.say("my zebra is ill")
    await visitor.say("garbage")
    await visitor.post(text="zebra" * 2000)
    assert "zebra" not in caplog.text


async def test_a_bug_is_a_500_without_details(world, visitor, monkeypatch, caplog):
    monkeypatch.setattr(world.parts.ledger, "since", None)
    response = await world.client.get("/api/v1/messages", headers=visitor.headers)
    assert response.status == 500
    assert (await response.json())["error"]["code"] == "internal"
    assert "NoneType" not in await response.text()
    assert "NoneType" in caplog.text
