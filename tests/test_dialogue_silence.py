"""Turns in which nothing was said: however that came about, the customer is answered and can reach a person."""

import asyncio
import os
from types import SimpleNamespace

import pytest

# Rasa takes seconds to import, and brings warnings of its own.
pytestmark = pytest.mark.filterwarnings("ignore")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from conftest import ROOT  # noqa: E402
from rasa.shared.core.domain import Domain  # noqa: E402
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered  # noqa: E402

from bot.dialogue.agent import Dialogue  # noqa: E402
from bot.dialogue.endpoint import record_failure  # noqa: E402
from bot.dialogue.tracker_store import DurableTrackerStore  # noqa: E402
from bot.errors import DialogueUnavailable  # noqa: E402

PERSON = "/talk_to_person"
# What Rasa or an action may hand to the channel, and no customer can read.
UNREADABLE = {
    "no message": [],
    "an empty text": [{"text": ""}],
    "blanks": [{"text": " \n"}],
    "no text": [{"text": None}],
    "data without words": [{"custom": {"note": 1}}],
    "buttons without words": [{"text": "", "buttons": [{"title": "Yes", "payload": "/affirm"}]}],
    "several of them": [{"text": ""}, {"custom": {}}, {"text": " "}],
}


class SilentAgent:
    """Stores each turn as Rasa does, and sends what it is told to send."""

    model_name = "silent.tar.gz"

    def __init__(self, store, sent=(), language=None, fails=False):
        self.store, self.sent, self.language, self.fails = store, list(sent), language, fails
        self.processor = SimpleNamespace(parse_message=self._parse)

    async def _parse(self, message, tracker=None):
        intent = {"name": "greet", "confidence": 0.7}
        return {"text": message.text, "intent": intent, "entities": [], "language": self.language}

    async def handle_message(self, message):
        for one in self.sent:
            await message.output_channel.send_response(message.sender_id, one)
        if self.fails:
            record_failure("action action_x failed: KeyError")
        tracker = await self.store.get_or_create_tracker(message.sender_id)
        tracker.update(ActionExecuted("action_listen"))
        tracker.update(UserUttered(message.text, parse_data=message.parse_data, message_id=message.message_id))
        tracker.update(SlotSet("requested_slot", None))
        await self.store.save(tracker)


@pytest.fixture(scope="module")
def domain():
    return Domain.load(str(ROOT / "domain.yml"))


@pytest.fixture
def store(tmp_path, domain):
    store = DurableTrackerStore(tmp_path / "rasa.db")
    store.domain = domain
    yield store
    store.engine.dispose()


async def said(agent, message_id="m1", language="", text="hm"):
    return [one async for one in Dialogue(agent, agent.store).turn("s1", text, message_id, language)]


@pytest.mark.parametrize("sent", UNREADABLE.values(), ids=UNREADABLE)
async def test_a_turn_without_words_is_answered_with_the_way_to_a_person(store, sent):
    [reply] = await said(SilentAgent(store, sent))
    assert "no answer to that" in reply.text
    assert (reply.rung, reply.handoff, [button.payload for button in reply.buttons]) == ("handoff", None, [PERSON])


@pytest.mark.parametrize(("noticed", "before"), [("zh", ""), (None, "zh"), ("zh", "en")])
async def test_a_chinese_customer_reads_it_in_chinese(store, noticed, before):
    [reply] = await said(SilentAgent(store, language=noticed), language=before)
    assert "没能回答" in reply.text and reply.buttons[0].title == "转人工"


async def test_it_is_part_of_the_conversation_and_repeated_with_the_turn(store):
    agent = SilentAgent(store)
    first = await said(agent)
    assert await said(agent) == first
    tracker = await store.retrieve("s1")
    spoken = [event for event in tracker.events if isinstance(event, BotUttered)]
    assert [event.text for event in spoken] == [first[0].text]
    assert spoken[0].data["buttons"] == [{"title": "Talk to a person", "payload": PERSON}]


async def test_a_turn_that_was_stored_without_a_word_is_answered_when_it_is_asked_for_again(store):
    tracker = await store.get_or_create_tracker("s1")
    parsed = {"text": "hm", "intent": {"name": "greet", "confidence": 0.7}, "entities": []}
    tracker.update(ActionExecuted("action_listen"))
    tracker.update(UserUttered("hm", parse_data=parsed, message_id="m1"))
    await store.save(tracker)
    [reply] = await said(SilentAgent(store, [{"text": "new"}]))
    assert "no answer to that" in reply.text


async def test_who_was_answered_hears_nothing_more(store):
    [reply] = await said(SilentAgent(store, [{"text": "Good."}, {"text": ""}]))
    assert reply.text == "Good."


async def test_a_failed_action_is_told_by_the_gateway_and_not_twice(store):
    with pytest.raises(DialogueUnavailable, match="action_x"):
        await said(SilentAgent(store, fails=True))
    assert not any(isinstance(event, BotUttered) for event in (await store.retrieve("s1")).events)


def test_a_project_without_the_response_says_it_in_english(store):
    store.domain = Domain.empty()
    [reply] = asyncio.run(said(SilentAgent(store, language="zh")))
    assert "no answer to that" in reply.text and reply.buttons[0].payload == PERSON
