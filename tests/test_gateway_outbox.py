"""The outbox: in order, once, patient; and the marks it leaves in the ledger."""

import asyncio
import sqlite3

import pytest
from push_world import until

from bot.channels.channel import UserMessage
from bot.channels.push import TryLater, Undeliverable
from bot.gateway import outbox
from bot.gateway.deliveries import Deliveries
from bot.gateway.ledger import Ledger
from bot.gateway.metrics import Metrics
from bot.gateway.outbox import Outbox, pause
from bot.gateway.storage.database import Database
from bot.messages import Reply


class Platform:
    """A push channel whose posts succeed, or end as the script says; ``asked`` are the questions what is there."""

    name = "pager"

    def __init__(self, *, can_tell: bool = True, parts: int = 1) -> None:
        self._can_tell = can_tell
        self.script: list[Exception | str] = []
        self.arrived: list[str] = []
        self.asked: list[str] = []
        self._parts = parts

    def parts(self, message):
        return [f"{message.sender_id} {message.body['text']} {number}" for number in range(self._parts)]

    async def post(self, message, part):
        step = self.script.pop(0) if self.script else ""
        if isinstance(step, Exception) and not getattr(step, "sent", False):
            raise step
        self.arrived.append(part)
        if step == "hang":
            await asyncio.sleep(60)
        if isinstance(step, Exception):
            raise step

    async def posted(self, message, part):
        self.asked.append(part)
        return self._can_tell and part in self.arrived


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(outbox, "LONGEST_PAUSE", 0.05)


@pytest.fixture
async def database(tmp_path):
    database = Database(tmp_path / "ledger.db")
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def ledger(database):
    return Ledger(database)


async def talk(ledger, *texts, sender="pager:1"):
    """Store one question with these answers."""
    accepted = await ledger.accept(UserMessage(sender, f"m{texts}", "hi", channel="pager"))
    for text in texts:
        assert await ledger.say(accepted.message, Reply(text), 0)


def outbox_of(database, platform, metrics=None):
    return Outbox(database, {"pager": platform}, metrics or Metrics())


@pytest.mark.parametrize("can_tell", [True, False])
@pytest.mark.parametrize("parts", [1, 3])
async def test_each_part_of_each_message_in_order(database, ledger, can_tell, parts):
    platform = Platform(can_tell=can_tell, parts=parts)
    box = outbox_of(database, platform)
    platform.script = ["", TryLater("busy"), "", TryLater("down"), TryLater("down")]
    await talk(ledger, "a", "b")
    await talk(ledger, "c")
    box.wake("pager:1")
    await until(lambda: len(platform.arrived) == 3 * parts)
    assert platform.arrived == [f"pager:1 {text} {number}" for text in "abc" for number in range(parts)]
    assert platform.asked == []
    await box.close()


async def test_a_message_that_arrived_although_the_answer_was_lost_is_not_sent_again(database, ledger):
    platform = Platform(parts=2)
    platform.script = [TryLater("reset", sent=True), TryLater("reset", sent=True)]
    box = outbox_of(database, platform)
    await talk(ledger, "a", "b")
    box.wake("pager:1")
    await until(lambda: len(platform.arrived) == 4)
    assert platform.arrived == [f"pager:1 {text} {number}" for text in "ab" for number in range(2)]
    assert platform.asked == ["pager:1 a 0", "pager:1 a 1"]
    await box.close()


async def test_a_killed_process_is_followed_by_one_that_asks_first(database, ledger):
    platform = Platform(parts=3)
    platform.script = ["", "hang"]
    first = outbox_of(database, platform)
    await talk(ledger, "a")
    first.wake("pager:1")
    await until(lambda: len(platform.arrived) == 2)
    await first.close()
    second = outbox_of(database, platform)
    await second.resume()
    await until(lambda: len(platform.arrived) == 3)
    assert platform.arrived == ["pager:1 a 0", "pager:1 a 1", "pager:1 a 2"]
    assert platform.asked == ["pager:1 a 1"], "only what was begun is asked for"
    await second.close()


async def test_where_nobody_can_tell_a_killed_process_may_double_and_never_loses(database, ledger):
    platform = Platform(can_tell=False)
    platform.script = ["hang"]
    first = outbox_of(database, platform)
    await talk(ledger, "a")
    first.wake("pager:1")
    await until(lambda: platform.arrived)
    await first.close()
    second = outbox_of(database, platform)
    await second.resume()
    await until(lambda: len(platform.arrived) == 2)
    await second.close()


async def test_one_conversation_that_waits_does_not_hold_up_another(database, ledger):
    platform = Platform()
    platform.script = [TryLater("flood", 30.0)]
    box = outbox_of(database, platform)
    await talk(ledger, "a")
    box.wake("pager:1")
    await until(lambda: not platform.script)
    await talk(ledger, "b", sender="pager:2")
    box.wake("pager:2")
    await until(lambda: platform.arrived)
    assert platform.arrived == ["pager:2 b 0"]
    await box.close()


