"""Agents see where the others are; a customer sees that a person writes, and that only when they could answer."""

from contextlib import asynccontextmanager

import pytest
from desk_world import agent, staffed
from push_world import WEBHOOK, PushWorld, until
from telegram_server import TelegramPerson

from bot.gateway.desk.presence import SHOWN_EVERY, WRITING_FOR, Page, Presence


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_where_the_others_are():
    clock = Clock()
    presence = Presence(clock)
    maren, tom, second = Page("Maren"), Page("Tom"), Page("Tom")
    for page in (maren, tom, second):
        presence.enter(page)
    assert presence.others(maren) == []
    assert [presence.looks(tom, "h1"), presence.looks(tom, "h1"), presence.looks(second, "h1")] == [True, False, True]
    presence.writes(second)
    assert presence.others(maren) == [{"name": "Tom", "handoff": "h1", "writing": True}]
    assert presence.others(tom) == [], "one's own other page is nobody else"
    clock.now += WRITING_FOR
    assert presence.others(maren)[0]["writing"] is False
    presence.writes(tom)
    presence.stops(tom)
    assert presence.others(maren)[0]["writing"] is False
    presence.writes(tom)
    presence.looks(tom, "h2")
    assert presence.others(maren) == [
        {"name": "Tom", "handoff": "h1", "writing": False},
        {"name": "Tom", "handoff": "h2", "writing": False},
    ]
    presence.leave(tom)
    presence.leave(second)
    assert presence.others(maren) == []


def test_a_customer_is_shown_now_and_then():
    clock = Clock()
    presence = Presence(clock)
    assert [presence.may_show("h1"), presence.may_show("h1"), presence.may_show("h2")] == [True, False, True]
    clock.now += SHOWN_EVERY
    assert presence.may_show("h1")


@pytest.fixture
async def world(aiohttp_client, aiohttp_server, tmp_path):
    return await staffed(aiohttp_client, aiohttp_server, tmp_path)


@asynccontextmanager
async def page(world, name):
    person = await agent(world, name)
    headers = {"Cookie": person.cookie, "Origin": person.headers["Origin"]}
    async with world.client.ws_connect("/desk/api/stream", headers=headers) as socket:
        yield socket


async def told(socket, kind):
    while True:
        frame = await socket.receive_json(timeout=5)
        if frame["type"] == kind:
            return frame


@asynccontextmanager
async def widget(world, visitor):
    async with world.client.ws_connect("/api/v1/stream") as socket:
        await socket.send_json({"token": visitor.token, "after": 0})
        yield socket


async def test_two_agents_and_the_customer(world):
    visitor = await world.visitor()
    await visitor.say("person")
    [handoff] = await world.handoffs()
    async with page(world, "Maren") as maren, page(world, "Tom") as tom, widget(world, visitor) as customer:
        await maren.send_str("no JSON")
        await maren.send_json({"type": "looking", "handoff": handoff["id"]})
        assert (await told(tom, "places"))["places"] == [{"name": "Maren", "handoff": handoff["id"], "writing": False}]
        await maren.send_json({"type": "writing"})
        assert (await told(tom, "places"))["places"][0]["writing"] is True
        assert await told(customer, "typing") == {"type": "typing", "author": "agent"}
        await maren.send_json({"type": "idle"})
        assert (await told(tom, "places"))["places"][0]["writing"] is False
        await maren.close()
        assert (await told(tom, "places"))["places"] == []


async def test_the_customer_sees_no_sign_of_a_colleague_who_may_not_answer(world):
    visitor = await world.visitor()
    await visitor.say("person")
    maren = await agent(world, "Maren")
    [handoff] = await world.handoffs()
    await maren.done(f"handoffs/{handoff['id']}/take", epoch=handoff["epoch"])
    async with page(world, "Tom") as tom, page(world, "Maren") as other, widget(world, visitor) as customer:
        for sign in ({"type": "looking", "handoff": handoff["id"]}, {"type": "writing"}):
            await tom.send_json(sign)
        assert (await told(other, "places"))["places"][0]["name"] == "Tom"
        await maren.done(f"handoffs/{handoff['id']}/messages", text="Hello", message_id="a1")
        seen = []
        while not seen or seen[-1].get("message", {}).get("text") != "Hello":
            seen.append(await customer.receive_json(timeout=5))
        assert "typing" not in [frame["type"] for frame in seen]


async def test_telegram_shows_it_too(aiohttp_server, tmp_path):
    push = PushWorld(aiohttp_server, tmp_path / "var")
    async with push.gateway(WEBHOOK) as world:
        anna = TelegramPerson(push.telegram, world.client)
        await anna.say("person")
        await until(lambda: push.telegram.texts())
        before = len(push.telegram.called("sendChatAction"))
        world.parts.channels.telegram._typing.clear()
        world.parts.channels.typing("telegram:501", "agent")
        await until(lambda: len(push.telegram.called("sendChatAction")) == before + 1)
