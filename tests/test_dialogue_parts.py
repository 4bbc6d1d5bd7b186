"""Several requests in one message, through the real Dialogue and tracker store, with a stand-in for the model."""

import os
import time
from types import SimpleNamespace

import pytest
import yaml
from conftest import ROOT

# Rasa takes seconds to import, and brings warnings of its own.
pytestmark = pytest.mark.filterwarnings("ignore")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from rasa.shared.core.domain import Domain  # noqa: E402
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, UserUttered  # noqa: E402

from bot.dialogue.agent import Dialogue  # noqa: E402
from bot.dialogue.parts import SESSION_SECONDS, Part, Reader, may_go_on, numbers_after, spoken_in, waiting, with_details  # noqa: E402
from bot.dialogue.tracker_store import DurableTrackerStore  # noqa: E402
from bot.errors import DialogueUnavailable  # noqa: E402
from bot.messages import CUSTOM_KEY  # noqa: E402
from bot.nlu.requests import Request  # noqa: E402

# The first word that occurs decides.
INTENTS = {
    "cancel": "cancel_order", "invoice": "request_invoice", "open": "ask_opening_hours", "hours": "ask_opening_hours",
    "express": "ask_shipping_cost", "stop": "stop", "yes": "affirm", "person": "talk_to_person",
}  # fmt: skip
CANCEL_AND_INVOICE = "please cancel FH-204818 and send me the invoice"


class FlowAgent:
    """Runs a form for "cancel" that ends with "done", answers everything else at once, and can die before a part."""

    model_name = "stub.tar.gz"

    def __init__(self, store):
        self.store = store
        self.worked = []
        self.dies_before = ""
        self.processor = SimpleNamespace(parse_message=self._parse)

    async def _parse(self, message, tracker=None):
        name = next((intent for word, intent in INTENTS.items() if word in message.text), "inform")
        return {"text": message.text, "intent": {"name": name, "confidence": 0.9}, "entities": []}

    async def handle_message(self, message):
        if self.dies_before and self.dies_before in message.text:
            self.dies_before = ""
            raise RuntimeError("killed")
        self.worked.append(message.text)
        intent = message.parse_data["intent"]["name"]
        said = BotUttered(
            f"{intent}!", {"custom": {CUSTOM_KEY: {"handoff": "x"}}} if intent == "talk_to_person" else {}
        )
        await message.output_channel.send_response(message.sender_id, {"text": said.text})
        tracker = await self.store.get_or_create_tracker(message.sender_id)
        user = UserUttered(
            message.text,
            {"name": intent},
            parse_data=message.parse_data,
            message_id=message.message_id,
            metadata=message.metadata,
        )
        loop = {"cancel_order": [ActiveLoop("cancel_order_form")]}.get(intent, [])
        if message.text == "done" or intent in ("stop", "talk_to_person", "request_invoice"):
            loop = [ActiveLoop(None)]
        for event in (ActionExecuted("action_listen"), user, said, *loop):
            tracker.update(event)
        await self.store.save(tracker)


@pytest.fixture
def store(tmp_path):
    store = DurableTrackerStore(tmp_path / "rasa.db")
    store.domain = Domain.empty()
    yield store
    store.engine.dispose()


@pytest.fixture
def agent(store):
    return FlowAgent(store)


@pytest.fixture
def dialogue(agent, store):
    return Dialogue(agent, store)


async def said(dialogue, text, message_id):
    return [reply.text async for reply in dialogue.turn("s1", text, message_id)]


async def test_two_questions_are_both_answered_and_the_flow_comes_last(dialogue, agent):
    heard = await said(dialogue, "please cancel FH-204818. Also, what does express cost? When are you open?", "m1")
    assert heard == ["ask_shipping_cost!", "ask_opening_hours!", "cancel_order!"]


