"""Telegram through the real gateway: what people write is worked once and in order, what is said arrives."""

import asyncio
import logging
import time

import pytest
from aiohttp import web
from fakes import ScriptedWorker
from gateway_world import KEY
from push_world import POLLING, WEBHOOK, PushWorld, until
from telegram_server import ANNA, BEN, GROUP, ME, SECRET, TOKEN, TelegramPerson

from bot.channels import telegram_polling
from bot.gateway import outbox, sentences


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(outbox, "LONGEST_PAUSE", 0.1)
    monkeypatch.setattr(telegram_polling, "LONGEST_PAUSE", 0.1)


@pytest.fixture
def push(aiohttp_server, tmp_path):
    return PushWorld(aiohttp_server, tmp_path / "var")


@pytest.fixture
async def world(push):
    async with push.gateway(WEBHOOK) as running:
        yield running


@pytest.fixture
def anna(push, world):
    return TelegramPerson(push.telegram, world.client)


def keyboard(sent):
    return [[one["text"] for one in row] for row in sent["reply_markup"]["inline_keyboard"]]


async def test_a_message_is_answered_and_typing_is_shown(push, anna):
    update = await anna.say("hello")
    await until(lambda: push.telegram.texts())
    assert push.telegram.texts() == ["You said hello"]
    heard = {"sender_id": "telegram:501", "text": "hello", "message_id": f"m{update['message']['message_id']}"}
    assert push.worker.heard == [heard]
    assert push.telegram.called("sendChatAction")[0]["action"] == "typing"
    assert "parse_mode" not in push.telegram.called("sendMessage")[0]


