"""Slack through the real gateway: what people write is worked once and in order, what is said arrives once."""

import asyncio
import json
import time

import pytest
from gateway_world import KEY
from push_world import SLACK, SOCKET, PushWorld, until
from slack_server import SlackPerson, signed

from bot.gateway import outbox


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(outbox, "LONGEST_PAUSE", 0.1)


@pytest.fixture
def push(aiohttp_server, tmp_path):
    return PushWorld(aiohttp_server, tmp_path / "var")


@pytest.fixture
async def world(push):
    async with push.gateway(SLACK) as running:
        yield running


@pytest.fixture
def anna(push, world):
    return SlackPerson(push.slack, world.client)


async def test_a_direct_message_is_answered_in_the_same_place(push, anna):
    await anna.say("hello")
    await until(lambda: push.slack.texts())
    assert push.slack.texts() == ["You said hello"]
    assert not push.slack.posts[0].get("thread_ts")
    assert push.worker.heard[0]["sender_id"] == "slack:T1:D1"


async def test_a_thread_is_a_conversation_of_its_own(push, anna):
    first = await anna.say("<@UBOT> hello", channel="C1", kind="app_mention")
    await until(lambda: push.slack.texts("C1"))
    assert push.slack.posts[0]["thread_ts"] == first
    assert push.worker.heard[0] == {
        "sender_id": f"slack:T1:C1:{first}",
        "text": "hello",
        "message_id": first,
    }
    await anna.say("and more", channel="C1", thread_ts=first)
    await until(lambda: len(push.slack.texts("C1")) == 2)
    assert push.worker.heard[1]["sender_id"] == f"slack:T1:C1:{first}"


async def test_a_thread_without_the_bot_is_none_of_its_business(push, anna):
    assert await anna.deliver(anna.event("secret plans", channel="C1", thread_ts="1700000000.000001")) == 200
    assert await anna.deliver(anna.event("in the channel", channel="C1")) == 200
    await anna.say("hello")
    await until(lambda: push.slack.texts())
    assert [turn["text"] for turn in push.worker.heard] == ["hello"]


async def test_the_two_events_of_one_mention_are_one_message(push, anna):
    first = await anna.say("<@UBOT> hello", channel="C1", kind="app_mention")
    await until(lambda: push.slack.texts("C1"))
    ts = await anna.say("<@UBOT> again", channel="C1", kind="app_mention", thread_ts=first)
    await anna.say("<@UBOT> again", channel="C1", ts=ts, thread_ts=first)
    await until(lambda: len(push.slack.texts("C1")) == 2)
    await anna.say("last", channel="C1", thread_ts=first)
    await until(lambda: "You said last" in push.slack.texts("C1"))
    assert push.slack.texts("C1") == ["You said hello", "You said again", "You said last"]


async def test_an_event_that_comes_again_is_answered_once(push, anna):
    event = anna.event("hello")
    statuses = await asyncio.gather(*(anna.deliver(event) for _ in range(5)))
    assert statuses == [200] * 5
    await anna.say("last")
    await until(lambda: "You said last" in push.slack.texts())
    assert push.slack.texts() == ["You said hello", "You said last"]


@pytest.mark.parametrize(
    "fields",
    [
        {"bot_id": "BOTHER"},
        {"bot_id": "BBOT", "user": None},
        {"subtype": "bot_message"},
        {"subtype": "message_changed", "hidden": True},
        {"subtype": "message_deleted"},
        {"subtype": "channel_join"},
        {"user": "USLACKBOT"},
        {"kind": "reaction_added"},
    ],
)
async def test_what_no_person_said_is_acknowledged_and_left(push, anna, fields):
    assert await anna.deliver(anna.event("not me", **fields)) == 200
    await anna.say("hello")
    await until(lambda: push.slack.texts())
    assert [turn["text"] for turn in push.worker.heard] == ["hello"]


async def test_an_edit_of_an_answered_message_is_not_answered(push, anna):
    ts = await anna.say("hello")
    await until(lambda: push.slack.texts())
    assert await anna.deliver(anna.event("goodbye", ts=ts)) == 200
    await anna.say("last")
    await until(lambda: "You said last" in push.slack.texts())
    assert push.slack.texts() == ["You said hello", "You said last"]


