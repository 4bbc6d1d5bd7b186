"""Which worker gets a turn, and what a plain Rasa server's pieces are put together to."""

import asyncio
import time

import pytest
from aiohttp import web
from fakes import ScriptedRasa, ScriptedWorker
from gateway_world import Visitor, settings_for

from bot import starter
from bot.channels.channel import UserMessage
from bot.dialogue.database import CONNECT_SECONDS, STATEMENT_MILLISECONDS
from bot.errors import DialogueUnavailable, MalformedMessage
from bot.gateway.app import create_app
from bot.gateway.dialogue import READY_TIMEOUT, WorkerClient, worker_of
from bot.gateway.inner import Inner
from bot.gateway.rasa_rest import RasaRestClient, merge
from bot.live import Live, LivePorts, write_live
from bot.messages import CUSTOM_KEY, Button, Reply, Source


@pytest.fixture
async def inner():
    inner = Inner("inner")
    await inner.open()
    yield inner
    await inner.close()


def test_the_same_sender_always_has_the_same_worker():
    owners = {f"s{number}": worker_of(f"s{number}", 4) for number in range(200)}
    assert owners == {sender: worker_of(sender, 4) for sender in owners}
    assert worker_of("s1", 4) == 3, "fixed for all times: a tracker lives where its worker is"
    assert {list(owners.values()).count(worker) > 20 for worker in range(4)} == {True}


async def test_turns_reach_the_worker_of_the_sender(inner, aiohttp_server):
    workers = [ScriptedWorker(), ScriptedWorker()]
    ports = [(await aiohttp_server(worker.app())).port for worker in workers]
    client = WorkerClient(inner, ports)
    for number in range(10):
        events = [event async for event in client.turn(UserMessage(f"s{number}", "m", "hello"))]
        assert isinstance(events[-1], Reply)
    for place, worker in enumerate(workers):
        assert {worker_of(turn["sender_id"], 2) for turn in worker.heard} == {place}


async def test_readiness_names_the_worker_that_is_missing(inner, aiohttp_server, unused_tcp_port):
    worker = ScriptedWorker()
    port = (await aiohttp_server(worker.app())).port
    assert await WorkerClient(inner, [port]).not_ready() == ""
    problem = await WorkerClient(inner, [port, unused_tcp_port]).not_ready()
    assert "worker 1 does not answer" in problem
    assert str(unused_tcp_port) not in problem, "anybody may read it"
    worker.ready = False
    assert "loading" in await WorkerClient(inner, [port]).not_ready()
    assert "No dialogue worker" in await WorkerClient(inner, []).not_ready()


async def test_a_worker_may_wait_for_its_database_before_it_is_called_dead(inner, aiohttp_server):
    async def readyz(request):
        await asyncio.sleep(CONNECT_SECONDS)
        return web.json_response({"ready": False, "missing": "database"}, status=503)

    app = web.Application()
    app.router.add_get("/readyz", readyz)
    port = (await aiohttp_server(app)).port
    assert "cannot reach its database" in await WorkerClient(inner, [port]).not_ready()
    assert CONNECT_SECONDS < STATEMENT_MILLISECONDS / 1000 < READY_TIMEOUT.total < starter.READY_TIMEOUT


async def test_without_a_worker_a_turn_fails_clearly(inner, unused_tcp_port):
    for ports in ([], [unused_tcp_port]):
        with pytest.raises(DialogueUnavailable):
            await WorkerClient(inner, ports).turn(UserMessage("s1", "m1", "hello")).__anext__()


class Worker:
    """A worker on a port of its own that can be away; the words decide how often a turn breaks off."""

    def __init__(self, port, breaks=0):
        self.port, self.breaks, self.heard, self.runner = port, breaks, [], None

    async def start(self):
        app = web.Application()
        app.add_routes([web.post("/v1/turns", self._turn), web.get("/readyz", self._readyz)])
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", self.port).start()

    async def _readyz(self, request):
        return web.json_response({"ready": True})

    async def _turn(self, request):
        self.heard.append((await request.json())["message_id"])
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"type": "reply", "reply": {"text": "one"}}\n')
        if len(self.heard) <= self.breaks:
            request.transport.close()
            return response
        await response.write(b'{"type": "reply", "reply": {"text": "two"}}\n{"type": "end"}\n')
        return response


