"""What is replaced in Rasa gives the same results as what it replaces."""

import itertools
import json
import os
import random

import pytest

# Rasa takes seconds to import, and brings warnings of its own.
pytestmark = pytest.mark.filterwarnings("ignore")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from rasa.core.policies.rule_policy import RulePolicy  # noqa: E402
from rasa.engine.exceptions import GraphRunError  # noqa: E402
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode  # noqa: E402
from rasa.engine.runner.dask import DaskGraphRunner  # noqa: E402
from rasa.engine.storage.local_model_storage import LocalModelStorage  # noqa: E402
from rasa.shared.core.constants import SHOULD_NOT_BE_SET  # noqa: E402

from bot.dialogue.environment import check_action_result  # noqa: E402
from bot.dialogue.rules import narrowed  # noqa: E402
from bot.dialogue.runner import SequentialGraphRunner  # noqa: E402

SLOT = {"event": "slot", "timestamp": None, "name": "email", "value": "a@b.example"}


@pytest.mark.parametrize(
    "result",
    [
        {"events": [SLOT], "responses": [{"text": "hello"}]},
        {"events": [], "responses": []},
        {},
        {"events": None, "responses": None},
    ],
)
def test_an_actions_answer_passes(result):
    assert check_action_result(None, result) is True


@pytest.mark.parametrize(
    "result", [None, [], "ok", {"events": ["slot"]}, {"events": [{"name": "email"}]}, {"responses": ["hello"]}]
)
def test_anything_else_is_refused(result):
    with pytest.raises(TypeError, match="events"):
        check_action_result(None, result)


def states_of(chance, length):
    """A conversation as RulePolicy sees it; the first state has no action before it."""
    found = []
    for index in range(length):
        state = {}
        if index:
            state["prev_action"] = {"action_name": chance.choice(["action_listen", "utter_a", "action_b"])}
        if index and chance.random() < 0.8:
            state["user"] = {"intent": chance.choice(["greet", "track_order", SHOULD_NOT_BE_SET])}
        if chance.random() < 0.3:
            state["slots"] = {"done": chance.choice([[1.0], SHOULD_NOT_BE_SET])}
        if chance.random() < 0.3:
            state["active_loop"] = {"name": chance.choice(["form", SHOULD_NOT_BE_SET])}
        found.append(state)
    return found[chance.choice([0, 0, 1]) :] if length > 1 else found


def in_conversation(states):
    """The same with the values that a conversation has: tuples, and nothing where nothing is set."""
    clean = [
        {kind: {k: v for k, v in part.items() if v != SHOULD_NOT_BE_SET} for kind, part in state.items()}
        for state in states
    ]
    return [
        {kind: {k: tuple(v) if isinstance(v, list) else v for k, v in part.items()} for kind, part in state.items()}
        for state in clean
    ]


def test_the_same_rules_apply_as_when_all_are_tried():
    chance = random.Random(5)
    rules = [json.dumps(states_of(chance, chance.randint(1, 4)), sort_keys=True) for _ in range(300)]
    lookup = {rule: f"action_{number}" for number, rule in enumerate(rules)}
    policy = object.__new__(RulePolicy)
    try_all = RulePolicy._get_possible_keys
    search, applied = narrowed(try_all), 0
    for _ in range(400):
        states = in_conversation(states_of(chance, chance.randint(1, 5)))
        expected = try_all(policy, lookup, states)
        assert search(policy, lookup, states) == expected
        applied += bool(expected)
    assert applied > 100, "the comparison is not about empty sets"
    assert search(policy, lookup, []) == try_all(policy, lookup, [])


def test_far_fewer_rules_are_tried():
    tried = []
    rules = {
        json.dumps([{"prev_action": {"action_name": "action_listen"}, "user": {"intent": f"intent_{n}"}}]): "action_x"
        for n in range(50)
    }
    search = narrowed(lambda _policy, lookup, _states: tried.append(len(lookup)) or set(lookup))
    search(None, rules, [{"prev_action": {"action_name": "action_listen"}, "user": {"intent": "intent_7"}}])
    assert tried == [1]


class Words(GraphComponent):
    """Knows a word; counts how often it is asked."""

    asked = 0

    @classmethod
    def create(cls, config, model_storage, resource, execution_context):
        """Build it."""
        found = cls()
        found.word = config["word"]
        return found

    def say(self, text):
        """Add the word."""
        Words.asked += 1
        if text == "break":
            raise RuntimeError("dough")
        return f"{text} {self.word}"

    def join(self, first, second):
        """Put two texts together."""
        return f"{first} + {second}"


def node(word, fn, needs, target=False):
    eager = {"constructor_name": "create", "config": {"word": word}, "eager": True, "is_target": target}
    return SchemaNode(needs=needs, uses=Words, fn=fn, **eager)


@pytest.fixture
def runners(tmp_path):
    schema = GraphSchema(
        {
            "both": node("", "join", {"first": "b", "second": "a"}, target=True),
            "a": node("A", "say", {"text": "__message__"}),
            "b": node("B", "say", {"text": "a"}),
            "other": node("C", "say", {"text": "__message__"}, target=True),
        }
    )
    made = itertools.count()

    def make(kind):
        folder = tmp_path / str(next(made))
        folder.mkdir()
        return kind.create(schema, LocalModelStorage.create(folder), ExecutionContext(schema))

    return make(DaskGraphRunner), make(SequentialGraphRunner)


@pytest.mark.parametrize("targets", [["both"], ["a"], ["both", "other"], None])
def test_the_graph_gives_what_dask_gives(runners, targets):
    theirs, ours = (runner.run({"__message__": "say"}, targets) for runner in runners)
    assert ours == theirs
    assert runners[1].run({"__message__": "again"}, targets) == runners[0].run({"__message__": "again"}, targets)


def test_only_what_a_target_needs_runs_and_once(runners):
    before = Words.asked
    assert runners[1].run({"__message__": "say"}, ["both"]) == {"both": "say A B + say A"}
    assert Words.asked - before == 2


def test_a_failing_node_raises_rasas_error(runners):
    theirs, ours = runners
    raised = []
    for runner in (theirs, ours):
        with pytest.raises(Exception) as caught:  # noqa: B017, PT011 - whatever Rasa raises is what is expected
            runner.run({"__message__": "break"}, ["a"])
        raised.append(type(caught.value))
    assert raised[0] is raised[1]
    assert issubclass(raised[1], (GraphRunError, Exception))
