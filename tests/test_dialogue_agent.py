"""One turn on Rasa's Agent, with a stand-in for the trained model and a real tracker store."""

import asyncio
import os
import time
from types import SimpleNamespace

import pytest
from gateway_world import until

from bot.errors import DialogueUnavailable
from bot.messages import CUSTOM_KEY, CUSTOMER
from bot.settings import Settings
from bot.settings_desk import DeskSettings
from retrieval.language import language_of as language

# Rasa takes seconds to import, and brings warnings of its own.
pytestmark = pytest.mark.filterwarnings("ignore")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from rasa.shared.core.domain import Domain  # noqa: E402
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, UserUttered  # noqa: E402
from rasa.shared.core.trackers import DialogueStateTracker  # noqa: E402

from bot.dialogue.agent import Dialogue, intent_confidence  # noqa: E402
from bot.dialogue.endpoint import record_failure  # noqa: E402
from bot.dialogue.models import latest_model  # noqa: E402
from bot.dialogue.parts import SESSION_SECONDS  # noqa: E402
from bot.dialogue.tracker_store import DurableTrackerStore  # noqa: E402

PARSED = {"text": "x", "intent": {"name": "greet", "confidence": 0.7}, "entities": []}


class CountingStore(DurableTrackerStore):
    """Counts how often a whole conversation is loaded."""

    loads = 0

    def _load(self, sender_id, all_sessions):
        found = super()._load(sender_id, all_sessions)
        self.loads += found is not None
        return found


class StubAgent:
    """Says two things to each message and stores the turn at its end, as Rasa does; the words decide what breaks."""

    model_name = "stub.tar.gz"

    def __init__(self, store):
        self.store = store
        self.handled = []
        self.metadata = []
        self.release = asyncio.Event()
        self.parsed = []
        self.processor = SimpleNamespace(parse_message=self._parse)

    async def _parse(self, message, tracker=None):
        self.parsed.append((message.text, tracker and tracker.active_loop_name))
        return {**PARSED, "text": message.text}

    async def handle_message(self, message):
        self.handled.append(message.message_id)
        self.metadata.append(message.metadata)
        said = {"text": f"You said {message.text}"}
        await message.output_channel.send_response(message.sender_id, said)
        if message.text == "wait":
            await self.release.wait()
        if message.text == "noted":
            record_failure("action action_x failed: KeyError")
        if message.text == "raise":
            raise ValueError("zebra")
        more = {"text": "More.", "buttons": [{"title": "Yes", "payload": "/affirm"}]}
        custom = {CUSTOM_KEY: {"rung": "ticket", "confidence": 0.9}}
        await message.output_channel.send_response(message.sender_id, {**more, "custom": custom})
        user = UserUttered(message.text, parse_data=message.parse_data, message_id=message.message_id)
        spoken = [BotUttered(said["text"]), BotUttered(more["text"], {"buttons": more["buttons"], "custom": custom})]
        tracker = await self.store.get_or_create_tracker(message.sender_id)
        for event in (ActionExecuted("action_listen"), user, *spoken):
            tracker.update(event)
        await self.store.save(tracker)


@pytest.fixture
def store(tmp_path):
    store = CountingStore(tmp_path / "new" / "rasa.db")
    store.domain = Domain.empty()
    yield store
    store.engine.dispose()


@pytest.fixture
def agent(store):
    return StubAgent(store)


@pytest.fixture
def dialogue(agent, store):
    return Dialogue(agent, store)


async def said(dialogue, text="hello", message_id="m1", sender_id="s1"):
    return [reply async for reply in dialogue.turn(sender_id, text, message_id)]


async def test_a_turn_yields_replies_with_the_intents_confidence_or_their_own(dialogue):
    first, second = await said(dialogue)
    assert (first.text, first.rung, first.confidence) == ("You said hello", "template", 0.7)
    assert (second.rung, second.confidence, second.buttons[0].payload) == ("ticket", 0.9, "/affirm")
    assert dialogue.model_name == "stub.tar.gz"