@pytest.fixture
async def worker(unused_tcp_port):
    worker = Worker(unused_tcp_port)
    yield worker
    if worker.runner is not None:
        await worker.runner.cleanup()


async def said(client, message_id="m1"):
    events = [event async for event in client.turn(UserMessage("s1", message_id, "hello"))]
    return [event.text for event in events if isinstance(event, Reply)]


async def test_a_worker_that_is_away_is_waited_for(inner, worker):
    turn = asyncio.create_task(said(WorkerClient(inner, [worker.port], patience=5)))
    await asyncio.sleep(0.5)
    await worker.start()
    assert await turn == ["one", "two"]
    assert worker.heard == ["m1"]


async def test_a_turn_that_waits_while_everything_is_stopped_fails_clearly(inner, tmp_path, unused_tcp_port):
    path = tmp_path / "dialogue.json"
    write_live(path, Live((unused_tcp_port,)))
    turn = asyncio.create_task(said(WorkerClient(inner, LivePorts(path, ()), patience=1)))
    await asyncio.sleep(0.3)
    write_live(path, Live(()))
    with pytest.raises(DialogueUnavailable, match="No dialogue worker is known"):
        await turn


async def test_a_worker_that_stays_away_is_not_waited_for_longer_than_patience(inner, unused_tcp_port):
    began = time.monotonic()
    with pytest.raises(DialogueUnavailable, match="worker 0 cannot be reached"):
        await said(WorkerClient(inner, [unused_tcp_port], patience=0.5))
    assert 0.4 < time.monotonic() - began < 2


async def test_a_turn_that_was_cut_short_is_asked_again_and_nothing_is_said_twice(inner, worker):
    worker.breaks = 1
    await worker.start()
    assert await said(WorkerClient(inner, [worker.port], patience=5)) == ["one", "two"]
    assert worker.heard == ["m1", "m1"], "under the same id: the worker knows it when it has worked it"


async def test_a_turn_that_kills_its_worker_is_asked_twice_and_not_again(inner, worker):
    worker.breaks = 100
    await worker.start()
    with pytest.raises(DialogueUnavailable, match="broke off"):
        await said(WorkerClient(inner, [worker.port], patience=5))
    assert worker.heard == ["m1", "m1"]


async def test_a_turn_goes_to_the_workers_that_are_live_now(inner, worker, tmp_path, unused_tcp_port_factory):
    path, gone = tmp_path / "dialogue.json", unused_tcp_port_factory()
    write_live(path, Live((gone,)))
    turn = asyncio.create_task(said(WorkerClient(inner, LivePorts(path, ()), patience=5)))
    await asyncio.sleep(0.3)
    await worker.start()
    write_live(path, Live((worker.port,)))
    assert await turn == ["one", "two"]


async def test_readiness_tells_a_missing_database_from_a_missing_model(inner, aiohttp_server):
    async def readyz(request):
        return web.json_response({"ready": False, "missing": "database"}, status=503)

    app = web.Application()
    app.router.add_get("/readyz", readyz)
    assert "database" in await WorkerClient(inner, [(await aiohttp_server(app)).port]).not_ready()


LADDER = {"rung": "ticket", "confidence": 0.8, "sources": [{"id": "t", "title": "T", "excerpt": "E", "score": 0.5}]}
TICKET = {"rung": "ticket", "confidence": 0.8, "sources": (Source("t", "T", "E", 0.5),)}