async def test_a_burst_of_one_person_is_answered_in_order(push, anna):
    for number in range(15):
        await anna.say(f"n{number}")
    await until(lambda: len(push.slack.texts()) == 15)
    assert push.slack.texts() == [f"You said n{number}" for number in range(15)]


async def test_more_than_can_wait_is_refused_so_that_slack_sends_it_again(push, anna):
    statuses = [await anna.deliver(anna.event("wait"))]
    statuses += [await anna.deliver(anna.event(f"n{number}")) for number in range(25)]
    assert statuses[:20] == [200] * 20 and set(statuses[20:]) == {429}
    push.worker.release.set()
    await until(lambda: len(push.slack.texts()) == 20)


async def test_slack_is_answered_while_the_dialogue_still_works(push, anna):
    began = time.monotonic()
    await anna.say("wait")
    assert time.monotonic() - began < 0.5
    assert not push.slack.posts
    push.worker.release.set()
    await until(lambda: push.slack.texts())


async def test_the_url_is_confirmed(anna):
    body = json.dumps({"type": "url_verification", "token": "t", "challenge": "3eZbrw1aB"}).encode()
    response = await anna.gateway.post("/channels/slack/events", data=body, headers=signed(body))
    assert (response.status, await response.json()) == (200, {"challenge": "3eZbrw1aB"})


@pytest.mark.parametrize("path", ["/channels/slack/events", "/channels/slack/interactivity"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(b"other"),
        signed(b"{}", secret="wrong"),
        signed(b"{}", at=time.time() - 301),
        signed(b"{}", at=time.time() + 86_400),  # the headers are made long before the test runs
        {**signed(b"{}"), "X-Slack-Request-Timestamp": "now"},
        {**signed(b"{}"), "X-Slack-Request-Timestamp": "9" * 400},
        {"X-Slack-Request-Timestamp": signed(b"{}")["X-Slack-Request-Timestamp"], "X-Slack-Signature": "v0=\udce9"},
    ],
    ids=["none", "other body", "other secret", "old", "future", "no number", "huge", "no ASCII"],
)
async def test_what_slack_did_not_sign_is_refused_before_it_is_read(push, anna, path, headers):
    response = await anna.gateway.post(path, data=b"{}", headers=headers)
    assert (response.status, (await response.json())["error"]["code"]) == (401, "signature_refused")
    assert push.worker.heard == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"type": "event_callback", "event": {"type": "message", "user": "U"}}']
)
async def test_a_signed_body_that_is_no_event_is_malformed(anna, body):
    response = await anna.gateway.post("/channels/slack/events", data=body, headers=signed(body))
    assert (response.status, (await response.json())["error"]["code"]) == (400, "malformed")


async def test_buttons_answer_the_question_once(push, anna):
    await anna.say("ask")
    await until(lambda: push.slack.posts)
    asked = push.slack.posts[0]
    await anna.press(asked, "Yes", times=3)
    await until(lambda: len(push.slack.texts()) == 2 and push.slack.updates)
    assert push.slack.texts() == ["Shall I?", "You said /affirm"]
    assert push.worker.heard[1] == {
        "sender_id": "slack:T1:D1",
        "payload": "/affirm",
        "message_id": "b.2.0",
    }
    left = [block["type"] for block in asked["blocks"]]
    assert "actions" not in left and asked["blocks"][-1]["elements"][0]["text"] == "✓ Yes"


async def test_a_second_answer_to_a_question_is_too_late(push, anna):
    await anna.say("ask")
    await until(lambda: push.slack.posts)
    asked = {**push.slack.posts[0], "blocks": list(push.slack.posts[0]["blocks"])}
    await anna.press(asked, "Yes")
    await anna.say("ask")
    await until(lambda: len(push.slack.texts()) == 3)
    await anna.press(asked, "No")
    await until(lambda: len(push.slack.texts()) == 4)
    assert push.slack.texts()[3].startswith("That question is no longer open.")
    assert "/deny" not in [turn.get("payload") for turn in push.worker.heard]


