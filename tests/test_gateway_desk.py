"""At the desk: the inbox, taking, answering once, notes that stay inside, giving back fresh, closing."""

import re

import pytest
from desk_world import agent, staffed
from gateway_world import KEY

from bot.gateway.app import WEB
from bot.gateway.errors import ANSWERS
from bot.gateway.identities import Customer

pytestmark = pytest.mark.usefixtures("each_engine")


@pytest.fixture
async def world(aiohttp_client, aiohttp_server, tmp_path):
    return await staffed(aiohttp_client, aiohttp_server, tmp_path)


@pytest.fixture
async def visitor(world):
    visitor = await world.visitor()
    await visitor.say("cite")
    await visitor.say("person")
    return visitor


@pytest.fixture
async def maren(world):
    return await agent(world, "Maren")


@pytest.fixture
async def tom(world):
    return await agent(world, "Tom")


async def only(someone, group="open"):
    [entry] = (await someone.get("inbox"))[group]
    return entry


async def code(response):
    return response.status, (await response.json())["error"]["code"]


async def test_the_inbox_and_all_that_is_known(visitor, maren):
    entry = await only(maren)
    assert (entry["owner"], entry["reason"], entry["channel"]) == ("queued", "customer_asked", "web")
    assert (entry["asked"], entry["last"]["from"]) == ("person", "bot"), "the customer's words, and who wrote last"
    shown = await maren.get(f"handoffs/{entry['id']}")
    assert [message["from"] for message in shown["messages"]] == ["customer", "bot", "customer", "bot"]
    cited = shown["messages"][1]
    assert (cited["rung"], cited["receipt"][0]["ticket_id"]) == ("generated", "T-1"), "what the bot's answer rests on"
    assert shown["notes"] == shown["earlier"] == []
    assert all("receipt" not in line for line in await visitor.history()), "the customer does not see it"


async def test_the_list_shows_the_customers_last_words_whoever_wrote_after_them(world, visitor, maren):
    other = await world.visitor()
    await other.say("person")
    await visitor.say("my tent pole is broken")
    [first, second] = (await maren.get("inbox"))["open"]
    assert [first["asked"], second["asked"]] == ["my tent pole is broken", "person"]
    await maren.done(f"handoffs/{first['id']}/take", epoch=first["epoch"])
    shown = await maren.done(f"handoffs/{first['id']}/messages", text="I am sorry to hear that", message_id="1")
    assert (shown["handoff"]["asked"], shown["handoff"]["last"]["from"]) == ("my tent pole is broken", "agent")
    await maren.done(f"handoffs/{first['id']}/close", outcome="solved")
    assert (await only(maren, "recent"))["asked"] == "my tent pole is broken"


async def test_people_in_danger_stand_first(world, visitor, maren):
    other = await world.visitor()
    await other.say("person")
    first, second = (await maren.get("inbox"))["open"]
    danger = "UPDATE handoffs SET reason = 'distress' WHERE id = ?"
    await world.parts.ledger._database.write(lambda c: c.execute(danger, (second["id"],)))
    assert [entry["id"] for entry in (await maren.get("inbox"))["open"]] == [second["id"], first["id"]]


async def test_a_conversation_without_a_word_of_the_customers_is_listed_too(world, visitor, maren):
    await world.parts.ledger._database.write(lambda c: c.execute("DELETE FROM messages WHERE author = 'customer'"))
    assert (await only(maren))["asked"] == "A person will answer."


async def test_taking_answering_closing(world, visitor, maren):
    handoff = (await only(maren))["id"]
    await maren.done(f"handoffs/{handoff}/take", epoch=1)
    shown = await maren.done(f"handoffs/{handoff}/messages", text="hello, I am Maren", message_id="1")
    assert (shown["handoff"]["owner"], shown["handoff"]["agent"]) == ("human", "Maren")
    assert (await visitor.history())[-1]["agent"] == "Maren"
    shown = await maren.done(f"handoffs/{handoff}/close", outcome="solved")
    assert (shown["handoff"]["ended"], shown["handoff"]["outcome"]) == ("closed", "solved")
    assert (await only(maren, "recent"))["id"] == handoff
    assert (await maren.get("inbox"))["open"] == []