@pytest.mark.parametrize(
    ("items", "replies"),
    [
        ([], []),
        ([{"text": "a"}], [Reply("a")]),
        ([{"text": "a"}, {"text": "b"}], [Reply("a"), Reply("b")]),
        ([{"text": "a"}, {"custom": {CUSTOM_KEY: LADDER}}], [Reply("a", **TICKET)]),
        ([{"text": "a"}, {"text": "b"}, {"custom": {CUSTOM_KEY: LADDER}}], [Reply("a\n\nb", **TICKET)]),
        (
            [{"text": "a"}, {"text": "b", "buttons": [{"title": "Yes", "payload": "/affirm", "type": "x"}]}],
            [Reply("a"), Reply("b", buttons=(Button("Yes", "/affirm"),))],
        ),
        (
            [
                {"text": "b", "buttons": [{"title": "Yes", "payload": "/y"}]},
                {"custom": {CUSTOM_KEY: LADDER}},
                {"text": "c"},
            ],
            [Reply("b", buttons=(Button("Yes", "/y"),), **TICKET), Reply("c")],
        ),
        ([{"text": "a"}, {"custom": {"other": 1}}, {"image": "x"}], [Reply("a")]),
        ([{"custom": {CUSTOM_KEY: LADDER}}], []),
        (
            [{"text": "a"}, {"custom": {CUSTOM_KEY: {"rung": "handoff", "handoff": "asked"}}}],
            [Reply("a", rung="handoff", handoff="asked")],
        ),
    ],
)
def test_pieces_are_put_together(items, replies):
    assert merge(items) == replies


@pytest.mark.parametrize("items", [None, {}, "x", [1], [{"text": "a"}, {"custom": {CUSTOM_KEY: {"rung": "x"}}}]])
def test_what_is_no_answer_of_rasa_is_refused(items):
    with pytest.raises(MalformedMessage):
        merge(items)


async def test_a_plain_rasa_server_answers_through_the_gateway(aiohttp_client, aiohttp_server, tmp_path):
    rasa = ScriptedRasa([{"recipient_id": "x", "text": "hello"}, {"custom": {CUSTOM_KEY: LADDER}}])
    url = str((await aiohttp_server(rasa.app())).make_url("/"))
    client = await aiohttp_client(create_app(settings_for(tmp_path, 1, rasa_url=url)))
    data = await (await client.post("/api/v1/sessions")).json()
    visitor = Visitor(client, data["session_id"], data["token"])
    [reply] = await visitor.say("/restart")
    assert (reply["text"], reply["rung"], reply["sources"][0]["id"]) == ("hello", "ticket", "t")
    assert rasa.heard == [{"sender": visitor.session_id, "message": "restart"}]
    rasa.items = []
    assert (await visitor.say("hi"))[0]["text"].startswith("Sorry"), "Rasa's silence is a failure"


@pytest.mark.parametrize(("status", "problem"), [(200, ""), (500, "answered 500")])
async def test_readiness_of_a_plain_rasa_server(inner, aiohttp_server, status, problem):
    url = str((await aiohttp_server(ScriptedRasa([], status).app())).make_url("/"))
    client = RasaRestClient(inner, url)
    assert problem in await client.not_ready()
    with pytest.raises(DialogueUnavailable):
        [event async for event in client.turn(UserMessage("s1", "m1", "hi"))]


async def test_a_rasa_server_that_is_not_there(inner, unused_tcp_port):
    problem = await RasaRestClient(inner, f"http://127.0.0.1:{unused_tcp_port}").not_ready()
    assert "does not answer" in problem
    assert str(unused_tcp_port) not in problem, "anybody may read it"


async def test_a_rasa_server_is_told_no_token_and_sends_nobody_elsewhere(inner, aiohttp_server):
    seen = []

    async def remember(request):
        seen.append((request.path, dict(request.headers)))
        raise web.HTTPTemporaryRedirect("/elsewhere")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", remember)
    client = RasaRestClient(inner, str((await aiohttp_server(app)).make_url("/")))
    assert "answered 307" in await client.not_ready()
    with pytest.raises(DialogueUnavailable, match="answered 307"):
        [event async for event in client.turn(UserMessage("s1", "m1", "hi"))]
    assert [path for path, _ in seen] == ["/", "/webhooks/rest/webhook"]
    assert all("Authorization" not in headers for _, headers in seen)


async def test_a_worker_that_stops_a_turn_at_its_limit_is_told_apart(aiohttp_client, aiohttp_server, tmp_path):
    async def turns(request):
        return web.Response(body=b'{"type": "error", "error": {"code": "timeout", "message": "x"}}\n')

    app = web.Application()
    app.router.add_post("/v1/turns", turns)
    client = await aiohttp_client(create_app(settings_for(tmp_path, (await aiohttp_server(app)).port)))
    data = await (await client.post("/api/v1/sessions")).json()
    [reply] = await Visitor(client, data["session_id"], data["token"]).say("hello")
    assert "taking longer" in reply["text"]
