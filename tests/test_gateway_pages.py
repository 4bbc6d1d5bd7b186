"""Long conversations come in pages: each call and each turn of the stream holds a bounded number of messages."""

import asyncio
import json
from contextlib import aclosing

import pytest
from desk_world import agent, staffed
from gateway_world import KEY, start

from bot.channels.channel import UserMessage
from bot.client import Client
from bot.gateway import conversations, people, stream
from bot.gateway.desk import inbox
from bot.gateway.ledger import Ledger
from bot.gateway.storage.database import Database
from bot.gateway.transcript import PAGE

pytestmark = pytest.mark.usefixtures("each_engine")


@pytest.fixture
async def world(aiohttp_client, aiohttp_server, tmp_path):
    return await start(aiohttp_client, aiohttp_server, tmp_path)


@pytest.fixture
def pages_of_three(monkeypatch):
    for module in (conversations, people):
        monkeypatch.setattr(module, "PAGE", 3)


async def long_talk(world, visitor, length):
    """Store a conversation that ends with what the visitor says now; returns its numbers."""
    await visitor.say("person")

    def fill(connection):
        query = "SELECT last_seq FROM conversations WHERE sender_id = ?"
        last = connection.execute(query, (visitor.session_id,)).fetchone()[0]
        for seq in range(last + 1, length + 1):
            connection.execute(
                "INSERT INTO messages (sender_id, seq, author, at, body) VALUES (?, ?, 'agent', '', ?)",
                (visitor.session_id, seq, json.dumps({"text": f"line {seq}", "agent": "Maren"})),
            )
        query = "UPDATE conversations SET last_seq = ? WHERE sender_id = ?"
        connection.execute(query, (length, visitor.session_id))

    await world.parts.ledger._database.write(fill)
    return list(range(1, length + 1))


async def read(world, path, headers):
    response = await world.client.get(path, headers=headers)
    data = await response.json()
    assert response.status == 200, data
    return [message["seq"] for message in data["messages"]], data["more"]


@pytest.mark.parametrize(
    ("after", "numbers", "more"),
    [(0, [1, 2, 3], True), (3, [4, 5, 6], True), (4, [5, 6, 7], False), (6, [7], False), (7, [], False)],
)
async def test_a_call_returns_one_page_and_says_whether_there_is_more(world, pages_of_three, after, numbers, more):
    visitor = await world.visitor()
    await long_talk(world, visitor, 7)
    assert await read(world, f"/api/v1/messages?after={after}", visitor.headers) == (numbers, more)
    [handoff] = await world.handoffs()
    assert await read(world, f"/api/v1/handoffs/{handoff['id']}/messages?after={after}", KEY) == (numbers, more)


async def test_nobody_reads_more_than_a_page_by_default(world):
    visitor = await world.visitor()
    numbers = await long_talk(world, visitor, 2 * PAGE + 1)
    assert await read(world, "/api/v1/messages", visitor.headers) == (numbers[:PAGE], True)
    assert await read(world, f"/api/v1/messages?after={PAGE + 1}", visitor.headers) == (numbers[PAGE + 1 :], False)
    assert len(await world.parts.ledger.since(visitor.session_id, 0)) == PAGE
    [handoff] = await world.handoffs()
    assert len(await world.parts.handoffs.transcript(handoff["id"], 0)) == PAGE


@pytest.mark.parametrize("length", [6, 7])
async def test_the_client_asks_on_and_its_stream_brings_everything(world, pages_of_three, monkeypatch, length):
    asked = limit_reads(world, monkeypatch, 3)
    visitor = await world.visitor()
    numbers = await long_talk(world, visitor, length)
    async with Client(str(world.client.make_url(""))) as client:
        session = await client.session(visitor.token)
        assert [message["seq"] for message in await session.since()] == numbers
        assert [message["seq"] for message in await session.since(5)] == numbers[5:]
        seen = []
        async with aclosing(session.stream()) as messages:
            async for message in messages:
                seen.append(message["seq"])
                if message["seq"] == length:
                    break
            await visitor.say("and now")
            seen.append((await asyncio.wait_for(anext(messages), 3))["seq"])
    assert seen == [*numbers, length + 1]
    assert max(asked) <= 4


def limit_reads(world, monkeypatch, size):
    """Make pages of the stream smaller; returns how much each reading of the ledger has asked for."""
    monkeypatch.setattr(stream, "PAGE", size)
    since, asked = world.parts.ledger.since, []

    async def counted(sender_id, after, limit=size):
        asked.append(limit)
        return await since(sender_id, after, limit)

    monkeypatch.setattr(world.parts.ledger, "since", counted)
    return asked


async def test_a_long_stream_lets_others_have_their_turn(world):
    visitor = await world.visitor()
    numbers = await long_talk(world, visitor, 4 * PAGE)
    other, seen = await world.visitor(), []
    async with world.client.ws_connect("/api/v1/stream", max_msg_size=0) as socket:
        await socket.send_json({"token": visitor.token, "after": 0})
        answered = asyncio.create_task(other.say("hello"))
        while len(seen) < len(numbers):
            seen.append((await socket.receive_json(timeout=10))["message"]["seq"])
        await answered
    assert seen == numbers


async def test_the_latest_message_of_a_button_is_found_by_its_name(tmp_path, ledger_place):
    database = Database(ledger_place)
    await database.open()
    ledger = Ledger(database)
    for message_id in ("b.3.0", "b.3.0.x1", "b.3.0.x9", "b.3.0.x2", "b.3.1.x1", "b.30.0.x1", "b.3.0/"):
        await ledger.accept(UserMessage("pager:1", message_id, "Yes", channel="pager"))
    await ledger.accept(UserMessage("pager:2", "b.3.0.y", "Yes", channel="pager"))
    assert (await ledger.last_named("pager:1", "b.3.0.")).message_id == "b.3.0.x2", "said last, not named last"
    assert await ledger.last_named("pager:1", "b.4.0.") is None
    await database.close()


@pytest.mark.parametrize(
    ("before", "numbers", "more"),
    [("", [5, 6, 7], True), ("?before=5", [2, 3, 4], True), ("?before=4", [1, 2, 3], False), ("?before=1", [], False)],
)
async def test_the_desk_shows_the_last_page_and_those_before_it(
    aiohttp_client, aiohttp_server, tmp_path, monkeypatch, before, numbers, more
):
    monkeypatch.setattr(inbox, "PAGE", 3)
    world = await staffed(aiohttp_client, aiohttp_server, tmp_path)
    await long_talk(world, await world.visitor(), 7)
    [handoff] = await world.handoffs()
    shown = await (await agent(world, "Maren")).get(f"handoffs/{handoff['id']}{before}")
    assert ([message["seq"] for message in shown["messages"]], shown["more"]) == (numbers, more)
    assert shown["handoff"]["last"]["seq"] == 7