@pytest.mark.parametrize(
    "value", ["b.2.0 slack:T1:D2", "b.99.0 slack:T1:D1", "b.2.7 slack:T1:D1", "r.2.0 slack:T1:D1", "x"]
)
async def test_a_button_that_was_not_offered_here_does_nothing(push, anna, value):
    await anna.say("ask")
    await until(lambda: push.slack.posts)
    assert await anna.press_action(push.slack.posts[0], {"value": value, "action_ts": "1.2", "action_id": "x"}) == 200
    await anna.say("last")
    await until(lambda: len(push.slack.texts()) == 2)
    assert push.slack.texts() == ["Shall I?", "You said last"]


async def test_thumbs_are_feedback_on_the_answer(push, world, anna):
    await anna.say("cite")
    await until(lambda: push.slack.posts)
    answer = push.slack.posts[0]
    await anna.press(answer, "👎")
    await until(lambda: push.slack.updates)
    metrics = (await (await world.client.get("/metrics")).read()).decode()
    assert 'frontdesk_feedback_total{value="down"} 1.0' in metrics
    assert answer["blocks"][-1]["elements"][0]["text"] == "Thank you for the feedback."


async def test_a_persons_answers_arrive_in_slack(push, world, anna):
    await anna.say("person")
    await until(lambda: push.slack.texts())
    waiting = (await world.handoffs())[0]
    assert (waiting["sender_id"], waiting["channel"], waiting["owner"]) == ("slack:T1:D1", "slack", "queued")
    path = f"/api/v1/handoffs/{waiting['id']}"
    await world.client.post(f"{path}/messages", json={"text": "Hi, <b>Anna</b>!", "agent": "Ben"}, headers=KEY)
    await until(lambda: len(push.slack.posts) == 2)
    said = push.slack.posts[1]
    assert said["blocks"][0]["elements"][0]["text"] == "Ben:"
    assert said["blocks"][1]["text"]["text"] == "Hi, &lt;b&gt;Anna&lt;/b&gt;!"
    await anna.say("thank you")
    await anna.say("bye")
    metrics = 'frontdesk_turns_total{outcome="human"} 2.0'
    await until(lambda: metrics in world.parts.metrics.render().decode())
    await world.client.post(f"{path}/close", headers=KEY, json={})
    await until(lambda: len(push.slack.posts) == 3)
    assert len(push.worker.heard) == 1, "the bot kept still while a person owned the conversation"


async def test_a_file_without_words_is_answered_by_the_gateway(push, anna):
    await anna.say("", subtype="file_share", files=[{"id": "F1"}])
    await until(lambda: push.slack.texts())
    assert push.slack.texts()[0].startswith("I can only read text")
    assert push.worker.heard == []


async def test_a_text_that_is_too_long_is_answered_and_not_lost(push, anna):
    await anna.say("a" * 5000)
    await until(lambda: push.slack.texts())
    assert push.slack.texts()[0].startswith("That message is longer than I can read")
    assert push.worker.heard == []


async def test_the_name_alone_is_a_greeting(push, anna):
    await anna.say("<@UBOT>", channel="C1", kind="app_mention")
    await until(lambda: push.slack.texts("C1"))
    assert push.worker.heard[0]["payload"] == "/greet"


async def test_a_typed_command_of_rasa_is_text(push, anna):
    await anna.say("/restart now")
    await until(lambda: push.slack.texts())
    assert push.worker.heard[0]["text"] == "restart now"


async def test_rate_limits_are_honoured(push, anna):
    push.slack.failures = ["ratelimited:1"]
    await anna.say("hello")
    await until(lambda: push.slack.texts())
    first, second = push.slack.times
    assert 1.0 <= second - first < 1.5


@pytest.mark.parametrize("failure", ["500", "internal_error", "invalid_auth", "drop"])
async def test_what_slack_could_not_take_is_posted_again_once(push, anna, failure):
    push.slack.failures = [failure, failure]
    await anna.say("hello")
    await anna.say("more")
    await until(lambda: "You said more" in push.slack.texts())
    assert push.slack.texts() == ["You said hello", "You said more"]


async def test_a_post_whose_answer_was_lost_is_recognised_in_its_thread(push, anna):
    push.slack.failures = ["drop"]
    ts = await anna.say("<@UBOT> hello", channel="C1", kind="app_mention")
    await until(lambda: "conversations.replies" in push.slack.calls)
    await anna.say("more", channel="C1", thread_ts=ts)
    await until(lambda: "You said more" in push.slack.texts("C1"))
    assert push.slack.texts("C1") == ["You said hello", "You said more"]


