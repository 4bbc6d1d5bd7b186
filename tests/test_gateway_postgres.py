"""The ledger on a PostgreSQL server that is killed, cut off, full of others, or not there."""

import asyncio
import time
from contextlib import suppress
from functools import partial

import gateway_world
import pytest
from gateway_world import start, until
from ledger_wire import CutAtCommit

from bot.channels.channel import UserMessage
from bot.errors import LedgerUnavailable, SettingsError
from bot.gateway import lanes, readiness
from bot.gateway import stream as stream_of_customers
from bot.gateway.ledger import Ledger
from bot.gateway.storage import postgres
from bot.gateway.storage.database import Database, engine_of
from bot.gateway.storage.migrations import MIGRATIONS
from bot.gateway.storage.postgres_session import translated
from bot.messages import Reply

COUNT = "SELECT count(*) FROM messages"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(postgres, "HANDOVER", 0.4)
    monkeypatch.setattr(postgres, "PATIENCE", 10.0)
    monkeypatch.setattr(postgres, "PAUSE", 0.05)
    monkeypatch.setattr(postgres, "REST", 0.05)
    monkeypatch.setattr(lanes, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(readiness, "KEPT", 0)
    monkeypatch.setattr(stream_of_customers, "LEDGER_PAUSE", 0.1)


@pytest.fixture
def url(postgres):
    return postgres.ledger()


@pytest.fixture
async def opened():
    """Open ledgers that are closed after the test."""
    databases = []

    async def open_one(place, **how):
        databases.append(Database(place, **how))
        await databases[-1].open()
        return databases[-1]

    yield open_one
    for database in databases:
        await database.close()


async def count(database):
    return await database.read(lambda connection: connection.execute(COUNT).fetchone()[0])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("SELECT ?", "SELECT %s"),
        ("SELECT '?', ?", "SELECT '?', %s"),
        ("SELECT 1 WHERE body LIKE '%@%' AND a = ?", "SELECT 1 WHERE body LIKE '%%@%%' AND a = %s"),
        ("SELECT 'it''s ? 100%', ? % 7", "SELECT 'it''s ? 100%%', %s %% 7"),
        ("SELECT 1", "SELECT 1"),
    ],
)
def test_marks_become_the_drivers_but_not_in_a_quoted_text(ours, theirs):
    assert translated(ours) == theirs


async def test_both_engines_read_the_same_sql_the_same_way(ledger_place, opened):
    database = await opened(ledger_place)

    def work(connection):
        for name in ("b", "B", "a", "ä", "a-1"):
            connection.execute("INSERT INTO canned (id, title, text) VALUES (?, ?, ?)", (name, name, "100% ?"))
        query = "INSERT INTO canned (id, title, text) VALUES ('a', '', '') ON CONFLICT DO NOTHING"
        assert connection.execute(query).rowcount == 0
        rows = connection.execute("SELECT id AS name, text FROM canned WHERE text LIKE '%_%' ORDER BY title").fetchall()
        return [(row["name"], row[1]) for row in rows]

    expected = [(name, "100% ?") for name in ("B", "a", "a-1", "b", "ä")]
    assert await database.write(work) == expected, "by bytes, not by the language of the server"


async def test_a_server_that_dies_is_an_error_and_comes_back_without_a_restart(postgres, url, opened, caplog):
    ledger = Ledger(await opened(url, serving=True))
    await ledger.accept(UserMessage("s1", "m1", "before"))
    postgres.kill()
    for _ in range(3):
        for call in (ledger.check, partial(ledger.since, "s1", 0), partial(ledger.owner, "s1")):
            with pytest.raises(LedgerUnavailable, match="PostgreSQL does not answer"):
                await call()
    postgres.start()
    await asyncio.sleep(0.1)
    assert (await ledger.accept(UserMessage("s1", "m1", "before"))).new is False
    assert [line.body["text"] for line in await ledger.since("s1", 0)] == ["before"]


