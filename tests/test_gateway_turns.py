"""Turns and lanes when something breaks half-way: nothing lost, nothing said twice."""

import asyncio

import pytest
from gateway_world import until

from bot.channels.channel import UserMessage
from bot.errors import DialogueUnavailable, LedgerUnavailable
from bot.gateway import sentences
from bot.gateway.buttons import Buttons
from bot.gateway.dialogue import Typing
from bot.gateway.hub import Hub
from bot.gateway.lanes import Lanes, TurnLost
from bot.gateway.ledger import Ledger
from bot.gateway.metrics import Metrics
from bot.gateway.storage.database import Database
from bot.gateway.turns import TurnRunner
from bot.messages import Button, Reply
from bot.nlu.tongues import language


class ScriptedDialogue:
    """Says the scripted replies to every message; an exception in the script is raised."""

    def __init__(self, *script):
        self.script = script
        self.heard = []

    async def turn(self, message):
        self.heard.append(message)
        yield Typing()
        for step in self.script:
            if isinstance(step, Exception):
                raise step
            yield step

    async def not_ready(self):
        return ""

    async def language(self, text):
        return language(text) or ""


@pytest.fixture
async def ledger(ledger_place):
    database = Database(ledger_place)
    await database.open()
    yield Ledger(database)
    await database.close()


def runner(ledger, *script, sent=None):
    async def deliver(sender_id):
        if sent is not None:
            sent.append(sender_id)

    return TurnRunner(
        ledger=ledger,
        dialogue=ScriptedDialogue(*script),
        buttons=Buttons("s" * 32),
        metrics=Metrics(),
        deliver=deliver,
        typing=lambda sender_id: None,
        new_id=lambda: "made",
        timeout_seconds=1.0,
    )


async def pending(ledger, text="hi", message_id="m1", payload=None):
    return (await ledger.accept(UserMessage("s1", message_id, text, payload))).message


async def said(ledger, message_id="m1"):
    return [line.body["text"] for line in (await ledger.standing("s1", message_id)).replies]


async def test_a_turn_worked_again_after_a_crash_says_only_what_was_missing(ledger):
    message = await pending(ledger)
    await ledger.say(message, Reply("one"), 0)
    await runner(ledger, Reply("one"), Reply("two")).work(message)
    assert await said(ledger) == ["one", "two"]
    assert await ledger.next_pending("s1") is None


@pytest.mark.parametrize("words", ["hi", "你好"])
async def test_half_an_answer_whose_worker_stays_away_after_a_crash_is_said_to_be_half(ledger, words):
    message = await pending(ledger, words)
    await ledger.say(message, Reply("one"), 0)
    await runner(ledger, DialogueUnavailable("gone")).work(message)
    cut = sentences.CUT_SHORT.text if words == "hi" else sentences.CHINESE[sentences.CUT_SHORT.text]
    assert await said(ledger) == ["one", cut]
    assert await ledger.next_pending("s1") is None
    # Killed again between the sentence and its mark.
    await runner(ledger, DialogueUnavailable("gone")).work(message)
    assert await said(ledger) == ["one", cut]


async def test_half_an_answer_that_breaks_off_again_says_so_after_its_other_half(ledger):
    message = await pending(ledger)
    await ledger.say(message, Reply("one"), 0)
    await runner(ledger, Reply("one"), Reply("two"), DialogueUnavailable("gone")).work(message)
    assert await said(ledger) == ["one", "two", sentences.CUT_SHORT.text]


async def test_an_apology_that_was_stored_before_a_crash_is_not_made_again(ledger):
    message = await pending(ledger)
    await ledger.say(message, sentences.FAILED, 0, answers=False)
    await runner(ledger, DialogueUnavailable("gone")).work(message)
    assert await said(ledger) == [sentences.FAILED.text]


