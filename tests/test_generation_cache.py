"""Drafts of questions that were asked before."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from fakes import evidence

from bot.answering.generation.cache import CachedGenerator
from bot.errors import GenerationError

ONE = [evidence("Boots go back.", "It is free.")]


class Counting:
    """Drafts what it was asked, counts how often, and can be held up or made to fail."""

    name = "counting"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.error: Exception | None = None
        self.go = threading.Event()
        self.go.set()

    def compose(self, question, given):
        self.asked.append(question)
        assert self.go.wait(5)
        if self.error:
            raise self.error
        return (question, *(item.ticket.id for item in given))


def test_the_same_question_with_the_same_evidence_is_composed_once():
    inner = Counting()
    cached = CachedGenerator(inner, 10)
    assert cached.name == "counting"
    drafts = [cached.compose(question, ONE) for question in ("How long?", "how  LONG? ", "\nHow long?")]
    assert drafts == [("How long?", "T-1")] * 3
    assert len(inner.asked) == 1


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("How long is it?", ONE),
        ("How long?", [evidence("Boots go back.", "It is free.", ticket_id="T-2")]),
        ("How long?", [evidence("Boots go back.")]),
        ("How long?", [evidence("Boots go back. It is free.")]),
        ("How long?", [*ONE, evidence("More.", ticket_id="T-2")]),
        ("How long?", []),
    ],
)
def test_anything_else_is_composed_anew(question, given):
    inner = Counting()
    cached = CachedGenerator(inner, 10)
    cached.compose("How long?", ONE)
    cached.compose(question, given)
    assert len(inner.asked) == 2


def test_another_generator_has_other_drafts():
    from bot.answering.generation.cache import cache_key

    assert cache_key("a", "q", ONE) != cache_key("b", "q", ONE)


def test_the_least_recently_used_draft_goes_first():
    inner = Counting()
    cached = CachedGenerator(inner, 2)
    for question in ("a", "b", "a", "c", "a", "b"):
        cached.compose(question, ONE)
    assert inner.asked == ["a", "b", "c", "b"]


def test_an_empty_draft_is_kept_and_a_failure_is_not():
    inner = Counting()
    inner.compose = lambda question, given: inner.asked.append(question) or ()
    cached = CachedGenerator(inner, 2)
    assert cached.compose("a", ONE) == cached.compose("a", ONE) == ()
    assert inner.asked == ["a"]

    failing = Counting()
    failing.error = GenerationError("down")
    cached = CachedGenerator(failing, 2)
    for _ in range(2):
        with pytest.raises(GenerationError, match="down"):
            cached.compose("a", ONE)
    failing.error = None
    assert cached.compose("a", ONE) == ("a", "T-1")
    assert len(failing.asked) == 3


@pytest.mark.parametrize("error", [None, GenerationError("down")])
def test_those_who_ask_at_the_same_time_share_one_composition(error):
    inner = Counting()
    inner.go.clear()
    inner.error = error
    cached = CachedGenerator(inner, 10)

    def ask(_):
        try:
            return cached.compose("a", ONE)
        except GenerationError as exc:
            return str(exc)

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, at) for at in range(8)]
        other = pool.submit(lambda: None)
        while len(cached._running) < 1:
            pass
        inner.go.set()
        results = {future.result(5) for future in asked}
        other.result(5)
    assert results == {("a", "T-1") if error is None else "down"}
    assert error is not None or len(inner.asked) == 1
    assert not cached._running