async def test_a_connection_that_was_dropped_meanwhile_is_no_reason_to_fail(postgres, url, opened):
    ledger = Ledger(await opened(url, serving=True))
    for number in range(2):
        postgres.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'frontdesk'")
        await asyncio.sleep(0.1)
        if number:
            assert len(await ledger.since("s1", 0)) == 1
        await ledger.accept(UserMessage("s1", f"m{number}", "hi"))


async def test_nobody_waits_long_for_a_writer_that_does_not_end(url, opened, monkeypatch):
    monkeypatch.setattr(postgres, "STATEMENT_TIMEOUT", 200)
    ledger = Ledger(await opened(url, serving=True))
    other = engine_of(url)
    other.open()
    other.begin()
    with pytest.raises(LedgerUnavailable, match="57014"):
        await ledger.accept(UserMessage("s1", "m1", "hi"))
    assert await ledger.since("s1", 0) == [], "who reads does not wait"
    other.rollback()
    assert (await ledger.accept(UserMessage("s1", "m1", "hi"))).new
    other.close()


async def test_writers_of_two_processes_run_one_after_the_other(url, opened):
    databases = [await opened(url, serving=True), await opened(url)]

    def work(connection):
        seen = connection.execute("SELECT count(*) FROM canned").fetchone()[0]
        connection.execute("INSERT INTO canned (id, title, text) VALUES (?, '', '')", (str(seen),))

    await asyncio.gather(*(database.write(work) for _ in range(20) for database in databases))
    assert await databases[0].read(lambda c: c.execute("SELECT count(*) FROM canned").fetchone()[0]) == 40


async def test_a_second_gateway_is_refused_and_other_commands_are_not(url, opened):
    first = await opened(url, serving=True)
    beside = await opened(url)
    assert await count(beside) == 0
    with pytest.raises(SettingsError, match=r"Another gateway serves.*FRONTDESK_LEDGER_URL"):
        await opened(url, serving=True)
    assert await count(first) == 0


async def test_a_gateway_takes_over_from_one_that_is_ending(url, opened):
    first = Database(url, serving=True)
    await first.open()
    second = asyncio.create_task(opened(url, serving=True))
    await asyncio.sleep(0.15)
    await first.close()
    assert await count(await second) == 0


async def test_a_gateway_that_lost_its_place_to_another_writes_nothing(postgres, url, opened, monkeypatch):
    first = Ledger(await opened(url, serving=True))
    # Cut off for long enough that another one could start.
    monkeypatch.setattr(postgres_engine(first), "_parameters", {"host": "127.0.0.1", "port": "1"})
    postgres.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'frontdesk'")
    await asyncio.sleep(0.1)
    second = await opened(url, serving=True)
    monkeypatch.undo()
    with pytest.raises(LedgerUnavailable, match="another gateway serves it"):
        await first.accept(UserMessage("s1", "m1", "hi"))
    assert await count(second) == 0


def postgres_engine(ledger):
    return ledger._database._engine


async def test_two_ledgers_share_a_database_in_schemas_of_their_own(postgres, opened):
    ledgers = [Ledger(await opened(postgres.ledger(), serving=True)) for _ in range(2)]
    await ledgers[0].accept(UserMessage("s1", "m1", "hi"))
    assert await ledgers[1].since("s1", 0) == []


async def test_processes_that_start_together_make_the_tables_once(url, opened):
    databases = await asyncio.gather(*(opened(url) for _ in range(4)))
    steps = await databases[0].read(
        lambda connection: connection.execute("SELECT version FROM ledger_schema").fetchall()
    )
    assert [row["version"] for row in steps] == [len(MIGRATIONS)]


async def test_a_ledger_of_a_newer_version_is_left_alone(url, opened):
    database = await opened(url)
    await database.write(lambda connection: connection.execute("UPDATE ledger_schema SET version = 99"))
    with pytest.raises(SettingsError, match="schema 99"):
        await opened(url)