async def test_a_handoff_that_was_stored_before_a_crash_is_not_asked_for_again(ledger):
    message = await pending(ledger)
    person = Reply("a person comes", rung="handoff", handoff="asked")
    await runner(ledger, person, DialogueUnavailable("gone")).work(message)
    before = await said(ledger)
    await runner(ledger, person).work(message)
    assert await said(ledger) == before
    assert (await ledger.owner("s1")).owner == "queued"


YES = Reply("shall I?", buttons=(Button("Yes", "/affirm"),))


async def test_a_reply_whose_storing_outlasts_the_turn_is_sent_all_the_same(ledger, monkeypatch):
    """Its transition has taken the word from the bot, so no apology follows that would send both."""
    message, sent = await pending(ledger), []
    turns, say = runner(ledger, Reply("A person will answer.", handoff="asked_for_person"), sent=sent), ledger.say

    async def slow(*values, **how):
        storing = asyncio.ensure_future(say(*values, **how))
        monkeypatch.setattr(ledger, "say", say)
        await asyncio.shield(storing)
        await asyncio.sleep(60)

    monkeypatch.setattr(ledger, "say", slow)
    await turns.work(message)
    assert await said(ledger) == ["A person will answer."]
    assert sent == ["s1"]


async def test_a_reply_that_was_stored_though_its_commit_failed_is_sent_by_the_next_try(ledger, monkeypatch):
    message, sent = await pending(ledger), []
    turns, say = runner(ledger, Reply("one"), sent=sent), ledger.say

    async def unclear(*values, **how):
        monkeypatch.setattr(ledger, "say", say)
        await say(*values, **how)
        raise LedgerUnavailable("no answer to the commit")

    monkeypatch.setattr(ledger, "say", unclear)
    with pytest.raises(LedgerUnavailable):
        await turns.work(message)
    await turns.work(message)
    assert await said(ledger) == ["one"]
    assert sent == ["s1"]


async def press(ledger, question, message_id="m9"):
    return (await ledger.accept(UserMessage("s1", message_id, "Yes", "/affirm", question=question))).message


async def test_a_press_that_was_too_late_before_a_crash_is_too_late_after_it(ledger):
    old = await pending(ledger)
    await runner(ledger, YES).work(old)
    await runner(ledger, YES).work(await pending(ledger, message_id="m2"))
    late = await press(ledger, old.seq)
    for _ in range(2):
        again = runner(ledger, Reply("done"))
        await again.work(late)
        assert again._dialogue.heard == []
    assert await said(ledger, "m9") == [sentences.NOT_OPEN.text]


async def test_a_press_that_was_answered_in_part_before_a_crash_is_worked_to_its_end(ledger):
    asking = await pending(ledger)
    await runner(ledger, YES).work(asking)
    pressed = await press(ledger, asking.seq)
    await ledger.say(pressed, Reply("one"), 0)
    await runner(ledger, Reply("one"), Reply("two")).work(pressed)
    assert await said(ledger, "m9") == ["one", "two"]


async def test_a_press_that_failed_can_be_tried_again(ledger):
    asking = await pending(ledger)
    await runner(ledger, YES).work(asking)
    await runner(ledger, DialogueUnavailable("gone")).work(await press(ledger, asking.seq))
    await runner(ledger, Reply("done")).work(await press(ledger, asking.seq, "m10"))
    assert await said(ledger, "m10") == ["done"]


async def test_one_turn_may_ask_for_a_person_twice(ledger):
    person = Reply("a person comes", rung="handoff", handoff="asked")
    await runner(ledger, person, person, Reply("bye")).work(await pending(ledger))
    assert await said(ledger) == ["a person comes", "a person comes", "bye"]
    assert (await ledger.owner("s1")).epoch == 1


async def test_a_bug_in_the_client_is_a_calm_sentence_too(ledger, caplog):
    await runner(ledger, KeyError("oops")).work(await pending(ledger))
    assert await said(ledger) == [sentences.FAILED.text]
    assert "oops" in caplog.text


