"""Locks on a real Redis server that these tests start and kill, and in memory."""

import asyncio
import os
import time
import uuid

import pytest

# Rasa takes seconds to import, and brings warnings of its own.
pytestmark = pytest.mark.filterwarnings("ignore")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from rasa.core.lock_store import LockStore  # noqa: E402

from bot.dialogue import lock_store  # noqa: E402
from bot.dialogue.lock_store import LocalLocks, RedisLocks  # noqa: E402
from bot.errors import DialogueUnavailable  # noqa: E402


@pytest.fixture
def sender():
    return uuid.uuid4().hex


class Diary:
    """Writes down when turns begin and end."""

    def __init__(self):
        self.lines = []

    async def turn(self, locks, sender, name, seconds=0.03):
        async with locks.lock(sender):
            self.lines.append(f"{name} begins")
            await asyncio.sleep(seconds)
            self.lines.append(f"{name} ends")

    @property
    def interleaved(self):
        begun = [line.split()[0] for line in self.lines[::2]]
        return self.lines != [f"{name} {what}" for name in begun for what in ("begins", "ends")]


async def test_turns_of_two_workers_do_not_interleave(redis_server, sender):
    workers, diary = [RedisLocks(redis_server.url), RedisLocks(redis_server.url)], Diary()
    await asyncio.gather(*(diary.turn(workers[number % 2], sender, f"t{number}") for number in range(10)))
    assert len(diary.lines) == 20
    assert not diary.interleaved
    assert all(len(worker._here) == 0 for worker in workers), "locks are not kept"


async def test_a_diary_without_locks_is_interleaved(sender):
    diary = Diary()
    await asyncio.gather(*(diary.turn(LocalLocks(), sender, f"t{number}") for number in range(2)))
    assert diary.interleaved, "the test above can fail"


async def test_turns_of_one_worker_keep_their_order(redis_server, sender):
    for locks in (LocalLocks(), RedisLocks(redis_server.url)):
        diary = Diary()
        await asyncio.gather(*(diary.turn(locks, sender, f"t{number}", 0.01) for number in range(5)))
        assert diary.lines[::2] == [f"t{number} begins" for number in range(5)]


async def test_conversations_do_not_wait_for_each_other(redis_server):
    locks, diary = RedisLocks(redis_server.url), Diary()
    began = time.monotonic()
    await asyncio.gather(*(diary.turn(locks, uuid.uuid4().hex, f"t{number}", 0.3) for number in range(5)))
    assert time.monotonic() - began < 1.2


async def test_a_long_turn_keeps_its_lock_and_a_killed_worker_does_not(redis_server, sender, monkeypatch):
    monkeypatch.setattr(lock_store, "LEASE", 0.5)
    monkeypatch.setattr(lock_store, "RENEW_EVERY", 0.1)
    diary, killed, other = Diary(), RedisLocks(redis_server.url), RedisLocks(redis_server.url)
    first = asyncio.create_task(diary.turn(killed, sender, "long", 1.2))
    await asyncio.sleep(0.1)
    await diary.turn(other, sender, "next")
    assert not diary.interleaved, "longer than the lease"
    await first
    held = killed._redis.lock(f"frontdesk:turn:{sender}", timeout=0.5)
    await held.acquire()  # and nobody renews it
    began = time.monotonic()
    await diary.turn(other, sender, "after")
    assert 0.2 < time.monotonic() - began < 2


async def test_redis_down_is_a_clear_error_before_the_turn_and_it_comes_back(redis_server, sender):
    locks, diary = RedisLocks(redis_server.url), Diary()
    await diary.turn(locks, sender, "before")
    redis_server.kill()
    with pytest.raises(DialogueUnavailable, match="lock store failed: ConnectionError"):
        await diary.turn(locks, sender, "never")
    redis_server.start()
    await diary.turn(locks, sender, "after")
    assert [line for line in diary.lines if "never" in line] == []
    assert not diary.interleaved


async def test_a_turn_that_outlives_redis_ends_well(redis_server, sender, caplog):
    locks, diary = RedisLocks(redis_server.url), Diary()
    turn = asyncio.create_task(diary.turn(locks, sender, "cut", 0.5))
    await asyncio.sleep(0.2)
    redis_server.kill()
    await turn
    assert diary.lines == ["cut begins", "cut ends"]
    assert "could not be given back" in caplog.text
    redis_server.start()


def test_rasa_takes_them_as_they_are(redis_server):
    for locks in (LocalLocks(), RedisLocks(redis_server.url)):
        assert LockStore.create(locks) is locks