@pytest.fixture
def locked(postgres):
    """A user who needs a password, which the server asks everybody for who comes by that name."""
    [[file]] = postgres.rows("SHOW hba_file")
    with open(file, encoding="utf-8") as hba:
        before = hba.read()
    with open(file, "w", encoding="utf-8") as hba:
        hba.write("host all locked 127.0.0.1/32 scram-sha-256\n" + before)
    postgres.rows("CREATE ROLE locked LOGIN PASSWORD 'right'")
    postgres.rows("SELECT pg_reload_conf()")
    yield postgres.url.replace("frontdesk@", "locked:s3cret@")
    with open(file, "w", encoding="utf-8") as hba:
        hba.write(before)
    postgres.rows("DROP ROLE locked")
    postgres.rows("SELECT pg_reload_conf()")


async def test_a_wrong_password_is_told_at_once_and_not_repeated(locked, caplog):
    began = time.monotonic()
    with pytest.raises(SettingsError, match="password authentication failed.*FRONTDESK_LEDGER_URL") as caught:
        await Database(locked, serving=True).open()
    assert time.monotonic() - began < 5, "a start waits for a server, not for another password"
    assert "s3cret" not in str(caught.value) + caplog.text + repr(caught.value.__context__)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda url: url.replace("search_path%3D", "search_path%3Dno_"), "the schema none"),
        (lambda url: url.replace("/postgres?", "/nowhere?"), 'database "nowhere" does not exist'),
    ],
)
async def test_an_address_that_leads_nowhere_is_told_at_once(url, change, said):
    with pytest.raises(SettingsError, match=said):
        await Database(change(url), serving=True).open()


async def test_a_database_in_another_encoding_is_refused(postgres):
    postgres.rows_apart(
        "CREATE DATABASE plain ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
    )
    try:
        with pytest.raises(SettingsError, match="encoding SQL_ASCII"):
            await Database(postgres.url.replace("/postgres", "/plain")).open()
    finally:
        postgres.rows_apart("DROP DATABASE plain")


async def test_a_gateway_waits_for_a_server_that_is_starting_too(postgres, url, opened):
    postgres.kill()
    with pytest.raises(SettingsError, match="Connection refused"):
        await opened(url)
    waiting = asyncio.create_task(opened(url, serving=True))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    await asyncio.to_thread(postgres.start)
    assert await count(await waiting) == 0


async def test_a_gateway_does_not_wait_for_ever(url, monkeypatch, unused_tcp_port):
    monkeypatch.setattr(postgres, "PATIENCE", 0.2)
    with pytest.raises(SettingsError, match="cannot be used.*Start it") as caught:
        await Database(f"postgresql://u:s3cret@127.0.0.1:{unused_tcp_port}/x", serving=True).open()
    assert "s3cret" not in str(caught.value)


async def test_an_error_names_no_value_that_was_to_be_stored(ledger_place, opened, caplog):
    database = await opened(ledger_place)
    query = "INSERT INTO accounts (key, name, role, password, created_at) VALUES ('zebra', 'zebra', ?, 'zebra', '')"
    for role in ("zebra", "agent", "agent"):
        with suppress(LedgerUnavailable):
            await database.write(lambda connection, role=role: connection.execute(query, (role,)))
    with pytest.raises(LedgerUnavailable) as caught:
        await database.write(lambda connection: connection.execute("SELECT 'zebra' FROM"))
    assert "zebra" not in str(caught.value) and caught.value.__suppress_context__
    assert "zebra" not in caplog.text and caplog.text.count("the ledger failed") == 3


async def test_an_error_that_was_passed_over_is_not_taken_for_a_commit(url, opened):
    database = await opened(url)

    def work(connection):
        connection.execute("INSERT INTO canned (id, title, text) VALUES ('a', '', '')")
        try:
            connection.execute("SELECT nothing")
        except database._engine.errors:
            return "stored"

    with pytest.raises(LedgerUnavailable):
        await database.write(work)
    await database.write(
        lambda connection: connection.execute("INSERT INTO canned (id, title, text) VALUES ('b', '', '')")
    )
    rows = await database.read(lambda connection: connection.execute("SELECT id FROM canned").fetchall())
    assert [row["id"] for row in rows] == ["b"]