async def test_who_the_shop_says_it_is_stands_in_the_metadata_of_the_message(dialogue, agent):
    customer = {"user_id": "4711", "name": "Anna", "email": "anna@example.org"}
    async for _ in dialogue.turn("s1", "hello", "m1", customer=customer):
        pass
    await said(dialogue, "and now", "m2")
    assert [metadata or {} for metadata in agent.metadata] == [{CUSTOMER: customer}, {}]


async def test_a_finished_turn_is_repeated_and_not_run_again(dialogue, agent):
    first = await said(dialogue)
    assert await said(dialogue, "other words") == first
    assert agent.handled == ["m1"]
    await said(dialogue, message_id="m2")
    await said(dialogue, message_id="m1", sender_id="s2")
    assert agent.handled == ["m1", "m2", "m1"]


async def test_the_same_message_while_its_first_turn_runs_waits_and_is_not_run_twice(dialogue, agent):
    turns = [asyncio.create_task(said(dialogue, "wait")) for _ in range(3)]
    await until(lambda: agent.handled)
    await asyncio.sleep(0.05)
    agent.release.set()
    first, *others = await asyncio.gather(*turns)
    assert others == [first, first]
    assert agent.handled == ["m1"]


async def test_conversations_do_not_wait_for_each_other(dialogue, agent):
    waiting = asyncio.create_task(said(dialogue, "wait"))
    await until(lambda: agent.handled)
    assert len(await said(dialogue, sender_id="s2")) == 2
    agent.release.set()
    await waiting
    assert len(dialogue._locks) == 0, "locks are not kept"


async def test_a_turn_loads_the_conversation_once(dialogue, store):
    for number in range(3):
        store.loads = 0
        await said(dialogue, message_id=f"m{number}")
        assert store.loads == min(number, 1), "none is there before the first"


async def test_the_model_reads_a_message_with_its_conversation(dialogue, agent, store):
    await said(dialogue, message_id="m1")
    tracker = await store.retrieve("s1")
    tracker.update(ActiveLoop("return_form"))
    await store.save(tracker)
    await said(dialogue, "it is too small", message_id="m2")
    assert agent.parsed == [("hello", None), ("it is too small", "return_form")]


async def test_a_message_after_the_session_is_read_without_the_old_conversation(dialogue, agent, store, monkeypatch):
    await said(dialogue, message_id="m1")
    tracker = await store.retrieve("s1")
    tracker.update(ActiveLoop("return_form"))
    await store.save(tracker)
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + SESSION_SECONDS + 1)
    await said(dialogue, message_id="m2")
    assert agent.parsed[-1] == ("hello", None)


async def test_a_conversation_that_a_turn_did_not_use_is_read_anew_by_the_next(dialogue, agent, store):
    await said(dialogue, message_id="m1")
    agent.handle_message = None  # fails before it asks for the conversation
    with pytest.raises(DialogueUnavailable):
        await said(dialogue, message_id="m2")
    store.loads = 0
    assert (await store.retrieve("s1")).latest_message.message_id == "m1"
    assert store.loads == 1


async def test_the_first_customer_of_each_language_finds_the_model_warm(dialogue, agent):
    await dialogue.warm_up()
    assert [language(text) for text, _ in agent.parsed] == ["en", "zh"]


async def test_a_turn_that_is_given_up_is_cancelled_before_it_is_stored(dialogue, agent, store):
    turn = dialogue.turn("s1", "wait", "m1")
    assert (await turn.__anext__()).text == "You said wait"
    await turn.aclose()
    agent.release.set()
    await asyncio.sleep(0.05)
    assert store.last_message("s1").get("message_id", "") == ""
    assert len(await said(dialogue)) == 2, "the next one need not wait for it"