async def test_an_answer_that_is_sent_again_is_one_answer(world, visitor, maren):
    handoff = (await only(maren))["id"]
    for _ in range(3):
        await maren.done(f"handoffs/{handoff}/messages", text="hello", message_id="same")
    said = [line["text"] for line in await visitor.history() if line["from"] == "agent"]
    assert said == ["hello"]
    other = await maren.post(f"handoffs/{handoff}/messages", text="other words", message_id="same")
    assert await code(other) == (409, "message_id_reused")
    await maren.done(f"handoffs/{handoff}/close", outcome="solved")
    again = await maren.post(f"handoffs/{handoff}/messages", text="hello", message_id="same")
    assert again.status == 200, "the answer to a retry got lost, the message had arrived"


async def test_programs_may_retry_too_and_customers_cannot_take_their_ids(world, visitor):
    [handoff] = await world.handoffs()
    path, body = f"/api/v1/handoffs/{handoff['id']}/messages", {"text": "hi", "agent": "Maren", "message_id": "m-1"}
    answers = [await (await world.client.post(path, json=body, headers=KEY)).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert (await visitor.post(text="mine", message_id="m-1")).status == 200
    assert [line["text"] for line in await visitor.history()][-2:] == ["hi", "mine"]


def test_what_the_gateway_refuses_is_known_in_chinese():
    told = (WEB / "desk" / "chinese.js").read_text(encoding="utf-8").split("CHINESE_PROBLEMS = {")[1]
    known = set(re.findall(r"(\w+): \"", told))
    codes = {code for _, _, code in ANSWERS} | {"body_too_large"}
    # What only customers, their channels or programs can meet.
    elsewhere = {"button_refused", "signature_refused", "session_refused", "api_key_refused", "api_key_missing"}
    elsewhere |= {"invalid_signature", "channel_off", "identify_off", "answer_not_found", "identified_as_another"}
    assert known == codes - elsewhere


async def test_two_who_take_at_once(visitor, maren, tom):
    handoff = await only(maren)
    await maren.done(f"handoffs/{handoff['id']}/take", epoch=handoff["epoch"])
    late = await tom.post(f"handoffs/{handoff['id']}/take", epoch=handoff["epoch"])
    assert await code(late) == (409, "changed_hands")
    assert "Maren has it" in (await late.json())["error"]["message"]
    seen = await only(tom)
    await tom.done(f"handoffs/{handoff['id']}/take", epoch=seen["epoch"])
    assert (await only(maren))["agent"] == "Tom", "a colleague may take over, knowing it"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("messages", {"text": "me too", "message_id": "x"}),
        ("release", {}),
        ("return", {}),
        ("close", {"outcome": "solved"}),
    ],
)
async def test_nothing_over_a_colleagues_head(visitor, maren, tom, path, body):
    handoff = (await only(maren))["id"]
    await maren.done(f"handoffs/{handoff}/take", epoch=1)
    assert await code(await tom.post(f"handoffs/{handoff}/{path}", **body)) == (409, "changed_hands")
    assert (await only(tom))["agent"] == "Maren"
    assert len(await visitor.history()) == 4


async def test_released_it_waits_again_and_the_bot_does_not_step_in(world, visitor, maren):
    handoff = (await only(maren))["id"]
    await maren.done(f"handoffs/{handoff}/take", epoch=1)
    heard = len(world.worker.heard)
    shown = await maren.done(f"handoffs/{handoff}/release")
    assert (shown["handoff"]["owner"], shown["handoff"]["agent"]) == ("queued", "")
    assert "added that" in (await visitor.say("still there?"))[0]["text"]
    assert len(world.worker.heard) == heard


async def test_notes_are_for_the_team(world, visitor, maren, tom):
    handoff = (await only(maren))["id"]
    for _ in range(2):
        await maren.done(f"handoffs/{handoff}/notes", text="angry, be kind", note_id="n1")
    shown = await tom.get(f"handoffs/{handoff}")
    assert [(note["text"], note["agent"], note["seq"]) for note in shown["notes"]] == [("angry, be kind", "Maren", 4)]
    assert "angry" not in str(await visitor.history())
    assert shown["handoff"]["owner"] == "queued", "a note takes nothing"