@pytest.mark.parametrize("how", ["before", "after", "late"])
async def test_a_commit_whose_outcome_is_unknown_loses_and_doubles_nothing(
    how, postgres, url, monkeypatch, aiohttp_client, aiohttp_server, tmp_path
):
    wire = CutAtCommit(postgres.port)
    monkeypatch.setattr(gateway_world, "LEDGER_URL", url.replace(f":{postgres.port}/", f":{wire.port}/"))
    world = await start(aiohttp_client, aiohttp_server, tmp_path)
    visitor = await world.visitor()
    names = [f"m{number}" for number in range(8)]
    for number, name in enumerate(names):
        # A turn commits the message, two replies, and that it is worked.
        wire.cut(1 + number % 4, how)
        await insist(visitor, "two", name)
    assert wire.cuts == len(names)
    lines = [(line["from"], line.get("message_id") or line["in_reply_to"]) for line in await visitor.history()]
    assert lines == [line for name in names for line in (("customer", name), ("bot", name), ("bot", name))]
    texts = [line["text"] for line in await visitor.history() if line["from"] == "bot"]
    assert texts == ["You said two", "And more."] * len(names)
    await world.client.close()
    wire.close()


async def insist(visitor, text, message_id):
    """Send until it is answered, as the widget does."""
    deadline = time.monotonic() + 20
    while (response := await visitor.post(text=text, message_id=message_id)).status != 200:
        assert response.status == 503, await response.text()
        assert time.monotonic() < deadline, await response.text()
        await asyncio.sleep(0.05)


async def test_a_server_killed_in_the_middle_of_a_conversation(
    postgres, url, monkeypatch, aiohttp_client, aiohttp_server, tmp_path
):
    monkeypatch.setattr(gateway_world, "LEDGER_URL", url)
    world = await start(aiohttp_client, aiohttp_server, tmp_path)
    visitor = await world.visitor()
    stream = await world.client.ws_connect("/api/v1/stream")
    await stream.send_json({"token": visitor.token, "after": 0})
    await visitor.say("before", "m1")
    for number in range(3):
        world.worker.release.clear()
        heard = len(world.worker.heard)
        turn = asyncio.create_task(insist(visitor, "wait", f"w{number}"))
        await until(lambda heard=heard: len(world.worker.heard) > heard)
        postgres.kill()
        world.worker.release.set()
        response = await visitor.post(text="now?", message_id=f"n{number}")
        error = await response.json()
        assert (response.status, error["error"]["code"]) == (503, "ledger_unavailable")
        assert int(response.headers["Retry-After"]) >= 1
        ready = await (await world.client.get("/readyz")).json()
        assert "Start PostgreSQL" in ready["parts"]["gateway"]["remedy"]
        assert "127.0.0.1" not in str(ready["parts"]["gateway"]) + str(error), "anybody may ask"
        await asyncio.to_thread(postgres.start)
        await turn
        await insist(visitor, "now?", f"n{number}")
    history = await visitor.history()
    said = [line["text"] for line in history if line["from"] == "customer"]
    assert said == ["before", *["wait", "now?"] * 3]
    assert [line["text"] for line in history if line["from"] == "bot"] == [f"You said {text}" for text in said]
    assert [line["seq"] for line in history] == list(range(1, 15))
    heard = []
    while len(heard) < len(history):
        frame = await stream.receive_json(timeout=5)
        heard += [frame["message"]] if frame["type"] == "message" else []
    assert heard == history, "the stream has waited for the database, and left out nothing"
    await stream.close()


async def test_what_is_not_open_is_an_error_of_ours(url):
    database = Database(url)
    with pytest.raises(LedgerUnavailable):
        await database.read(lambda connection: connection.execute("SELECT 1"))
    with pytest.raises(LedgerUnavailable):
        await database.write(lambda connection: connection.execute("SELECT 1"))


async def test_replies_are_numbered_once_however_many_want_to_speak(url, opened):
    ledger = Ledger(await opened(url, serving=True))
    message = (await ledger.accept(UserMessage("s1", "m1", "hi"))).message
    said = await asyncio.gather(*(ledger.say(message, Reply(f"r{number}"), 0) for number in range(30)))
    assert sorted(one.message.seq for one in said) == list(range(2, 32))