async def test_a_second_flow_waits_until_the_first_has_ended(dialogue, agent):
    assert await said(dialogue, CANCEL_AND_INVOICE, "m1") == ["cancel_order!"]
    assert await said(dialogue, "what does express cost", "m2") == ["ask_shipping_cost!"], "the form still runs"
    assert await said(dialogue, "done", "m3") == ["inform!", "request_invoice!"]
    assert agent.worked[-1] == "send me the invoice, FH-204818", "with the order that the message named"
    assert await said(dialogue, "what does express cost", "m4") == ["ask_shipping_cost!"], "it is done once"


async def test_what_waits_survives_a_restart(dialogue, agent, store):
    await said(dialogue, CANCEL_AND_INVOICE, "m1")
    again = Dialogue(agent, store)
    assert await said(again, "done", "m2") == ["inform!", "request_invoice!"]


async def test_a_stop_drops_what_waits_unless_the_customer_says_yes_to_it(dialogue):
    await said(dialogue, CANCEL_AND_INVOICE, "m1")
    assert await said(dialogue, "stop", "m2") == ["stop!"]
    assert await said(dialogue, "yes", "m3") == ["request_invoice!"]
    await said(dialogue, CANCEL_AND_INVOICE, "m4")
    await said(dialogue, "stop", "m5")
    assert await said(dialogue, "what does express cost", "m6") == ["ask_shipping_cost!"]
    assert await said(dialogue, "yes", "m7") == ["affirm!"]


async def test_a_person_takes_over_everything(dialogue):
    await said(dialogue, CANCEL_AND_INVOICE, "m1")
    assert await said(dialogue, "give me a person", "m2") == ["talk_to_person!"]
    assert await said(dialogue, "what does express cost", "m3") == ["ask_shipping_cost!"]


async def test_what_is_asked_for_again_in_the_meantime_is_not_done_twice(dialogue, agent):
    await said(dialogue, CANCEL_AND_INVOICE, "m1")
    assert await said(dialogue, "rather the invoice first", "m2") == ["request_invoice!"]
    assert [text for text in agent.worked if "invoice" in text] == ["rather the invoice first"]


async def test_the_same_message_again_repeats_all_parts_and_works_none(dialogue, agent):
    first = await said(dialogue, "when are you open? Also, what does express cost?", "m1")
    assert first == ["ask_opening_hours!", "ask_shipping_cost!"]
    assert await said(dialogue, "when are you open? Also, what does express cost?", "m1") == first
    assert len(agent.worked) == 2


async def test_a_crash_between_two_parts_neither_loses_nor_doubles_one(dialogue, agent, store):
    agent.dies_before = "express"
    with pytest.raises(DialogueUnavailable):
        await said(dialogue, "when are you open? Also, what does express cost?", "m1")
    again = Dialogue(agent, store)
    heard = await said(again, "when are you open? Also, what does express cost?", "m1")
    assert heard == ["ask_opening_hours!", "ask_shipping_cost!"]
    assert [text for text in agent.worked if "open" in text] == ["when are you open?"]
    assert await said(again, "when are you open? Also, what does express cost?", "m1") == heard


async def test_a_crash_with_no_second_try_still_works_the_rest(dialogue, agent):
    agent.dies_before = "express"
    with pytest.raises(DialogueUnavailable):
        await said(dialogue, "when are you open? Also, what does express cost?", "m1")
    assert await said(dialogue, "hello there", "m2") == ["inform!", "ask_shipping_cost!"]


async def test_an_answer_to_a_form_is_never_cut(dialogue, agent):
    await said(dialogue, "please cancel FH-204818", "m1")
    answer = "when you open it, it is express. Also, send me the invoice?"
    await said(dialogue, answer, "m2")
    assert agent.worked[-1] == answer


async def test_a_button_is_never_cut(dialogue, agent):
    payload = '/ask_question{"question": "when are you open? Also, what does express cost?"}'
    await said(dialogue, payload, "m1")
    assert agent.worked == [payload]


