"""A gateway that has lost its place on PostgreSQL, and does not know it yet, while another one serves the ledger."""

import asyncio

import pytest

from bot.channels.channel import UserMessage
from bot.channels.push import TryLater
from bot.gateway import lanes, outbox
from bot.gateway.lanes import Lanes
from bot.gateway.ledger import Ledger
from bot.gateway.metrics import Metrics
from bot.gateway.outbox import Outbox
from bot.gateway.storage import postgres as postgres_ledger
from bot.gateway.storage.database import Database
from bot.messages import Reply


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(postgres_ledger, "PAUSE", 0.02)
    monkeypatch.setattr(postgres_ledger, "REST", 0.05)
    monkeypatch.setattr(lanes, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(outbox, "LONGEST_PAUSE", 0.05)


@pytest.fixture
async def two(postgres):
    """The gateway that serves, and one that waits for its place."""
    url = postgres.ledger()
    first, second = Database(url, serving=True), Database(url, serving=True)
    await first.open()
    yield first, second
    await first.close()
    await second.close()


async def take_over(postgres, first, second):
    """Cut the connection of the first gateway while the second one waits for it."""
    opening = asyncio.create_task(second.open())
    await asyncio.sleep(0.2)
    postgres.rows(f"SELECT pg_terminate_backend({first._engine._backend[0]})")
    await opening


async def nothing(_sender=None):
    pass


async def test_it_works_no_message_of_the_other(postgres, two):
    first, second = two
    old, new = Ledger(first), Ledger(second)
    acted, goes_on = [], asyncio.Event()

    async def work_old(message):
        acted.append(("old", message.message_id))
        await goes_on.wait()
        await old.finish(message)

    async def work_new(message):
        acted.append(("new", message.message_id))
        if message.message_id == "m2":
            await asyncio.sleep(30)
        await new.finish(message)

    old_lanes, new_lanes = Lanes(old, work_old, nothing), Lanes(new, work_new, nothing)
    await old_lanes.enqueue(UserMessage("web-1", "m1", "hello"))
    await asyncio.sleep(0.05)
    await take_over(postgres, first, second)
    await new_lanes.resume(nothing)
    await new_lanes.enqueue(UserMessage("web-1", "m2", "cancel my order"))
    goes_on.set()
    await asyncio.sleep(0.5)
    await old_lanes.close()
    await new_lanes.close()
    assert acted == [("old", "m1"), ("new", "m1"), ("new", "m2")]


async def test_it_works_nothing_that_it_had_left_for_later(postgres, two):
    """What a start finds waits for the dialogue; the other gateway finds the same."""
    first, second = two
    old, acted, ready = Ledger(first), [], asyncio.Event()
    await old.accept(UserMessage("web-1", "m1", "cancel my order"))

    async def work(message):
        acted.append(message.message_id)

    walking = Lanes(old, work, nothing)
    await walking.resume(ready.wait)
    await take_over(postgres, first, second)
    ready.set()
    await asyncio.sleep(0.3)
    await walking.close()
    assert acted == []


class Busy:
    """A platform that asks everybody to come back later, once, and cannot tell what it was sent."""

    name = "pager"

    def __init__(self, posts, wait):
        self._posts = posts
        self._wait = wait

    def parts(self, message):
        return [message.body["text"]]

    async def post(self, message, part):
        wait, self._wait = self._wait, 0.0
        if wait:
            raise TryLater("busy", after=wait)
        self._posts.append(part)

    async def posted(self, message, part):
        return False


async def test_it_posts_no_reply_that_the_other_posts(postgres, two):
    first, second = two
    ledger, posts = Ledger(first), []
    accepted = await ledger.accept(UserMessage("pager:1", "m1", "hello", channel="pager"))
    await ledger.say(accepted.message, Reply("a reply"), 0)
    old = Outbox(first, {"pager": Busy(posts, 1.0)}, Metrics())
    new = Outbox(second, {"pager": Busy(posts, 1.2)}, Metrics())
    old.wake("pager:1")
    await asyncio.sleep(0.1)
    await take_over(postgres, first, second)
    await new.resume()
    await asyncio.sleep(2.0)
    await old.close()
    await new.close()
    assert posts == ["a reply"]
