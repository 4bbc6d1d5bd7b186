"""Buttons through the public door: signed, of one session, and only as long as their question is open."""

import asyncio

import pytest
from gateway_world import start, until


@pytest.fixture
async def world(aiohttp_client, aiohttp_server, tmp_path):
    return await start(aiohttp_client, aiohttp_server, tmp_path)


@pytest.fixture
async def visitor(world):
    return await world.visitor()


async def test_a_button_goes_out_signed_and_comes_back_as_its_payload(world, visitor):
    [reply] = await visitor.say("ask")
    assert [button["title"] for button in reply["buttons"]] == ["Yes", "No"]
    assert all(button["payload"].startswith("btn.") for button in reply["buttons"])
    await visitor.say(reply["buttons"][0]["payload"], "m2")
    assert world.worker.heard[-1] == {"sender_id": visitor.session_id, "message_id": "m2", "payload": "/affirm"}
    assert (await visitor.history())[2]["text"] == "Yes"
    assert "payload" not in (await visitor.history())[2]


CLOSED = "That question is no longer open."


async def test_the_yes_to_an_old_question_confirms_no_new_one(world, visitor):
    old = (await visitor.say("ask"))[0]["buttons"]
    new = (await visitor.say("ask"))[0]["buttons"]
    for button in old:
        [reply] = await visitor.say(button["payload"])
        assert reply["text"].startswith(CLOSED)
        assert (reply["rung"], reply["buttons"]) == ("template", [])
    assert [turn.get("payload") for turn in world.worker.heard] == [None, None], "the worker hears nothing of it"
    assert (await visitor.say(new[0]["payload"]))[0]["text"] == "You said /affirm", "the new question is still open"
    assert (await visitor.say(new[0]["payload"]))[0]["text"].startswith(CLOSED), "and is answered once"
    assert (await visitor.history())[-1]["text"].startswith(CLOSED), "it is stored"


async def test_a_question_stays_open_over_an_aside_and_a_failure(world, visitor):
    yes = (await visitor.say("ask"))[0]["buttons"][0]["payload"]
    await visitor.say("hello")
    person = (await visitor.say("error"))[0]["buttons"][0]["payload"]
    assert (await visitor.say(yes))[0]["text"] == "You said /affirm"
    await visitor.say("ask")
    assert (await visitor.say(person))[0]["text"] == "You said /talk_to_person", "what opens something always works"


async def test_a_yes_behind_a_new_question_in_the_queue_is_too_late(world, visitor):
    yes = (await visitor.say("ask"))[0]["buttons"][0]["payload"]
    world.worker.scripts["wait"] = "ask"
    asking = asyncio.create_task(visitor.say("wait"))
    await until(lambda: world.worker.working)
    pressed = asyncio.create_task(visitor.say(yes))
    await asyncio.sleep(0.05)
    world.worker.release.set()
    assert (await asking)[0]["text"] == "Shall I?"
    assert (await pressed)[0]["text"].startswith(CLOSED)


async def test_a_foreign_or_changed_button_is_refused_and_nothing_happens(world, visitor):
    payload = (await visitor.say("ask"))[0]["buttons"][0]["payload"]
    other = await world.visitor()
    for who, text in ((other, payload), (visitor, payload[:-6] + "AAAAAA"), (visitor, "btn.x")):
        response = await who.post(text=text)
        assert response.status == 400
        assert (await response.json())["error"]["code"] == "button_refused"
    assert len(world.worker.heard) == 1
    assert await other.history() == []