async def test_a_failed_action_is_an_error_after_what_was_said(dialogue):
    heard = []
    with pytest.raises(DialogueUnavailable, match="action_x failed: KeyError"):
        async for reply in dialogue.turn("s1", "noted", "m1"):
            heard.append(reply.text)  # noqa: PERF401 - what comes before the error counts
    assert heard == ["You said noted", "More."]
    assert len(await said(dialogue, message_id="m2")) == 2, "the next turn starts clean"


async def test_whatever_rasa_raises_is_one_kind_of_error(dialogue, caplog):
    with pytest.raises(DialogueUnavailable, match="ValueError") as caught:
        await said(dialogue, "raise")
    assert "zebra" not in str(caught.value)


@pytest.mark.parametrize(
    ("parsed", "confidence"),
    [
        ({"intent": {"name": "greet", "confidence": 0.7}}, 0.7),
        ({"intent": {"name": "nlu_fallback", "confidence": 0.9}}, 0.0),
        ({"intent": {"name": None, "confidence": None}, "intent_ranking": []}, 0.0),
        (
            {
                "intent": {"name": "nlu_fallback", "confidence": 0.9},
                "intent_ranking": [{"name": "nlu_fallback", "confidence": 0.9}, {"name": "a", "confidence": 0.3}],
            },
            0.3,
        ),
    ],
)
def test_the_fallback_does_not_count_as_confidence(parsed, confidence):
    assert intent_confidence(parsed) == confidence


def test_the_newest_model_is_taken(tmp_path):
    with pytest.raises(DialogueUnavailable, match="frontdesk train"):
        latest_model(tmp_path)
    for age, name in enumerate(("new.tar.gz", "old.tar.gz")):
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    assert latest_model(tmp_path).name == "new.tar.gz"


def test_the_store_knows_the_last_message_of_each_sender(store):
    assert store.last_message("s1").get("message_id", "") == ""
    for sender_id, message_id in (("s1", "m1"), ("s1", "m2"), ("s2", "m3")):
        tracker = asyncio.run(store.get_or_create_tracker(sender_id))
        tracker.update(UserUttered("hi", parse_data=PARSED, message_id=message_id))
        tracker.update(BotUttered("hello"))
        asyncio.run(store.save(tracker))
    assert [store.last_message(sender_id).get("message_id", "") for sender_id in ("s1", "s2")] == ["m2", "m3"]


def test_the_store_writes_ahead_so_that_readers_do_not_wait(store):
    with store.engine.connect() as connection:
        assert connection.execute("PRAGMA journal_mode").scalar() == "wal"
        assert connection.execute("PRAGMA busy_timeout").scalar() == 5000


def test_a_store_that_fails_says_so(store):
    asyncio.run(store.check())
    tracker = DialogueStateTracker.from_events("s1", [ActionExecuted("action_listen")])
    for call in (lambda: store.last_message("s1"), lambda: asyncio.run(store.save(tracker))):
        with store.engine.connect() as connection:
            connection.execute("DROP TABLE events")
        with pytest.raises(DialogueUnavailable, match="OperationalError"):
            call()
        asyncio.run(store.check())


def test_the_answer_about_opening_hours_is_that_of_the_settings(monkeypatch, tmp_path):
    class LoadedAgent:
        """Stands for Rasa's Agent with a model of one response."""

        domain = SimpleNamespace(responses={"utter_opening_hours": [{"text": "9 to 18"}]})
        processor = SimpleNamespace()

        def __init__(self, **parts):
            pass

        def load_model(self, path):
            pass

    monkeypatch.setattr("bot.dialogue.agent.Agent", LoadedAgent)
    Dialogue.load(tmp_path / "m.tar.gz", Settings(var=tmp_path, desk=DeskSettings(hours=("mon-fri 10:00-16:00",))))
    [told] = LoadedAgent.domain.responses["utter_opening_hours"]
    assert told["text"] == "Our team is here Monday to Friday 10:00 to 16:00 (UTC)."
