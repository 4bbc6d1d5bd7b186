"""A person takes over: the bot keeps still, nothing is lost, and the bot comes back; search for the team."""

import asyncio

import pytest
from gateway_world import KEY, start, until
from yarl import URL


@pytest.fixture
async def world(aiohttp_client, aiohttp_server, tmp_path):
    return await start(aiohttp_client, aiohttp_server, tmp_path)


@pytest.fixture
async def visitor(world):
    return await world.visitor()


async def answer(world, handoff_id, text="hello, I am Maren", agent="Maren", headers=KEY):
    path = f"/api/v1/handoffs/{handoff_id}/messages"
    return await world.client.post(path, json={"text": text, "agent": agent}, headers=headers)


async def close(world, handoff_id):
    return await world.client.post(f"/api/v1/handoffs/{handoff_id}/close", headers=KEY)


async def test_from_bot_to_person_and_back(world, visitor):
    await visitor.say("hello")
    assert (await visitor.say("person"))[0]["text"] == "A person will answer."
    [handoff] = await world.handoffs()
    assert (handoff["owner"], handoff["reason"], handoff["sender_id"]) == (
        "queued",
        "customer_asked",
        visitor.session_id,
    )
    assert (await answer(world, handoff["id"])).status == 201
    heard = len(world.worker.heard)
    response = await visitor.post(text="my boots are too small")
    data = await response.json()
    assert (data["replies"], data["owner"]) == ([], "human")
    assert len(world.worker.heard) == heard, "the bot does not even listen"
    path = f"/api/v1/handoffs/{handoff['id']}/messages"
    read = await (await world.client.get(path, headers=KEY)).json()
    assert read["messages"] == await visitor.history()
    assert [line["from"] for line in read["messages"]][-2:] == ["agent", "customer"]
    assert (await close(world, handoff["id"])).status == 200
    assert await world.handoffs() == []
    assert (await visitor.say("hello again"))[0]["text"] == "You said hello again"


async def test_while_waiting_messages_are_kept_and_acknowledged(world, visitor):
    [handed] = await visitor.say("person")
    said = ["added that for the person", "Thank you, I have added this for my colleague."]
    for text, words in zip(("it is about my tent", "it is green"), said, strict=True):
        [kept] = await visitor.say(text)
        assert words in kept["text"]
        assert [button["title"] for button in kept["buttons"]] == ["Back to the bot"]
    assert await visitor.say("the bot is no help") == [], "who writes in pieces is not thanked for each"
    assert [line["text"] for line in await visitor.history()][-1] == "the bot is no help", "and it is kept"
    assert len(world.worker.heard) == 1
    [button] = handed["buttons"]
    assert button["title"] == "Back to the bot", "the way back is there from the start"
    [back] = await visitor.say(button["payload"])
    assert "bot again" in back["text"]
    assert await world.handoffs() == []
    assert (await visitor.say("hello"))[0]["text"] == "You said hello"
    assert "You are talking with the bot" in (await visitor.say(button["payload"]))[0]["text"]


@pytest.mark.parametrize("words", ["Back to the bot", " back to  the BOT.", "bot", "nevermind", "Never mind!"])
async def test_who_waits_may_also_write_that_the_bot_should_go_on(world, visitor, words):
    await visitor.say("person")
    [back] = await visitor.say(words)
    assert "bot again" in back["text"]
    assert await world.handoffs() == []
    assert (await visitor.say(words))[0]["text"].startswith("You said"), "the bot hears it as any other words"


async def test_a_question_from_before_a_person_took_over_is_not_open_after(world, visitor):
    yes = (await visitor.say("ask"))[0]["buttons"][0]["payload"]
    await visitor.say("person")
    assert "added that" in (await visitor.say(yes))[0]["text"]
    await visitor.say("bot")
    assert (await visitor.say(yes))[0]["text"].startswith("That question is no longer open.")


async def test_the_way_back_is_closed_once_a_person_owns_it(world, visitor):
    await visitor.say("person")
    [kept] = await visitor.say("hm")
    [handoff] = await world.handoffs()
    await answer(world, handoff["id"])
    assert await visitor.say(kept["buttons"][0]["payload"]) == []
    assert [entry["owner"] for entry in await world.handoffs()] == ["human"]


