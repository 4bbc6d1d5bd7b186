"""Writes that come together are stored together: each alone undone when it fails, none told before the commit."""

import asyncio
import os
import signal
import sqlite3
import sys
import threading
from pathlib import Path

import pytest

from bot.errors import LedgerUnavailable
from bot.gateway.storage.database import Database
from bot.gateway.storage.engine import failing
from bot.gateway.storage.writer import MAX_GROUP

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = "INSERT INTO canned (id, title, text) VALUES (?, ?, ?)"


@pytest.fixture
async def database(ledger_place):
    database = Database(ledger_place)
    await database.open()
    yield database
    await database.close()


def insert(name):
    return lambda connection: connection.execute(COLUMNS, (name, name, "")).rowcount


async def names(database):
    query = "SELECT id FROM canned ORDER BY id"
    return [row["id"] for row in await database.read(lambda connection: connection.execute(query).fetchall())]


class Counted:
    """The engine of a database, with its commits counted, held up or broken."""

    def __init__(self, database, monkeypatch):
        self.commits = 0
        self.error = None
        # So many commits succeed before.
        self.spared = 0
        self._commit = database._engine.commit
        self._error_kind = database._engine.errors[0]
        monkeypatch.setattr(database._engine, "commit", self.commit)

    def commit(self):
        self.commits += 1
        error = self.error if self.commits > self.spared else None
        if error == "before":
            raise self._error_kind("no answer")
        self._commit()
        if error == "after":
            raise self._error_kind("no answer")


async def held_up(database):
    """Keep the thread busy until the returned event is set, so that writes gather behind it."""
    release, busy = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait(connection):
        loop.call_soon_threadsafe(busy.set)
        release.wait(5)

    waiting = asyncio.ensure_future(database.write(wait))
    await busy.wait()
    return release, waiting


async def test_writes_that_wait_share_a_commit(database, monkeypatch):
    engine = Counted(database, monkeypatch)
    release, waiting = await held_up(database)
    writes = [asyncio.ensure_future(database.write(insert(f"n{number:02}"))) for number in range(30)]
    await asyncio.sleep(0)
    release.set()
    assert await asyncio.gather(*writes) == [1] * 30
    await waiting
    assert engine.commits == 2, "one for what held them up, one for all of them"
    assert await names(database) == [f"n{number:02}" for number in range(30)]


async def test_a_group_is_not_endless(database, monkeypatch):
    engine = Counted(database, monkeypatch)
    release, waiting = await held_up(database)
    writes = [asyncio.ensure_future(database.write(insert(f"n{number:03}"))) for number in range(2 * MAX_GROUP + 1)]
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(waiting, *writes)
    assert engine.commits == 1 + 3
    assert len(await names(database)) == 2 * MAX_GROUP + 1


async def test_writes_are_done_and_told_in_their_order(database):
    release, waiting = await held_up(database)
    done, told = [], []

    async def write(number):
        await database.write(lambda connection: done.append(number))
        told.append(number)

    writes = [asyncio.ensure_future(write(number)) for number in range(40)]
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(waiting, *writes)
    assert done == told == list(range(40))


def broken_sql(connection):
    insert("half")(connection)
    connection.execute(COLUMNS, ("first", "again", ""))


def broken_python(connection):
    insert("half")(connection)
    raise KeyError("half")


@pytest.mark.parametrize(("work", "error"), [(broken_sql, LedgerUnavailable), (broken_python, KeyError)])
@pytest.mark.parametrize("alone", [True, False])
async def test_a_write_that_fails_undoes_only_itself(database, work, error, alone):
    await database.write(insert("first"))
    if alone:
        with pytest.raises(error):
            await database.write(work)
        await database.write(insert("second"))
    else:
        release, waiting = await held_up(database)
        works = [work, insert("second"), work]
        writes = [asyncio.ensure_future(database.write(one)) for one in works]
        await asyncio.sleep(0)
        release.set()
        outcomes = await asyncio.gather(*writes, return_exceptions=True)
        await waiting
        assert [type(outcomes[0]), outcomes[1], type(outcomes[2])] == [error, 1, error]
    assert await names(database) == ["first", "second"]


@pytest.mark.parametrize(("broken", "stored"), [("before", []), ("after", ["n0", "n1", "n2"])])
async def test_a_commit_that_fails_reaches_everybody(database, monkeypatch, broken, stored):
    engine = Counted(database, monkeypatch)
    engine.error, engine.spared = broken, 1
    release, waiting = await held_up(database)
    writes = [asyncio.ensure_future(database.write(insert(f"n{number}"))) for number in range(3)]
    await asyncio.sleep(0)
    release.set()
    await waiting
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LedgerUnavailable] * 3
    engine.error = None
    assert await names(database) == stored, "what is read after a failed commit is what became of it"
    await database.write(insert("later"))
    assert await names(database) == sorted([*stored, "later"])


