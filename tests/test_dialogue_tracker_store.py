"""The tracker store on real databases: SQLite in a file, and a PostgreSQL server that these tests start and kill."""

import asyncio
import os
import sqlite3
import time
import uuid

import pytest

# Rasa takes seconds to import, and brings warnings of its own.
pytestmark = pytest.mark.filterwarnings("ignore")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from rasa.shared.core.domain import Domain  # noqa: E402
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, SlotSet, UserUttered  # noqa: E402

from bot.dialogue.tracker_store import ConversationChanged, DurableTrackerStore  # noqa: E402
from bot.errors import DialogueUnavailable  # noqa: E402

DOMAIN = (
    "{version: '3.1', entities: [size], slots: {size: {type: text, mappings: [{type: from_entity, entity: size}]}}}"
)
PARSED = {"intent": {"name": "greet", "confidence": 0.7}, "entities": []}


def opened(place):
    store = DurableTrackerStore(place)
    store.domain = Domain.from_yaml(DOMAIN)
    return store


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    return tmp_path / "rasa.db" if request.param == "sqlite" else request.getfixturevalue("postgres").url


@pytest.fixture
def store(place):
    store = opened(place)
    yield store
    store.engine.dispose()


@pytest.fixture
def sender():
    return uuid.uuid4().hex


def turn(tracker, text, message_id, *more):
    for event in (UserUttered(text, parse_data=PARSED, message_id=message_id), BotUttered(f"You said {text}"), *more):
        tracker.update(event)


async def worked(store, sender, text, message_id="m"):
    tracker = await store.get_or_create_tracker(sender)
    turn(tracker, text, message_id)
    await store.save(tracker)
    return tracker


def said(tracker):
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


async def test_a_conversation_outlives_the_worker(store, place, sender):
    for number in range(3):
        await worked(store, sender, f"text {number}", f"m{number}")
    later = opened(place)
    assert said(await later.retrieve(sender)) == ["text 0", "text 1", "text 2"]
    assert later.last_message(sender).get("message_id", "") == "m2"
    assert sender in list(await later.keys())
    assert await later.retrieve("nobody") is None
    later.engine.dispose()


async def test_a_clock_that_is_behind_costs_no_turn(store, sender):
    now = time.time()
    for text, at, starts in (("one", now, True), ("two", now - 3, False), ("three", now + 1, False), ("new", 0, True)):
        tracker = await store.get_or_create_tracker(sender)
        if starts:
            tracker.update(ActionExecuted("action_session_start", timestamp=at))
            tracker.update(SessionStarted(timestamp=at))
        tracker.update(UserUttered(text, parse_data=PARSED, timestamp=at))
        await store.save(tracker)
        seen = said(await store.retrieve(sender))
        assert seen == {"one": ["one"], "two": ["one", "two"], "three": ["one", "two", "three"], "new": ["new"]}[text]
    assert said(await store.retrieve_full_tracker(sender)) == ["one", "two", "three", "new"]


async def test_tables_that_are_gone_are_made_again(store, sender):
    await worked(store, sender, "one")
    store.Base.metadata.drop_all(store.engine)
    with pytest.raises(DialogueUnavailable):
        await worked(store, sender, "two")
    await worked(store, sender, "three")
    assert said(await store.retrieve(sender)) == ["three"]


async def test_one_tracker_can_be_saved_in_pieces(store, sender):
    tracker = await worked(store, sender, "one", "m1")
    turn(tracker, "two", "m2", SlotSet("size", "44"))
    await store.save(tracker)
    await store.save(tracker)
    loaded = await store.retrieve(sender)
    assert said(loaded) == ["one", "two"]
    assert loaded.get_slot("size") == "44"
    assert len(loaded.events) == len(tracker.events), "nothing is stored twice"


async def test_a_new_session_is_all_that_is_read_and_the_old_one_stays(store, sender):
    tracker = await worked(store, sender, "old", "m1")
    tracker.update(ActionExecuted("action_session_start"))
    tracker.update(SessionStarted(timestamp=time.time()))
    turn(tracker, "new", "m2")
    await store.save(tracker)
    loaded = await store.retrieve(sender)
    assert said(loaded) == ["new"]
    turn(loaded, "newer", "m3")
    await store.save(loaded)
    assert said(await store.retrieve(sender)) == ["new", "newer"]
    assert said(await store.retrieve_full_tracker(sender)) == ["old", "new", "newer"]


