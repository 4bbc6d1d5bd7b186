"""A customer is erased while they are there: what comes after has later numbers, and nobody takes it for the old."""

import asyncio

import pytest
from gateway_world import start, until

from bot.channels.channel import UserMessage
from bot.gateway.deliveries import Deliveries
from bot.gateway.erasure import erase_mentions
from bot.gateway.identities import Customer, Identities
from bot.gateway.ledger import Ledger
from bot.gateway.storage import migrations
from bot.gateway.storage.database import Database
from bot.messages import Reply
from bot.settings import GatewaySettings, Settings

ADDRESS = "anna@example.org"


@pytest.fixture
async def database(ledger_place):
    database = Database(ledger_place)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def ledger(database):
    return Ledger(database)


@pytest.fixture
async def world(each_engine, aiohttp_client, aiohttp_server, tmp_path):
    return await start(aiohttp_client, aiohttp_server, tmp_path)


def erase(place, tmp_path, address=ADDRESS):
    if isinstance(place, str):
        return erase_mentions(Settings(var=tmp_path, gateway=GatewaySettings(ledger_url=place)), address)
    return erase_mentions(Settings(var=place.parent), address)


async def ask(ledger, text, message_id, sender="pager:1"):
    return (await ledger.accept(UserMessage(sender, message_id, text, channel="pager"))).message


async def talk(ledger, *, answers, sender="pager:1", text=ADDRESS):
    """Store a question with as many answers; returns the question."""
    message = await ask(ledger, text, "m1", sender)
    for number in range(answers):
        await ledger.say(message, Reply(f"answer {number}"), 0)
    return message


async def test_every_new_conversation_begins_after_the_longest_erased_one(ledger, database, ledger_place, tmp_path):
    await talk(ledger, answers=4)
    await talk(ledger, answers=0, sender="pager:2", text="ben@example.org")
    await talk(ledger, answers=1, sender="pager:3", text="nobody")
    assert erase(ledger_place, tmp_path) == 1
    assert erase(ledger_place, tmp_path, "ben@example.org") == 1
    assert (await ask(ledger, "again", "m1")).seq == 6, "the same id as before is new"
    assert (await ask(ledger, "again", "m2", "pager:2")).seq == 6, "a shorter one erased later takes nothing back"
    assert (await ask(ledger, "more", "m2", "pager:3")).seq == 3, "what was not erased counts on"
    await Identities(database).keep("web:4", Customer("17"))
    assert (await ask(ledger, "first", "m1", "web:4")).seq == 6, "one that begins with a name"
    kept = await database.read(lambda c: [tuple(row) for row in c.execute("SELECT * FROM erased").fetchall()])
    assert kept == [(1, 5)], "a number and nobody's name"


async def test_what_was_at_work_for_an_erased_message_leaves_the_new_one_alone(ledger, ledger_place, tmp_path):
    old = await talk(ledger, answers=0)
    erase(ledger_place, tmp_path)
    new = await ask(ledger, "somebody new", "m1")
    assert await ledger.say(old, Reply(f"about {ADDRESS}"), 0) is None
    await ledger.finish(old)
    assert await ledger.next_pending("pager:1") == new
    assert await ledger.since("pager:1", old.seq) == [new]


@pytest.mark.parametrize("next_part", [None, 2])
async def test_what_is_posted_of_an_erased_conversation_marks_nothing(
    ledger, database, ledger_place, tmp_path, next_part
):
    deliveries = Deliveries(database)
    await talk(ledger, answers=2)
    first = (await deliveries.next("pager:1")).message
    await deliveries.delivered(first, None)
    posted = (await deliveries.next("pager:1")).message
    erase(ledger_place, tmp_path)
    await talk(ledger, answers=1)
    await deliveries.delivered(posted, next_part)
    await deliveries.refused(posted, "gone")
    due = await deliveries.next("pager:1")
    assert (due.message.body["text"], due.message.seq, due.part) == ("answer 0", 5, 0)
    assert await deliveries.refusals("pager:1") == {}
    assert await deliveries.message("pager:1", posted.seq) is None, "its buttons lead nowhere"
    assert await deliveries.senders("pager") == ["pager:1"]


async def test_stream_and_poll_of_an_erased_customer_go_on(world, tmp_path):
    visitor = await world.visitor()
    await visitor.say(f"two {ADDRESS}")
    await visitor.say("two")
    last = (await visitor.history())[-1]["seq"]
    async with world.client.ws_connect("/api/v1/stream") as socket:
        await socket.send_json({"token": visitor.token, "after": last})
        await until(lambda: world.parts.hub.listeners(visitor.session_id))
        assert await asyncio.to_thread(erase_mentions, world.settings, ADDRESS) == 1
        await visitor.say("hello")
        seen = []
        while len(seen) < 2:
            frame = await socket.receive_json(timeout=3)
            seen += [frame["message"]] if frame["type"] == "message" else []
    assert [message["from"] for message in seen] == ["customer", "bot"]
    assert await visitor.history(after=last) == await visitor.history() == seen


async def test_the_yes_to_an_erased_question_answers_no_new_one(world):
    visitor = await world.visitor()
    old = (await visitor.say("ask"))[0]["buttons"][0]["payload"]
    await visitor.say(f"hello {ADDRESS}")
    await asyncio.to_thread(erase_mentions, world.settings, ADDRESS)
    new = (await visitor.say("ask"))[0]["buttons"][0]["payload"]
    assert (await visitor.say(old))[0]["text"].startswith("That question is no longer open.")
    assert (await visitor.say(new))[0]["text"] == "You said /affirm"


async def test_a_ledger_of_the_version_before_goes_on_with_its_numbers(ledger_place, monkeypatch):
    steps = migrations.MIGRATIONS
    before = next(number for number, step in enumerate(steps) if any("TABLE erased" in one for one in step))
    monkeypatch.setattr(migrations, "MIGRATIONS", steps[:before])
    database = Database(ledger_place)
    await database.open()
    await database.write(
        lambda c: c.execute(
            "INSERT INTO conversations (sender_id, channel, created_at, last_seq) VALUES ('pager:1', 'pager', '', 7)"
        )
    )
    await database.close()
    monkeypatch.setattr(migrations, "MIGRATIONS", steps)
    database = Database(ledger_place)
    await database.open()
    ledger = Ledger(database)
    assert (await ask(ledger, "more", "m1")).seq == 8
    assert (await ask(ledger, "hi", "m1", "pager:2")).seq == 1
    await database.close()