@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1], "é"])
async def test_what_telegram_did_not_send_is_refused_before_it_is_read(push, anna, secret):
    response = await anna.gateway.post(
        "/channels/telegram/webhook", data=b"{", headers={"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
    )
    assert (response.status, (await response.json())["error"]["code"]) == (401, "signature_refused")


@pytest.mark.parametrize(
    "body", [{}, {"update_id": 1, "message": {"text": "x"}}, {"message": "x"}, {"update_id": 1, "message": 7}]
)
async def test_a_body_that_is_no_update_is_malformed(push, anna, body):
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    response = await anna.gateway.post("/channels/telegram/webhook", json=body, headers=headers)
    assert (response.status, (await response.json())["error"]["code"]) == (400, "malformed")


async def test_an_update_that_comes_again_is_answered_once(push, anna):
    update = anna.update(message=anna.message("hello"))
    assert await asyncio.gather(*(anna.deliver(update) for _ in range(5))) == [200] * 5
    await anna.say("last")
    await until(lambda: "You said last" in push.telegram.texts())
    assert push.telegram.texts() == ["You said hello", "You said last"]


async def test_an_edited_message_is_not_answered_again(push, anna):
    update = await anna.say("hello")
    edited = {**update["message"], "text": "goodbye", "edit_date": int(time.time())}
    assert await anna.deliver(anna.update(edited_message=edited)) == 200
    assert await anna.deliver(anna.update(message=edited)) == 200
    await anna.say("last")
    await until(lambda: "You said last" in push.telegram.texts())
    assert push.telegram.texts() == ["You said hello", "You said last"]


async def test_updates_out_of_order_are_each_answered_once(push, anna):
    updates = [anna.update(message=anna.message(f"n{number}")) for number in range(4)]
    for update in (updates[2], updates[0], updates[2], updates[3], updates[1], updates[0]):
        await anna.deliver(update)
    await until(lambda: len(push.telegram.texts()) == 4)
    assert push.telegram.texts() == [f"You said n{number}" for number in (2, 0, 3, 1)]


@pytest.mark.parametrize(
    "fields",
    [
        {"new_chat_members": [ME]},
        {"left_chat_member": BEN},
        {"pinned_message": {"message_id": 5, "date": 1, "chat": {"id": 501, "type": "private"}, "text": "x"}},
        {"new_chat_title": "Hikers"},
        {"group_chat_created": True},
    ],
    ids=lambda fields: next(iter(fields)),
)
async def test_notices_are_acknowledged_and_left(push, anna, fields):
    await anna.say(None, **fields)
    assert anna.answers == [200]
    await anna.say("hello")
    await until(lambda: push.telegram.texts())
    assert [turn["text"] for turn in push.worker.heard] == ["hello"]


@pytest.mark.parametrize("kind", ["channel_post", "my_chat_member", "inline_query", "poll"])
async def test_other_updates_are_acknowledged_and_left(push, anna, kind):
    known = {"channel_post": anna.message("x", **{"from": None})}
    update = anna.update(**{kind: known[kind]} if kind in known else {})
    assert await anna.deliver(update) == 200
    assert push.worker.heard == []


@pytest.mark.parametrize(
    ("text", "payload"),
    [("/start", "/greet"), ("/start abc", "/greet"), ("/help", "/ask_capabilities"), ("/person", "/talk_to_person")],
)
async def test_commands(push, anna, text, payload):
    await anna.say(text)
    await until(lambda: push.telegram.texts())
    assert push.worker.heard[0]["payload"] == payload


@pytest.mark.parametrize(
    ("code", "hint"), [("zh-hans", "zh"), ("zh", "zh"), ("en-GB", "en"), ("de", "de"), (None, None), ("", None)]
)
async def test_the_language_of_the_app_is_a_hint_until_something_is_written(push, world, code, hint):
    known = {} if code is None else {"language_code": code}
    anna = TelegramPerson(push.telegram, world.client, {**ANNA, **known})
    await anna.say("/start")
    await until(lambda: push.telegram.texts())
    assert push.worker.heard[0].get("language") == hint


async def test_who_has_not_written_a_word_is_handed_over_in_the_language_of_the_app(push, world):
    push.worker.scripts["/talk_to_person"] = "person"
    anna = TelegramPerson(push.telegram, world.client, {**ANNA, "language_code": "zh-hans"})
    await anna.say("/person")
    await until(lambda: push.telegram.sent)
    assert keyboard(push.telegram.sent[0]) == [["回到机器人"]]


async def test_a_command_that_is_not_ours_is_text(push, anna):
    await anna.say("/restart now")
    await until(lambda: push.telegram.texts())
    assert push.worker.heard[0]["text"] == "restart now"


async def test_groups_are_answered_only_when_the_bot_is_addressed(push, world, anna):
    ben = TelegramPerson(push.telegram, world.client, BEN)
    bots = {"message_id": 7, "date": 1, "chat": {"id": GROUP, "type": "supergroup"}, "from": ME, "text": "You said"}
    humans = {**bots, "from": BEN}
    await anna.say("who has a tent?", chat=GROUP)
    await anna.say("I agree", chat=GROUP, reply_to_message=humans)
    await anna.say("/help", chat=GROUP)
    await anna.say("/help@OtherBot", chat=GROUP)
    await anna.say("@FrontdeskBotter hello", chat=GROUP)
    asked = await anna.say("@frontdeskbot how big is it?", chat=GROUP)
    await until(lambda: len(push.telegram.texts(GROUP)) == 1)
    await ben.say("and how heavy?", chat=GROUP, reply_to_message=bots)
    await until(lambda: len(push.worker.heard) == 2)
    await anna.say("/help@FrontdeskBot", chat=GROUP)
    await until(lambda: len(push.telegram.texts(GROUP)) == 3)
    told = [(turn["sender_id"], turn.get("text", turn.get("payload"))) for turn in push.worker.heard]
    assert told == [
        (f"telegram:{GROUP}:0:501", "how big is it?"),
        (f"telegram:{GROUP}:0:502", "and how heavy?"),
        (f"telegram:{GROUP}:0:501", "/ask_capabilities"),
    ]
    answer = push.telegram.called("sendMessage")[0]
    assert answer["reply_parameters"]["message_id"] == asked["message"]["message_id"]


async def test_a_topic_of_a_group_is_answered_in_the_topic(push, anna):
    await anna.say("@FrontdeskBot hello", chat=GROUP, message_thread_id=9, is_topic_message=True)
    await until(lambda: push.telegram.texts(GROUP))
    assert push.worker.heard[0]["sender_id"] == f"telegram:{GROUP}:9:501"
    assert push.telegram.called("sendMessage")[0]["message_thread_id"] == 9


async def test_buttons_answer_the_question_once(push, anna):
    await anna.say("ask")
    await until(lambda: push.telegram.sent)
    asked = push.telegram.sent[0]
    assert keyboard(asked) == [["Yes"], ["No"]]
    update = await anna.press(asked, "Yes")
    await anna.deliver(update)
    await anna.press(asked, "Yes")
    await until(lambda: len(push.telegram.texts()) == 2 and len(push.telegram.called("editMessageReplyMarkup")) == 3)
    assert push.telegram.texts() == ["Shall I?", "You said /affirm"]
    assert {one["text"] for one in push.telegram.called("answerCallbackQuery")} == {"Yes"}
    assert "reply_markup" not in push.telegram.called("editMessageReplyMarkup")[0]
    await anna.press(asked, "No")
    await until(lambda: len(push.telegram.texts()) == 3)
    assert push.telegram.texts()[2].startswith("That question is no longer open.")


async def test_a_button_that_opens_something_counts_once_for_a_double_tap(push, anna):
    await anna.say("person")
    await until(lambda: push.telegram.sent)
    await asyncio.gather(*(anna.press(push.telegram.sent[0], "Back to the bot") for _ in range(3)))
    await anna.say("last")
    await until(lambda: "You said last" in push.telegram.texts())
    assert len(push.telegram.texts()) == 3


@pytest.mark.parametrize("data", ["b.2.9", "b.77.0", "r.2.up", "x", "b.2.0 502", "b.1.0"])
async def test_data_that_was_not_offered_here_does_nothing(push, anna, data):
    await anna.say("ask")
    await until(lambda: push.telegram.sent)
    await anna.press_data(push.telegram.sent[0], data)
    assert anna.answers[-1] == 200
    await until(lambda: push.telegram.called("answerCallbackQuery"))
    await anna.say("last")
    await until(lambda: len(push.telegram.texts()) == 2)
    assert push.telegram.texts() == ["Shall I?", "You said last"]


async def test_in_a_group_only_the_asked_person_can_press(push, world, anna):
    ben = TelegramPerson(push.telegram, world.client, BEN)
    await ben.say("@FrontdeskBot ask", chat=GROUP)
    await anna.say("@FrontdeskBot ask", chat=GROUP)
    await until(lambda: len(push.telegram.sent) == 2)
    hers = next(one for one in push.telegram.sent if "501" in str(one["reply_markup"]))
    await ben.press(hers, "Yes")
    await until(lambda: push.telegram.called("answerCallbackQuery"))
    assert push.telegram.called("answerCallbackQuery")[0]["text"].startswith("This button is not for you")
    await anna.press(hers, "Yes")
    await until(lambda: len(push.worker.heard) == 3)
    assert [turn["sender_id"] for turn in push.worker.heard if "payload" in turn] == [f"telegram:{GROUP}:0:501"]


async def test_thumbs_are_feedback_on_the_answer(push, world, anna):
    await anna.say("cite")
    await until(lambda: push.telegram.sent)
    assert keyboard(push.telegram.sent[0]) == [["👍", "👎"]]
    await anna.press(push.telegram.sent[0], "👍")
    await until(lambda: push.telegram.called("editMessageReplyMarkup"))
    assert 'frontdesk_feedback_total{value="up"} 1.0' in (await (await world.client.get("/metrics")).read()).decode()


async def test_a_persons_answers_arrive_in_telegram(push, world, anna):
    await anna.say("person")
    await until(lambda: push.telegram.texts())
    waiting = (await world.handoffs())[0]
    assert (waiting["sender_id"], waiting["channel"], waiting["owner"]) == ("telegram:501", "telegram", "queued")
    path = f"/api/v1/handoffs/{waiting['id']}/messages"
    await world.client.post(path, json={"text": "Hi *Anna*", "agent": "Ben"}, headers=KEY)
    await until(lambda: len(push.telegram.texts()) == 2)
    assert push.telegram.texts()[1] == "Ben: Hi *Anna*"


@pytest.mark.parametrize("kind", ["photo", "sticker", "voice"])
async def test_what_has_no_words_is_answered_by_the_gateway(push, anna, kind):
    files = {
        "photo": [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}],
        "sticker": {
            "file_id": "f",
            "file_unique_id": "u",
            "type": "regular",
            "width": 1,
            "height": 1,
            "is_animated": False,
            "is_video": False,
        },
        "voice": {"file_id": "f", "file_unique_id": "u", "duration": 3},
    }
    await anna.say(None, **{kind: files[kind]})
    await until(lambda: push.telegram.texts())
    assert push.telegram.texts()[0].startswith("I can only read text")
    assert push.worker.heard == []


