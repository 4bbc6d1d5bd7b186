"""The second generator goes on where the first fails."""

from __future__ import annotations

import logging

import pytest
from fakes import ScriptedGenerator

from bot.answering.generation.fallback import FAILURES, REST_SECONDS, FallbackGenerator
from bot.answering.generation.places import Busy
from bot.errors import GenerationError

DOWN = GenerationError("http://model answered 500. See the server's log.")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Counted(ScriptedGenerator):
    def __init__(self, *draft, error=None):
        super().__init__(*draft, error=error)
        self.asked = 0

    def compose(self, question, evidence):
        self.asked += 1
        return super().compose(question, evidence)


@pytest.mark.parametrize("draft", [("First.",), ()])
def test_the_first_is_asked_alone_while_it_works(draft):
    second = Counted("Second.")
    made = FallbackGenerator(ScriptedGenerator(*draft), second)
    assert (made.name, made.compose("q", []), second.asked) == ("scripted", draft, 0)


def test_a_failure_is_said_once_and_once_more_when_it_is_over(caplog):
    first = Counted("First.", error=DOWN)
    made = FallbackGenerator(first, ScriptedGenerator("Second."))
    with caplog.at_level(logging.INFO):
        assert [made.compose("q", []) for _ in range(2)] == [("Second.",)] * 2
        first.error = None
        assert [made.compose("q", []) for _ in range(2)] == [("First.",)] * 2
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "answered 500" in caplog.messages[0]
    assert "works again after 2 failures" in caplog.messages[1]


def test_after_several_failures_the_first_rests():
    clock = Clock()
    first = Counted("First.", error=DOWN)
    made = FallbackGenerator(first, ScriptedGenerator("Second."), clock)
    for _ in range(FAILURES + 5):
        assert made.compose("q", []) == ("Second.",)
    assert first.asked == FAILURES
    clock.now += REST_SECONDS
    assert made.compose("q", []) == ("Second.",)
    assert made.compose("q", []) == ("Second.",)
    assert first.asked == FAILURES + 1, "one more failure, and it rests again"
    clock.now += REST_SECONDS
    first.error = None
    assert [made.compose("q", []) for _ in range(2)] == [("First.",)] * 2


def test_a_busy_generator_does_not_rest():
    first = Counted("First.", error=Busy("others first"))
    made = FallbackGenerator(first, ScriptedGenerator("Second."))
    for _ in range(FAILURES + 5):
        assert made.compose("q", []) == ("Second.",)
    assert first.asked == FAILURES + 5


def test_when_both_fail_it_is_an_error():
    made = FallbackGenerator(ScriptedGenerator(error=DOWN), ScriptedGenerator(error=GenerationError("empty")))
    with pytest.raises(GenerationError, match="empty"):
        made.compose("q", [])