def test_what_waits_ends_with_the_session():
    message = {"timestamp": 1000.0, "metadata": {"waiting": ["an invoice"]}}
    assert waiting(message, 1000.0 + SESSION_SECONDS) == ["an invoice"]
    assert waiting(message, 1001.0 + SESSION_SECONDS) == []
    assert waiting({"timestamp": time.time(), "metadata": None}, time.time()) == []
    assert waiting({}, time.time()) == []


def test_a_session_is_as_long_as_rasas():
    minutes = yaml.safe_load((ROOT / "domain.yml").read_text())["session_config"]["session_expiration_time"]
    assert minutes * 60 == SESSION_SECONDS


def test_nothing_is_started_in_an_empty_conversation():
    assert not may_go_on(None)


@pytest.mark.parametrize(
    ("text", "intent", "message", "completed"),
    [
        ("an invoice", "request_invoice", "cancel it and an invoice, FH-204818", "an invoice, FH-204818"),
        ("an invoice", "request_invoice", "an invoice, a@b.org, FH-204818", "an invoice, FH-204818, a@b.org"),
        ("an invoice for FH-300123", "request_invoice", "cancel FH-204818", "an invoice for FH-300123"),
        ("an invoice", "request_invoice", "cancel FH-204818 and FH-300123", "an invoice"),
        ("when are you open", "ask_opening_hours", "cancel FH-204818", "when are you open"),
    ],
)
def test_a_flow_gets_the_only_order_and_address_that_the_message_names(text, intent, message, completed):
    assert with_details(Request(text, intent, 0.9), message) == completed


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("cancel my stove order please", "cancel my stove order please, a@b.org"),
        ("cancel it please", "cancel it please, FH-204817, a@b.org"),
        ("cancel my other order", "cancel my other order, a@b.org"),
    ],
)
def test_the_number_of_one_request_is_not_that_of_another(text, completed):
    message = f"{text}, and where is FH-204817? a@b.org"
    request = Request(text, "cancel_order", 0.9)
    track = Part("where is FH-204817?", {"intent": {"name": "track_order"}})
    others = numbers_after(request, [Part(text, {"intent": {"name": "cancel_order"}}), track])
    assert others == {"FH-204817"}
    assert with_details(request, message, others) == completed


LONG = (
    "Hi, last year we went to Norway with the kids and it was lovely, and my sister told us of your shop, "
    "so please send me the invoice for FH-204817, and greetings to the whole team"
)


async def test_one_request_hidden_in_a_long_story_is_found():
    async def parse(text, tracker):
        ours = "invoice" in text and len(text) < 60
        name, sure = ("request_invoice", 0.95) if ours else ("nlu_fallback", 0.7)
        return {"text": text, "intent": {"name": name, "confidence": sure}, "entities": []}

    (part,) = await Reader(parse, None).parts(LONG)
    assert (part.text, part.intent) == (LONG, "request_invoice")
    (other,) = await Reader(parse, None).parts(LONG.replace("invoice", "voice"))
    assert other.intent == "nlu_fallback"


async def test_a_greeting_with_an_order_number_is_more_than_a_greeting():
    async def parse(text, tracker):
        return {"text": text, "intent": {"name": "greet", "confidence": 0.5}, "entities": [{"entity": "order_number"}]}

    (part,) = await Reader(parse, None).parts("Guten Tag, I need help with FH-204817")
    assert part.intent == "inform"


@pytest.mark.parametrize(
    ("noticed", "hint", "slot", "told"),
    [
        (None, "zh", None, "zh"),
        ("en", "zh", None, "en"),
        (None, "", None, None),
        (None, "zh", "en", None),
    ],
)
def test_a_hint_tells_the_language_of_who_has_told_none(noticed, hint, slot, told):
    part = Part("/greet", {"intent": {"name": "greet"}, "language": noticed})
    tracker = None if slot is None else SimpleNamespace(get_slot=lambda name: slot)
    [spoken] = spoken_in([part], hint, tracker)
    assert spoken.parse_data.get("language") == told