async def test_the_words_under_a_photo_are_read(push, anna):
    photo = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
    await anna.say(None, photo=photo, caption="what is this?")
    await until(lambda: push.telegram.texts())
    assert push.worker.heard[0]["text"] == "[photo] what is this?"


async def test_the_time_that_telegram_asks_for_is_waited(push, anna):
    push.telegram.failures = ["1"]
    await anna.say("hello")
    await until(lambda: push.telegram.texts())
    first, second = push.telegram.times
    assert 1.0 <= second - first < 1.5


async def test_what_telegram_could_not_take_is_posted_again_in_order(push, anna):
    push.telegram.failures = ["500", "500", "500"]
    await anna.say("hello")
    await anna.say("more")
    await until(lambda: len(push.telegram.texts()) == 2)
    assert push.telegram.texts() == ["You said hello", "You said more"]


async def test_a_lost_answer_of_telegram_means_twice_and_never_none(push, anna):
    push.telegram.failures = ["drop"]
    await anna.say("hello")
    await anna.say("more")
    await until(lambda: "You said more" in push.telegram.texts())
    assert push.telegram.texts() == ["You said hello", "You said hello", "You said more"]


async def test_a_customer_who_blocked_the_bot_and_came_back(push, world, anna, caplog):
    push.telegram.blocked = {501}
    await anna.say("hello")
    await until(lambda: push.telegram.times)
    push.telegram.blocked = set()
    await anna.say("more")
    await until(lambda: push.telegram.texts())
    assert push.telegram.texts() == ["You said more"]
    assert "message 2 of telegram:501 cannot be delivered: Forbidden: bot was blocked by the user" in caplog.text
    assert "You said" not in caplog.text


