"""Which worker gets a turn, and what a plain Rasa server's pieces are put together to."""

import pytest
from aiohttp import web
from fakes import ScriptedRasa, ScriptedWorker
from gateway_world import Visitor, settings_for

from bot.channels.channel import UserMessage
from bot.errors import DialogueUnavailable, MalformedMessage
from bot.gateway.app import create_app
from bot.gateway.dialogue import WorkerClient, worker_of
from bot.gateway.inner import Inner
from bot.gateway.rasa_rest import RasaRestClient, merge
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


async def test_without_a_worker_a_turn_fails_clearly(inner, unused_tcp_port):
    for ports in ([], [unused_tcp_port]):
        with pytest.raises(DialogueUnavailable):
            await WorkerClient(inner, ports).turn(UserMessage("s1", "m1", "hello")).__anext__()


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