async def test_given_back_the_model_starts_fresh_and_people_keep_everything(world, visitor, maren):
    handoff = (await only(maren))["id"]
    await maren.done(f"handoffs/{handoff}/take", epoch=1)
    shown = await maren.done(f"handoffs/{handoff}/return")
    assert "given the conversation back" in shown["messages"][-1]["text"]
    assert shown["messages"][-1]["buttons"] == [], "not finished: nobody asks how it was"
    assert (await visitor.say("hello"))[0]["text"] == "You said hello"
    first, last = world.worker.heard[0]["sender_id"], world.worker.heard[-1]["sender_id"]
    assert (first, last) == (visitor.session_id, f"{visitor.session_id}~1")
    await visitor.say("person")
    entry = await only(maren)
    again = await maren.get(f"handoffs/{entry['id']}")
    assert len(again["messages"]) == 9
    assert [(one["id"], one["ended"]) for one in again["earlier"]] == [(handoff, "returned")]


async def test_suggestions_come_from_solved_tickets(world, maren):
    assert (await maren.get("search?q=broken+pole"))["hits"][0]["id"] == "t1"
    assert world.search.asked == [{"query": "broken pole", "top_k": 4}]


async def test_canned_replies(maren, tom):
    kept = await maren.done("canned", title="Greeting", text="Hello, thanks for waiting.")
    assert (await tom.get("canned"))["canned"] == [kept]
    path = f"/desk/api/canned/{kept['id']}"
    assert (await tom.client.delete(path, headers=tom.headers)).status == 403
    assert (await maren.client.delete(path, headers=maren.headers)).status == 200
    assert (await tom.get("canned"))["canned"] == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("take", {}, 400),
        ("take", {"epoch": "1"}, 400),
        ("messages", {"text": "hi"}, 400),
        ("messages", {"text": "hi", "message_id": "a b"}, 400),
        ("messages", {"text": " ", "message_id": "1"}, 400),
        ("messages", {"text": "x" * 4001, "message_id": "1"}, 413),
        ("notes", {"text": "hi"}, 400),
        ("close", {"outcome": "great"}, 400),
        ("close", {}, 400),
    ],
)
async def test_what_an_agent_sends_is_checked_too(visitor, maren, path, body, status):
    handoff = (await only(maren))["id"]
    assert (await maren.post(f"handoffs/{handoff}/{path}", **body)).status == status
    assert (await only(maren))["owner"] == "queued"


async def test_a_handoff_that_never_was(maren):
    for path in ("take", "release", "return"):
        assert await code(await maren.post(f"handoffs/nope/{path}", epoch=1)) == (404, "handoff_not_found")
    response = await maren.client.get("/desk/api/handoffs/nope", headers={"Cookie": maren.cookie})
    assert await code(response) == (404, "handoff_not_found")


async def test_every_change_wakes_every_page(world, visitor, maren, tom):
    sockets = [
        await world.client.ws_connect(
            "/desk/api/stream", headers={"Cookie": person.cookie, "Origin": person.headers["Origin"]}
        )
        for person in (maren, tom)
    ]
    for socket in sockets:
        assert await socket.receive_json(timeout=5) == {"type": "changed"}
    await visitor.say("hello?")
    for socket in sockets:
        assert await socket.receive_json(timeout=5) == {"type": "changed"}
    handoff = await only(maren)
    await maren.done(f"handoffs/{handoff['id']}/take", epoch=handoff["epoch"])
    assert await sockets[1].receive_json(timeout=5) == {"type": "changed"}
    for socket in sockets:
        await socket.close()


async def test_another_sites_page_hears_nothing(world, maren):
    headers = {"Cookie": maren.cookie, "Origin": "https://evil.example"}
    response = await world.client.get("/desk/api/stream", headers=headers)
    assert await code(response) == (403, "origin_refused")


async def test_a_customer_for_whom_the_shop_vouches_is_shown_as_such(world, visitor, maren):
    assert (await only(maren))["customer"] is None
    await world.parts.identities.keep(visitor.session_id, Customer("4711", "Anna Jürgens", ""))
    known = {"user_id": "4711", "name": "Anna Jürgens", "email": ""}
    handoff = await only(maren)
    assert handoff["customer"] == known
    assert (await maren.get(f"handoffs/{handoff['id']}"))["handoff"]["customer"] == known
