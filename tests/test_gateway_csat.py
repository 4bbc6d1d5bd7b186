"""How was it: asked once after a person was there, answered with a button or a number, on the ledger of any channel."""

import pytest
from desk_world import agent, staffed

pytestmark = pytest.mark.usefixtures("each_engine")


@pytest.fixture
async def world(aiohttp_client, aiohttp_server, tmp_path):
    return await staffed(aiohttp_client, aiohttp_server, tmp_path)


@pytest.fixture
async def visitor(world):
    visitor = await world.visitor()
    await visitor.say("person")
    return visitor


@pytest.fixture
async def maren(world):
    return await agent(world, "Maren")


async def only(someone, group="open"):
    [entry] = (await someone.get("inbox"))[group]
    return entry


async def closed(maren, visitor):
    """Close as a person who was there, and return the buttons of the question how it was."""
    handoff = (await only(maren))["id"]
    await maren.done(f"handoffs/{handoff}/take", epoch=(await only(maren))["epoch"])
    await maren.done(f"handoffs/{handoff}/close", outcome="solved")
    return (await visitor.history())[-1]["buttons"]


@pytest.mark.parametrize(("answer", "rating"), [(0, 1), (4, 5), ("4", 4), (" 2/5 ", 2)])
async def test_how_was_it(world, visitor, maren, answer, rating):
    buttons = await closed(maren, visitor)
    assert [button["title"] for button in buttons] == ["1 (poor)", "2", "3", "4", "5 (very good)"]
    heard = len(world.worker.heard)
    [thanks] = await visitor.say(buttons[answer]["payload"] if isinstance(answer, int) else answer)
    assert "Thank you for the rating" in thanks["text"]
    assert len(world.worker.heard) == heard, "the model hears nothing of it"
    assert (await only(maren, "recent"))["csat"] == rating


async def test_a_number_later_is_a_number_and_a_button_later_still_a_rating(world, visitor, maren):
    buttons = await closed(maren, visitor)
    assert (await visitor.say("one more thing"))[0]["text"] == "You said one more thing"
    assert (await visitor.say("3"))[0]["text"] == "You said 3"
    assert (await only(maren, "recent"))["csat"] is None
    await visitor.say(buttons[2]["payload"])
    await visitor.say(buttons[1]["payload"])
    assert (await only(maren, "recent"))["csat"] == 2, "who changes their mind may"


async def test_a_rating_while_a_person_has_the_next_matter_is_kept_in_silence(world, visitor, maren):
    buttons = await closed(maren, visitor)
    await visitor.say("person")
    handoff = await only(maren)
    await maren.done(f"handoffs/{handoff['id']}/take", epoch=handoff["epoch"])
    assert await visitor.say(buttons[4]["payload"]) == []
    assert (await only(maren, "recent"))["csat"] == 5


async def test_nobody_is_asked_about_a_person_who_never_came(world, visitor, maren):
    handoff = (await only(maren))["id"]
    await maren.done(f"handoffs/{handoff}/close", outcome="spam")
    last = (await visitor.history())[-1]
    assert (last["buttons"], "How did we do" in last["text"]) == ([], False)


async def test_the_rating_of_another_customer_is_not_taken(world, visitor, maren):
    buttons = await closed(maren, visitor)
    other = await world.visitor()
    response = await other.post(text=buttons[0]["payload"])
    assert (response.status, (await response.json())["error"]["code"]) == (400, "button_refused")


async def test_a_chinese_customer_is_asked_in_chinese(world, maren):
    visitor = await world.visitor()
    await visitor.say("person")
    await visitor.say("我的帐篷坏了")
    buttons = await closed(maren, visitor)
    assert [buttons[0]["title"], buttons[4]["title"]] == ["1（很差）", "5（很好）"]
    assert "满意" in (await visitor.history())[-1]["text"]
    assert "谢谢" in (await visitor.say(buttons[4]["payload"]))[0]["text"]
    assert (await only(maren, "recent"))["csat"] == 5
