"""A ledger in a file that cannot be used: full, locked, not there, not ours."""

import resource
import sqlite3
from pathlib import Path

import pytest
from gateway_world import start

from bot.channels.channel import UserMessage
from bot.errors import LedgerUnavailable
from bot.gateway import lanes, readiness
from bot.gateway.ledger import Ledger
from bot.gateway.storage import sqlite
from bot.gateway.storage.database import Database


@pytest.fixture
async def world(aiohttp_client, aiohttp_server, tmp_path, monkeypatch):
    monkeypatch.setattr(lanes, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(readiness, "KEPT", 0)
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", 0.1)
    return await start(aiohttp_client, aiohttp_server, tmp_path)


def may_hold(world, pages):
    """Let the file grow to so many pages and no more, as a full disk does."""
    return world.parts.ledger._database.write(
        lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}").fetchone()[0]
    )


async def test_a_full_disk_is_told_to_everybody_and_loses_nothing(world):
    visitor = await world.visitor()
    await visitor.say("before", "m1")
    await may_hold(world, 1)
    refused = await visitor.post(text="x" * 3000, message_id="m2")
    for number in range(20):
        if refused.status != 200:
            break
        refused = await visitor.post(text="x" * 3000, message_id=f"n{number}")
    data = await refused.json()
    assert (refused.status, refused.headers["Retry-After"]) == (503, "2")
    assert data["error"]["code"] in ("ledger_unavailable", "turn_lost")
    assert (await visitor.post(text="y" * 3000, message_id="last")).status == 503
    await may_hold(world, 1_000_000)
    await visitor.say("y" * 3000, "last")
    history = await visitor.history()
    assert [line["message_id"] for line in history if line["from"] == "customer"][-1] == "last"
    assert len({line["message_id"] for line in history if line["from"] == "customer"}) * 2 == len(history)


async def gateway_part(world):
    return (await (await world.client.get("/readyz")).json())["parts"]["gateway"]


async def test_readiness_sees_that_nothing_more_can_be_stored(world, monkeypatch):
    monkeypatch.setattr(readiness, "TRIED", 0)
    visitor = await world.visitor()
    for number in range(5):
        await visitor.say("before", f"m{number}")
    assert await gateway_part(world) == {"ready": True}
    size = Path(f"{world.settings.conversations_db}-wal").stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # No file may grow beyond this: as good as a full disk, and the write-ahead log has no room left in it.
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        assert (await visitor.post(text="y", message_id="full")).status == 503
        await world.parts.ledger.check()  # the lock alone notices nothing
        gateway = await gateway_part(world)
        assert not gateway["ready"] and "Check the disk" in gateway["remedy"]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert await gateway_part(world) == {"ready": True}
    await visitor.say("y", "full")


async def test_a_file_that_somebody_keeps_locked_is_named_and_waited_for(world):
    visitor = await world.visitor()
    other = sqlite3.connect(world.settings.conversations_db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    response = await visitor.post(text="hello", message_id="m1")
    assert (response.status, (await response.json())["error"]["code"]) == (503, "ledger_unavailable")
    assert "database is locked" in (await response.json())["error"]["message"]
    gateway = (await (await world.client.get("/readyz")).json())["parts"]["gateway"]
    assert not gateway["ready"] and "Check the disk" in gateway["remedy"]
    other.execute("ROLLBACK")
    other.close()
    assert (await visitor.say("hello", "m1"))[0]["text"] == "You said hello"


async def test_a_file_that_is_no_ledger_is_an_error_of_ours(tmp_path):
    (tmp_path / "c.db").write_text("this is no database, but it is long enough to look at" * 100)
    with pytest.raises(LedgerUnavailable, match="not a database"):
        await Database(tmp_path / "c.db").open()


async def test_what_is_not_open_is_an_error_of_ours(tmp_path):
    ledger = Ledger(Database(tmp_path / "c.db"))
    with pytest.raises(LedgerUnavailable, match="not open"):
        await ledger.accept(UserMessage("s1", "m1", "hi"))