async def test_after_a_failed_commit_the_writing_connection_is_asked_until_it_has_answered(database, monkeypatch):
    engine = Counted(database, monkeypatch)
    engine.error = "before"
    with pytest.raises(LedgerUnavailable):
        await database.write(insert("lost"))
    asked = []
    connection = database._engine.connection
    monkeypatch.setattr(database._engine, "connection", lambda: asked.append(True) or connection())
    assert await names(database) == await names(database) == []
    assert asked == [True], "once it has answered, others may read beside it again"


async def test_what_ends_the_transaction_reaches_everybody_in_it(database):
    """A full disk, for one, makes SQLite undo the whole transaction in the middle of a group."""
    release, waiting = await held_up(database)
    works = [insert("before"), lambda connection: connection.execute("ROLLBACK"), insert("behind")]
    writes = [asyncio.ensure_future(database.write(work)) for work in works]
    await asyncio.sleep(0)
    release.set()
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    await waiting
    assert [type(outcome) for outcome in outcomes] == [LedgerUnavailable] * 3
    assert await names(database) == []
    await database.write(insert("later"))
    assert await names(database) == ["later"]


async def test_a_caller_who_left_before_its_turn_is_not_served_and_disturbs_nobody(database):
    release, waiting = await held_up(database)
    gone = asyncio.ensure_future(database.write(insert("gone")))
    stays = asyncio.ensure_future(database.write(insert("stays")))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(waiting, stays)
    assert await names(database) == ["stays"]


async def test_nothing_is_read_before_it_is_committed(database, monkeypatch):
    seen, committed = [], []
    engine = database._engine
    commit, loop = engine.commit, asyncio.get_running_loop()

    def slowly():
        # Reading goes on in another thread while this one stands between the last statement and the commit.
        seen.append(asyncio.run_coroutine_threadsafe(names(database), loop).result(5))
        commit()
        committed.append(True)

    monkeypatch.setattr(engine, "commit", slowly)
    await database.write(insert("new"))
    assert (seen, committed) == ([[]], [True])
    assert await names(database) == ["new"], "and everybody who was told sees it"


async def test_a_look_sees_what_was_told_and_nothing_before(database):
    query = "SELECT id FROM canned"

    def rows(connection):
        return len(connection.execute(query).fetchall())

    release, waiting = await held_up(database)
    write = asyncio.ensure_future(database.write(insert("new")))
    await asyncio.sleep(0)
    assert await database.look(rows) == 0
    release.set()
    await asyncio.gather(waiting, write)
    assert await database.look(rows) == 1


async def test_a_look_after_a_failed_commit_goes_to_the_writing_connection_too(database, monkeypatch):
    engine = Counted(database, monkeypatch)
    engine.error = "after"
    with pytest.raises(LedgerUnavailable):
        await database.write(insert("stored"))
    asked = []
    connection = database._engine.connection
    monkeypatch.setattr(database._engine, "connection", lambda: asked.append(True) or connection())
    found = await database.look(lambda one: one.execute("SELECT id FROM canned").fetchone()["id"])
    assert (found, asked) == ("stored", [True])


async def test_closing_finishes_what_is_queued(tmp_path):
    database = Database(tmp_path / "c.db")
    await database.open()
    writes = [asyncio.ensure_future(database.write(insert(f"n{number}"))) for number in range(20)]
    await asyncio.sleep(0)
    await database.close()
    assert await asyncio.gather(*writes) == [1] * 20


WRITE_UNTIL_KILLED = """
import asyncio, sys
from pathlib import Path
from bot.gateway.storage.database import Database

async def one(database, number):
    for step in range(10**6):
        name = f"{number}-{step}"
        query = "INSERT INTO canned (id, title, text) VALUES (?, ?, ?)"
        await database.write(lambda connection: connection.execute(query, (name, name, "")).rowcount)
        print(name, flush=True)

async def main():
    database = Database(Path(sys.argv[1]))
    await database.open()
    await asyncio.gather(*(one(database, number) for number in range(12)))

asyncio.run(main())
"""


@pytest.mark.parametrize("after", [5, 150, 400])
async def test_after_kill_9_everything_that_was_told_is_there(tmp_path, after):
    path = tmp_path / "c.db"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITE_UNTIL_KILLED, str(path), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    told = [(await process.stdout.readline()).decode().strip() for _ in range(after)]
    os.kill(process.pid, signal.SIGKILL)
    told += (await process.stdout.read()).decode().split("\n")[:-1]
    await process.wait()
    connection = sqlite3.connect(path)
    stored = {name for (name,) in connection.execute("SELECT id FROM canned")}
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert set(told) <= stored
    # Each of the twelve waits for its last write, so at most one of each is stored and was not told.
    assert len(stored) - len(told) <= 12


def test_the_drivers_words_do_not_leave_the_ledger(tmp_path):
    engine = Database(tmp_path / "c.db")._engine
    with pytest.raises(LedgerUnavailable, match="cannot be used now"), failing(engine):
        raise sqlite3.OperationalError("disk I/O error")
