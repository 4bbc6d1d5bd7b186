"""Actions inside the worker: what runs, what is a form's rejection, what is a failure."""

import asyncio
import os
import sys

import pytest

pytestmark = pytest.mark.filterwarnings("ignore")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from rasa.core.actions.action import ActionExecutionRejection  # noqa: E402
from rasa_sdk.interfaces import ActionNotFoundException  # noqa: E402

from bot.dialogue.endpoint import InProcessEndpoint, failures, record_failure  # noqa: E402

ACTIONS = """
from rasa_sdk import Action
from rasa_sdk.interfaces import ActionExecutionRejection


class Fine(Action):
    def name(self):
        return "test_fine"

    async def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text=f"hello {tracker.sender_id}")
        return [{"event": "slot", "name": "a", "value": 1}]


class Rejects(Action):
    def name(self):
        return "test_rejects"

    async def run(self, dispatcher, tracker, domain):
        raise ActionExecutionRejection("test_rejects", "not mine")


class Breaks(Action):
    def name(self):
        return "test_breaks"

    async def run(self, dispatcher, tracker, domain):
        raise KeyError("zebra")
"""


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    (folder / "small_actions.py").write_text(ACTIONS)
    sys.path.insert(0, str(folder))
    yield InProcessEndpoint("small_actions")
    sys.path.remove(str(folder))
    del sys.modules["small_actions"]


def call(endpoint, name):
    """The result of an action, or its exception, and what was noted as a failure."""

    async def turn():
        noted = []
        failures.set(noted)
        tracker = {
            "sender_id": "s1",
            "slots": {},
            "events": [],
            "latest_message": {},
            "active_loop": {},
            "paused": False,
        }
        body = {"next_action": name, "sender_id": "s1", "tracker": tracker, "domain": {}}
        try:
            return await endpoint.request(json=body), noted
        except (ActionExecutionRejection, ActionNotFoundException, KeyError) as exc:
            return exc, noted

    return asyncio.run(turn())


def test_an_action_runs_in_this_process(endpoint):
    assert {"test_fine", "test_rejects", "test_breaks"} <= set(endpoint.action_names)
    result, noted = call(endpoint, "test_fine")
    assert result["events"] == [{"event": "slot", "name": "a", "value": 1}]
    assert [response["text"] for response in result["responses"]] == ["hello s1"]
    assert noted == []


def test_a_forms_rejection_is_no_failure(endpoint):
    result, noted = call(endpoint, "test_rejects")
    assert isinstance(result, ActionExecutionRejection)
    assert (result.action_name, noted) == ("test_rejects", [])


@pytest.mark.parametrize(("name", "kind"), [("test_breaks", "KeyError"), ("test_unknown", "ActionNotFoundException")])
def test_a_failure_is_noted_for_its_turn_without_what_the_customer_said(endpoint, name, kind):
    result, noted = call(endpoint, name)
    assert type(result).__name__ == kind
    assert noted == [f"action {name} failed: {kind}"]


def test_turns_do_not_see_each_others_failures(endpoint):
    async def both():
        async def turn(breaks):
            noted = []
            failures.set(noted)
            await asyncio.sleep(0.01)
            if breaks:
                record_failure("broken")
            await asyncio.sleep(0.01)
            return noted

        return await asyncio.gather(turn(True), turn(False))

    assert asyncio.run(both()) == [["broken"], []]


def test_outside_of_a_turn_nothing_is_noted():
    record_failure("nobody listens")
    assert failures.get() is None