async def test_an_answer_keeps_its_own_id_and_others_get_one(ledger):
    await runner(ledger, Reply("a", answer_id="given"), Reply("b")).work(await pending(ledger))
    assert [line.body["answer_id"] for line in (await ledger.standing("s1", "m1")).replies] == ["given", "made"]


async def test_a_lane_that_breaks_leaves_its_message_for_the_next_try(ledger, caplog):
    broken = True

    async def work(message):
        if broken:
            raise LedgerUnavailable("disk full")
        await ledger.finish(message)

    async def deliver(sender_id):
        pass

    lanes = Lanes(ledger, work, deliver)
    with pytest.raises(TurnLost, match="again with its message_id"):
        await lanes.submit(UserMessage("s1", "m1", "hi"))
    assert "disk full" in caplog.text
    broken = False
    await lanes.submit(UserMessage("s1", "m2", "there"))
    assert await ledger.next_pending("s1") is None, "the older one was worked first"


async def test_a_lane_that_breaks_walks_again_though_nobody_asks(ledger, monkeypatch):
    monkeypatch.setattr("bot.gateway.lanes.FIRST_PAUSE", 0.01)
    tries = 0

    async def work(message):
        nonlocal tries
        tries += 1
        if tries < 4:
            raise LedgerUnavailable("disk full")
        await ledger.finish(message)

    async def deliver(sender_id):
        pass

    lanes = Lanes(ledger, work, deliver)
    await lanes.enqueue(UserMessage("s1", "m1", "hi"))
    await until(lambda: tries == 4 and not lanes._lanes)
    assert await ledger.next_pending("s1") is None
    assert not lanes._again


async def test_closed_lanes_do_not_walk_again(ledger, monkeypatch):
    monkeypatch.setattr("bot.gateway.lanes.FIRST_PAUSE", 0.05)
    tries = 0

    async def work(message):
        nonlocal tries
        tries += 1
        raise LedgerUnavailable("disk full")

    async def deliver(sender_id):
        pass

    lanes = Lanes(ledger, work, deliver)
    await lanes.enqueue(UserMessage("s1", "m1", "hi"))
    await until(lambda: lanes._again)
    await lanes.close()
    await asyncio.sleep(0.1)
    assert tries == 1


async def test_no_more_turns_at_once_than_there_are_slots(ledger):
    working, most, gate = 0, 0, asyncio.Event()

    async def work(message):
        nonlocal working, most
        working += 1
        most = max(most, working)
        await gate.wait()
        working -= 1
        await ledger.finish(message)

    async def deliver(sender_id):
        pass

    lanes = Lanes(ledger, work, deliver, parallel=2)
    calls = [asyncio.create_task(lanes.submit(UserMessage(f"s{number}", "m", "hi"))) for number in range(5)]
    await until(lambda: working == 2)
    await asyncio.sleep(0.05)
    gate.set()
    await asyncio.gather(*calls)
    assert most == 2


async def test_closing_lanes_answers_who_waits_and_keeps_the_message(ledger):
    async def work(message):
        await asyncio.sleep(60)

    async def deliver(sender_id):
        pass

    lanes = Lanes(ledger, work, deliver)
    call = asyncio.create_task(lanes.submit(UserMessage("s1", "m1", "hi")))
    await until(lambda: lanes._lanes)
    await lanes.close()
    with pytest.raises(TurnLost):
        await call
    assert (await ledger.next_pending("s1")).message_id == "m1"


async def test_the_hub_wakes_listeners_of_one_sender_and_forgets_who_left():
    hub = Hub()
    with hub.subscribe("s1") as first, hub.subscribe("s2") as second:
        hub.notify("s1")
        hub.typing("s1")
        await asyncio.wait_for(first.wait(), 1)
        assert (first.typing, second.typing, hub.listeners("s1")) == ("bot", None, 1)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(second.wait(), 0.02)
    assert hub.listeners("s1") == 0
    hub.notify("s1")