@pytest.mark.parametrize("known", [True, False])
async def test_a_turn_is_not_stored_into_the_middle_of_another(store, place, sender, known):
    if known:
        await worked(store, sender, "before", "m0")
    other = opened(place)
    ours, theirs = await store.get_or_create_tracker(sender), await other.get_or_create_tracker(sender)
    turn(ours, "ours", "m1")
    turn(theirs, "theirs", "m2")
    await store.save(ours)
    with pytest.raises(ConversationChanged):
        await other.save(theirs)
    assert said(await other.retrieve(sender)) == [*(["before"] if known else []), "ours"]
    await worked(other, sender, "again", "m3")
    assert said(await store.retrieve(sender))[-2:] == ["ours", "again"]
    other.engine.dispose()


async def test_of_many_workers_at_once_one_wins_and_the_others_hear_of_it(store, place, sender):
    await store.check()
    stores = [opened(place) for _ in range(4)]
    trackers = [await each.get_or_create_tracker(sender) for each in stores]
    for number, tracker in enumerate(trackers):
        turn(tracker, f"text {number}", f"m{number}")
    results = await asyncio.gather(*map(save_in, stores, trackers), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["ConversationChanged"] * 3 + ["NoneType"]
    assert said(await store.retrieve(sender)) == [f"text {results.index(None)}"]
    for each in stores:
        each.engine.dispose()


async def save_in(store, tracker):
    await store.save(tracker)


async def test_workers_that_start_together_make_the_tables_once(tmp_path):
    stores = [opened(tmp_path / "rasa.db") for _ in range(6)]
    await asyncio.gather(*(store.check() for store in stores))
    await worked(stores[0], "s", "hello")
    assert said(await stores[5].retrieve("s")) == ["hello"]
    for store in stores:
        store.engine.dispose()


async def test_the_loop_goes_on_while_the_database_waits(store, place, sender):
    await worked(store, sender, "before")
    blocked = blocker(place)
    tracker = await store.get_or_create_tracker(sender)
    turn(tracker, "late", "m2")
    saving = asyncio.create_task(store.save(tracker))
    began = time.monotonic()
    await asyncio.sleep(0.2)
    assert time.monotonic() - began < 1
    assert not saving.done()
    saving.cancel()
    await asyncio.sleep(0.1)
    assert not saving.done(), "a turn that is given up has ended only when nothing is written any more"
    blocked()
    with pytest.raises(asyncio.CancelledError):
        await saving
    assert said(await store.retrieve(sender)) == ["before", "late"]


def blocker(place):
    """Lock the table against writers; returns what lets it go."""
    if not isinstance(place, str):
        connection = sqlite3.connect(place, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        return connection.close
    import psycopg2

    connection = psycopg2.connect(place)
    connection.cursor().execute("LOCK TABLE events IN EXCLUSIVE MODE")
    return connection.close


async def test_what_was_to_be_stored_is_in_no_error_and_no_log(store, sender, caplog):
    await store.check()
    tracker = await store.get_or_create_tracker(sender)
    turn(tracker, "zebra", "m1")
    tracker.events[-1].type_name = None
    with pytest.raises(DialogueUnavailable, match="IntegrityError") as caught:
        await store.save(tracker)
    assert "zebra" not in str(caught.value) + caplog.text


async def test_a_database_that_dies_is_an_error_and_comes_back_without_a_restart(postgres, sender):
    store = opened(postgres.url)
    await worked(store, sender, "before", "m1")
    tracker = await store.get_or_create_tracker(sender)
    turn(tracker, "lost", "m2")
    postgres.kill()
    for call in (store.save(tracker), store.retrieve(sender), store.last_worked(sender), store.check()):
        with pytest.raises(DialogueUnavailable, match="OperationalError"):
            await call
    postgres.start()
    assert said(await store.retrieve(sender)) == ["before"], "nothing half-written"
    assert (await store.last_worked(sender))["message_id"] == "m1"
    await worked(store, sender, "after", "m3")
    assert said(await store.retrieve(sender)) == ["before", "after"]
    store.engine.dispose()


async def test_a_worker_starts_while_its_database_is_down(postgres, sender):
    postgres.kill()
    store = opened(postgres.url)
    with pytest.raises(DialogueUnavailable):
        await store.check()
    postgres.start()
    await worked(store, sender, "hello")
    assert said(await store.retrieve(sender)) == ["hello"]
    store.engine.dispose()


async def test_a_worker_keeps_few_connections(postgres):
    query = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'frontdesk' AND pid <> pg_backend_pid()"
    before = postgres.rows(query)[0][0]
    stores = [opened(postgres.url) for _ in range(2)]
    turns = [worked(store, uuid.uuid4().hex, "hi") for store in stores for _ in range(20)]
    await asyncio.gather(*turns)
    assert 2 <= postgres.rows(query)[0][0] - before <= 10
    for store in stores:
        store.engine.dispose()