async def test_who_asks_for_a_person_gets_one_even_when_the_dialogue_is_down(world, visitor):
    button = (await visitor.say("refuse"))[0]["buttons"][0]
    world.worker._token = "another"  # from now on every turn fails
    [reply] = await visitor.say(button["payload"])
    assert "asked a person" in reply["text"]
    assert [entry["reason"] for entry in await world.handoffs()] == ["asked_for_person"]


async def test_the_bot_that_is_still_at_work_says_nothing_to_a_persons_customer(world, visitor):
    call = asyncio.create_task(visitor.post(text="wait"))
    await until(lambda: world.worker.heard)
    database = world.parts.ledger._database
    await database.write(lambda c: c.execute("UPDATE conversations SET owner = 'human', epoch = 2"))
    world.worker.release.set()
    assert (await (await call).json())["replies"] == []
    assert [line["from"] for line in await visitor.history()] == ["customer"]


async def test_a_closed_handoff_takes_no_more(world, visitor):
    await visitor.say("person")
    [handoff] = await world.handoffs()
    assert (await close(world, handoff["id"])).status == 200, "one that nobody took can be closed too"
    for response in (await answer(world, handoff["id"]), await close(world, handoff["id"]), await answer(world, "x")):
        assert (response.status, (await response.json())["error"]["code"]) == (404, "handoff_not_found")


@pytest.mark.parametrize(
    ("text", "agent", "status"),
    [
        ("", "Maren", 400),
        ("hi", "", 400),
        ("hi", 5, 400),
        (None, "Maren", 400),
        ("x" * 4001, "Maren", 413),
        ("hi", "x" * 81, 413),
    ],
)
async def test_what_a_person_sends_is_checked_too(world, visitor, text, agent, status):
    await visitor.say("person")
    [handoff] = await world.handoffs()
    assert (await answer(world, handoff["id"], text, agent)).status == status
    assert (await world.handoffs())[0]["owner"] == "queued"


CALLS = [
    ("GET", "/api/v1/search?q=tent"),
    ("GET", "/api/v1/handoffs"),
    ("GET", "/api/v1/handoffs/x/messages"),
    ("POST", "/api/v1/handoffs/x/messages"),
    ("POST", "/api/v1/handoffs/x/close"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_calls_of_the_team_need_the_key(world, visitor, method, path):
    for headers in (
        {},
        {"X-API-Key": "wrong"},
        {"Authorization": "Bearer é".encode().decode("latin-1")},
        visitor.headers,
    ):
        response = await world.client.request(method, path, headers=headers)
        assert (response.status, (await response.json())["error"]["code"]) == (401, "api_key_refused")


async def test_guessing_is_slowed_down_even_for_the_right_guess(aiohttp_client, aiohttp_server, tmp_path, monkeypatch):
    monkeypatch.setattr("bot.gateway.limits.ADDRESS_FACTOR", 1)
    world = await start(aiohttp_client, aiohttp_server, tmp_path, messages_per_minute=3)

    async def status(headers):
        return (await world.client.get("/api/v1/handoffs", headers=headers)).status

    assert [await status({}) for _ in range(5)] == [401] * 5, "no key is no guess"
    assert await status(KEY) == 200
    wrong = {"X-API-Key": "wrong"}
    assert [await status(wrong) for _ in range(5)] == [401, 401, 401, 429, 429]
    assert await status(KEY) == 429


@pytest.mark.parametrize(
    "path", ["handoffs/%ff/messages", "handoffs/%ed%a0%80/messages", "handoffs/x/messages?after=%ff"]
)
async def test_broken_unicode_in_an_address_is_no_fault_of_ours(world, path):
    assert (await world.client.get(URL(f"/api/v1/{path}", encoded=True), headers=KEY)).status in (400, 404)


@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_without_a_configured_key_the_calls_are_off(aiohttp_client, aiohttp_server, tmp_path, method, path):
    world = await start(aiohttp_client, aiohttp_server, tmp_path, api_key="")
    response = await world.client.request(method, path, headers={"X-API-Key": ""})
    assert response.status == 403
    assert "FRONTDESK_API_KEY" in (await response.json())["error"]["message"]


async def test_search_passes_hits_on(world):
    for headers in (KEY, {"Authorization": "Bearer team-key"}):
        response = await world.client.get("/api/v1/search?q=broken+pole&k=3", headers=headers)
        assert (await response.json())["hits"][0]["id"] == "t1"
    assert world.search.asked[0] == {"query": "broken pole", "top_k": 3}