async def test_what_is_refused_for_good_is_marked_with_its_reason_and_passed_over(database, ledger):
    platform, metrics = Platform(parts=2), Metrics()
    platform.script = ["", Undeliverable("is_archived"), "", ""]
    box = outbox_of(database, platform, metrics)
    await talk(ledger, "a", "b")
    box.wake("pager:1")
    await until(lambda: len(platform.arrived) == 3)
    assert platform.arrived == ["pager:1 a 0", "pager:1 b 0", "pager:1 b 1"]
    assert await Deliveries(database).refusals("pager:1") == {2: "is_archived"}
    counted = metrics.render().decode()
    assert 'frontdesk_deliveries_total{channel="pager",outcome="refused"} 1.0' in counted
    await until(lambda: 'outcome="delivered"} 1.0' in metrics.render().decode())
    await box.close()


async def test_a_message_that_was_cut_into_more_parts_before_holds_up_nothing(database, ledger):
    platform = Platform()
    await talk(ledger, "a", "b")
    await database.write(lambda c: c.execute("UPDATE conversations SET delivered_seq = 1, delivered_part = 1"))
    box = outbox_of(database, platform)
    box.wake("pager:1")
    await until(lambda: platform.arrived)
    assert platform.arrived == ["pager:1 b 0"]
    await box.close()


async def test_an_erased_conversation_is_not_delivered(database, ledger):
    platform = Platform()
    platform.script = [TryLater("down", 0.2)]
    box = outbox_of(database, platform)
    await talk(ledger, "a")
    box.wake("pager:1")
    await until(lambda: not platform.script)
    await database.write(lambda connection: connection.execute("DELETE FROM conversations"))
    await until(lambda: not box._workers)
    assert platform.arrived == []


async def test_an_erased_conversation_leaves_no_mark(database, ledger):
    await talk(ledger, "a")
    deliveries = Deliveries(database)
    due = await deliveries.next("pager:1")
    await database.write(lambda connection: connection.execute("DELETE FROM conversations"))
    await deliveries.delivered(due.message, None)
    await deliveries.refused(due.message, "gone")
    assert await deliveries.refusals("pager:1") == {}


async def test_a_ledger_that_failed_is_asked_again_after_ever_longer_pauses(database, ledger, monkeypatch, caplog):
    # A short hiccup is over in no time, however long the longest pause is.
    monkeypatch.setattr(outbox, "LONGEST_PAUSE", 60.0)
    platform = Platform()
    box = outbox_of(database, platform)
    await talk(ledger, "a")
    write, failing = database.write, iter([sqlite3.OperationalError("disk I/O error")] * 3)

    async def broken(work):
        for error in failing:
            raise error
        return await write(work)

    database.write = broken
    box.wake("pager:1")
    await until(lambda: platform.arrived)
    assert "the outbox of pager:1 failed" in caplog.text
    await box.close()


async def test_a_note_that_failed_is_made_again_without_a_second_post(database, ledger):
    platform = Platform(can_tell=False)
    box = outbox_of(database, platform)
    await talk(ledger, "a", "b")
    write, failing = database.write, iter([sqlite3.OperationalError("disk is full")] * 2)

    async def broken(work):
        for error in failing:
            raise error
        return await write(work)

    database.write = broken
    box.wake("pager:1")
    await until(lambda: len(platform.arrived) == 2)
    assert platform.arrived == ["pager:1 a 0", "pager:1 b 0"]
    await box.close()


async def test_only_push_channels_have_workers(database, ledger):
    box = outbox_of(database, Platform())
    box.wake("web-1")
    assert box._workers == {}


async def test_a_conversation_is_due_only_with_words_for_the_customer(database, ledger):
    await ledger.accept(UserMessage("pager:9", "m1", "hi", channel="pager"))
    assert await Deliveries(database).senders("pager") == []
    await talk(ledger, "a", sender="pager:8")
    assert await Deliveries(database).senders("pager") == ["pager:8"]


@pytest.mark.parametrize(
    ("failures", "least", "most"), [(1, 0.5, 1.0), (2, 1.0, 2.0), (6, 16.0, 32.0), (99, 30.0, 60.0)]
)
def test_pauses_double_up_to_a_limit(monkeypatch, failures, least, most):
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 1.0)
    monkeypatch.setattr(outbox, "LONGEST_PAUSE", 60.0)
    waits = [pause(failures, 0.0) for _ in range(200)]
    assert least <= min(waits) and max(waits) <= most and len(set(waits)) > 100


def test_what_the_platform_asks_for_is_never_shortened(monkeypatch):
    monkeypatch.setattr(outbox, "FIRST_PAUSE", 1.0)
    assert all(30.0 <= pause(1, 30.0) <= 30.5 for _ in range(100))