async def test_without_the_right_to_read_a_lost_answer_means_twice_and_never_none(push, anna):
    push.slack.scopes = "chat:write"
    push.slack.failures = ["drop"]
    await anna.say("hello")
    await until(lambda: len(push.slack.texts()) == 2)
    assert push.slack.texts() == ["You said hello"] * 2


async def test_what_can_never_be_delivered_does_not_hold_up_the_rest(push, world, anna, caplog):
    push.slack.channels = set()
    await anna.say("hello")
    await until(lambda: push.slack.times)
    push.slack.channels = {"D1"}
    await anna.say("more")
    await until(lambda: push.slack.texts())
    assert push.slack.texts() == ["You said more"]
    assert "message 2 of slack:T1:D1 cannot be delivered: channel_not_found" in caplog.text
    assert "You said" not in caplog.text
    assert await world.parts.channels.outbox.refusals("slack:T1:D1") == {2: "channel_not_found"}


async def test_blocks_that_slack_refuses_are_left_out(push, anna):
    push.slack.failures = ["invalid_blocks"]
    await anna.say("hello")
    await until(lambda: push.slack.posts)
    assert (push.slack.posts[0]["text"], push.slack.posts[0]["blocks"]) == ("You said hello", [])


async def test_after_a_restart_everything_is_delivered_once(push):
    async with push.gateway(SLACK) as world:
        anna = SlackPerson(push.slack, world.client)
        push.slack.failures = ["500"] * 1000
        await anna.say("one")
        await anna.say("next")
        await until(lambda: len(push.worker.heard) == 2)
    assert push.slack.texts() == []
    push.slack.failures = []
    async with push.gateway(SLACK) as world:
        await until(lambda: len(push.slack.texts()) == 2)
        await SlackPerson(push.slack, world.client).say("three")
        await until(lambda: len(push.slack.texts()) == 3)
    assert push.slack.texts() == ["You said one", "You said next", "You said three"]


async def test_a_post_that_the_crash_overtook_is_not_posted_again(push):
    async with push.gateway(SLACK) as world:
        push.slack.failures = ["hold"]
        await SlackPerson(push.slack, world.client).say("one")
        await until(lambda: push.slack.texts())
    push.slack.released.set()
    async with push.gateway(SLACK) as world:
        await until(lambda: "conversations.history" in push.slack.calls)
        await SlackPerson(push.slack, world.client).say("next")
        await until(lambda: len(push.slack.texts()) == 2)
    assert push.slack.texts() == ["You said one", "You said next"]


async def test_socket_mode_needs_no_public_address(push):
    async with push.gateway(SOCKET) as world:
        anna = SlackPerson(push.slack, world.client)
        assert await anna.deliver(anna.event("x")) == 404, "nothing is taken over HTTP in this mode"
        await until(lambda: push.slack.sockets)
        envelope = {"envelope_id": "e1", "type": "events_api", "accepts_response_payload": False}
        for _ in range(2):
            await push.slack.sockets[0].send_json({**envelope, "payload": anna.event("hello", ts="1700000000.000009")})
        await until(lambda: push.slack.texts())
        await until(lambda: len(push.slack.acknowledged) == 2)
        await push.slack.sockets[0].send_json(
            {
                **envelope,
                "envelope_id": "e2",
                "payload": {"type": "event_callback", "event": {"type": "message", "user": "U"}},
            }
        )
        await until(lambda: "e2" in push.slack.acknowledged)
        assert push.slack.texts() == ["You said hello"]
        report = await (await world.client.get("/readyz")).json()
        assert report["channels"]["slack"] == {"on": True, "mode": "socket"}


async def test_a_broken_socket_is_made_again(push):
    async with push.gateway(SOCKET) as world:
        anna = SlackPerson(push.slack, world.client)
        await until(lambda: push.slack.sockets)
        await push.slack.sockets[0].send_json({"type": "disconnect", "reason": "refresh_requested"})
        await until(lambda: len(push.slack.sockets) == 2)
        envelope = {"envelope_id": "e1", "type": "events_api", "payload": anna.event("hello")}
        await push.slack.sockets[1].send_json(envelope)
        await until(lambda: push.slack.texts())