async def test_the_token_is_never_logged(push, anna, caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    push.telegram.failures = ["500", "drop", "1"]
    await anna.say("hello")
    await until(lambda: len(push.telegram.texts()) == 2)
    ours = [record for record in caplog.records if not record.name.startswith("aiohttp")]
    assert ours and not any(TOKEN in record.getMessage() for record in ours)


async def test_after_a_restart_the_rest_is_delivered_in_order(push):
    async with push.gateway(WEBHOOK) as world:
        push.telegram.failures = ["500"] * 1000
        anna = TelegramPerson(push.telegram, world.client)
        await anna.say("one")
        await anna.say("next")
        await until(lambda: len(push.worker.heard) == 2)
    push.telegram.failures = []
    async with push.gateway(WEBHOOK):
        await until(lambda: len(push.telegram.texts()) == 2)
    assert push.telegram.texts() == ["You said one", "You said next"]


async def test_polling_needs_no_public_address(push):
    async with push.gateway(POLLING) as world:
        anna = TelegramPerson(push.telegram)
        first = await anna.say("hello")
        await until(lambda: push.telegram.texts())
        assert await TelegramPerson(push.telegram, world.client).deliver(first, times=1) == 404
        await until(lambda: first["update_id"] + 1 in push.telegram.offsets)
        report = await (await world.client.get("/readyz")).json()
        assert report["channels"]["telegram"] == {"on": True, "mode": "polling"}
    assert push.telegram.texts() == ["You said hello"]


async def test_an_update_is_confirmed_only_when_the_ledger_has_it(push):
    async with push.gateway(POLLING) as world:
        anna = TelegramPerson(push.telegram)
        ledger = world.parts.ledger
        failing = iter([OSError("disk full"), OSError("disk full")])
        accept = ledger.accept

        async def refuse(message):
            for error in failing:
                raise error
            return await accept(message)

        ledger.accept = refuse
        update = await anna.say("hello")
        await until(lambda: push.telegram.texts())
        assert push.telegram.offsets.count(None) == 3
        await until(lambda: update["update_id"] + 1 in push.telegram.offsets)


async def test_an_update_that_cannot_be_read_does_not_stop_the_others(push):
    async with push.gateway(POLLING):
        anna = TelegramPerson(push.telegram)
        push.telegram.updates.append(anna.update(message={"text": "no id"}))
        await anna.say("hello")
        await until(lambda: push.telegram.texts())


async def test_two_askers_are_reported_and_the_first_goes_on(push, caplog):
    push.telegram.webhook = {"url": "https://old.example/hook"}
    async with push.gateway(POLLING):
        await until(lambda: "frontdesk channels check telegram" in caplog.text)
        push.telegram.webhook = {"url": ""}
        await TelegramPerson(push.telegram).say("hello")
        await until(lambda: push.telegram.texts())


class HalfWorker(ScriptedWorker):
    """Says the first of two things and hangs; whoever asks again finds it broken."""

    async def _turn(self, request):
        if self.heard:
            return web.Response(status=500)
        self.heard.append(await request.json())
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"type": "reply", "reply": {"text": "one"}}\n')
        await self.release.wait()
        return response


async def test_half_an_answer_of_a_gateway_that_ended_is_followed_by_an_honest_sentence(push, monkeypatch):
    monkeypatch.setattr("bot.gateway.app.PATIENCE", 0.1)
    push.worker = HalfWorker()
    async with push.gateway(WEBHOOK) as world:
        await TelegramPerson(push.telegram, world.client).say("two things, please")
        # Noted as delivered too, or Telegram would be sent it again.
        await until(lambda: push.telegram.texts() == ["one"] and not world.parts.channels.outbox._workers)
    push.worker.release.set()
    for _ in range(2):
        async with push.gateway(WEBHOOK):
            await until(lambda: len(push.telegram.texts()) == 2)
            await asyncio.sleep(0.05)
    assert push.telegram.texts() == ["one", sentences.CUT_SHORT.text]
