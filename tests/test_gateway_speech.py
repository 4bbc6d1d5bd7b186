"""The language in which a waiting customer is answered, and who comes back from a handoff because of it."""

from __future__ import annotations

import pytest
from test_gateway_turns import ledger as ledger
from test_gateway_turns import pending, runner, said

from bot.errors import DialogueUnavailable
from bot.gateway import sentences
from bot.messages import Reply

ANSWER = Reply("Within 60 days.")


def handed_over(reason):
    return Reply("A colleague takes over.", rung="handoff", handoff=reason)


async def work(ledger, text, message_id, *script):
    await runner(ledger, *script).work(await pending(ledger, text, message_id))
    return await said(ledger, message_id)


async def test_a_number_after_a_chinese_message_is_answered_in_chinese(ledger):
    await work(ledger, "我要找人工客服", "m1", handed_over("customer_asked"))
    assert await work(ledger, "FH-204817", "m2") == [sentences.CHINESE[sentences.KEPT.text]]
    assert await work(ledger, "please hurry, I need it", "m3") == [sentences.NOTED.text], "English now"


async def test_the_language_that_the_dialogue_tells_is_kept_with_the_conversation(ledger):
    await work(ledger, "FH-204817", "m1", Reply("好的。", language="zh"))
    assert (await ledger.standing("s1", "")).language == "zh"
    await work(ledger, "ok", "m2", Reply("fine"))
    assert (await ledger.standing("s1", "")).language == "zh", "what tells nothing changes nothing"
    assert await work(ledger, "FH-1", "m3", DialogueUnavailable("gone")) == [sentences.CHINESE[sentences.FAILED.text]]
    await work(ledger, "where is it, please?", "m4", Reply("There.", language="en"))
    assert await work(ledger, "FH-1", "m5", DialogueUnavailable("gone")) == [sentences.FAILED.text]


async def test_the_dialogue_is_told_the_language_of_the_conversation(ledger):
    await work(ledger, "你好", "m1", ANSWER)
    again = runner(ledger, ANSWER)
    await again.work(await pending(ledger, "FH-204817", "m2"))
    assert again._dialogue.heard[0].language == "zh"


async def test_who_waits_and_changes_to_english_is_closed_in_english(ledger):
    await work(ledger, "我要找人工客服", "m1", handed_over("customer_asked"))
    assert (await ledger.standing("s1", "")).language == "zh"
    await work(ledger, "could you please write English with me", "m2")
    assert (await ledger.standing("s1", "")).language == "en"


async def test_who_writes_again_after_a_while_is_thanked_again(ledger, monkeypatch):
    for number, text in enumerate(("a person please", "it is about my tent", "it is green", "very green"), 1):
        await work(ledger, text, f"m{number}", handed_over("customer_asked"))
    assert await said(ledger, "m4") == []
    monkeypatch.setattr("bot.gateway.speech.ENOUGH", 0.0)
    assert await work(ledger, "are you there?", "m5") == [sentences.NOTED.text]
    assert await work(ledger, "有人吗？", "m6") == [sentences.CHINESE[sentences.NOTED.text]]


@pytest.mark.parametrize("payload", ["/greet", "/ask_capabilities", "/talk_to_person"])
@pytest.mark.parametrize(
    ("asked", "coming"),
    [("a person please", sentences.COMING.text), ("我要找人工客服", sentences.CHINESE[sentences.COMING.text])],
)
async def test_a_command_of_who_waits_is_no_message_for_the_person(ledger, payload, asked, coming):
    await work(ledger, asked, "m1", handed_over("customer_asked"))
    for number in ("m2", "m3"):
        await runner(ledger).work(await pending(ledger, "/help", number, payload))
        assert await said(ledger, number) == [coming]
    assert (await ledger.owner("s1")).owner == "queued"


@pytest.mark.parametrize("reply", [handed_over("customer_asked"), ANSWER])
async def test_a_dialogue_that_tells_no_language_leaves_chinese_to_its_signs(ledger, reply):
    await work(ledger, "我要找人工客服", "m1", reply)
    assert (await ledger.standing("s1", "")).language == "zh"


async def test_a_waiting_customer_reads_the_acknowledgement_once(ledger):
    await work(ledger, "a person please", "m1", handed_over("customer_asked"))
    assert await work(ledger, "it is about my tent", "m2") == [sentences.KEPT.text]
    assert await work(ledger, "and about my boots", "m3") == [sentences.NOTED.text]
    assert await work(ledger, "thanks", "m4") == [], "nobody is thanked for each of several pieces"
    assert await work(ledger, "write to anna@example.org", "m5") == [sentences.KEPT.text], "a contact is confirmed"


@pytest.mark.parametrize(
    ("reason", "text", "answer", "owner"),
    [
        ("language", "english please: how do I return?", [ANSWER.text], "bot"),
        ("language", "我的订单到哪了", [ANSWER.text], "bot"),
        ("language", "Ich möchte sie zurückgeben", [sentences.KEPT.text], "queued"),
        ("language", "FH-204817", [sentences.KEPT.text], "queued"),
        ("customer_asked", "how do I return my boots?", [sentences.KEPT.text], "queued"),
    ],
)
async def test_who_writes_english_after_a_language_handoff_has_the_bot_again(ledger, reason, text, answer, owner):
    await work(ledger, "Wo ist meine Bestellung?", "m1", handed_over(reason))
    assert await work(ledger, text, "m2", ANSWER) == answer
    assert (await ledger.owner("s1")).owner == owner
