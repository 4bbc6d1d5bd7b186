"""The worker of models in this process: one composition at a time, and nobody waits beyond the limit."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from fakes import ScriptedGenerator

from bot.answering.generation.places import Busy, Places
from bot.answering.generation.worker import BoundedGenerator
from bot.errors import GenerationError


class Held:
    """A generator that composes until it is let go, and knows how many do so at once."""

    name = "held"

    def __init__(self) -> None:
        self.go = threading.Event()
        self.began = threading.Semaphore(0)
        self.working = self.most = self.composed = 0

    def compose(self, question, evidence):
        self.working += 1
        self.most = max(self.most, self.working)
        self.began.release()
        self.go.wait(5)
        self.composed += 1
        self.working -= 1
        return (question,)


def test_one_at_a_time():
    inner = Held()
    inner.go.set()
    bounded = BoundedGenerator(inner, 5)
    with ThreadPoolExecutor(6) as pool:
        drafts = list(pool.map(lambda at: bounded.compose(str(at), []), range(6)))
    assert drafts == [(str(at),) for at in range(6)]
    assert (bounded.name, inner.most, inner.composed) == ("held", 1, 6)


def test_at_the_limit_the_caller_leaves_and_who_waited_is_not_composed_for():
    inner = Held()
    bounded = BoundedGenerator(inner, 0.3)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(bounded.compose, "first", [])
        assert inner.began.acquire(timeout=5)
        began = time.monotonic()
        with pytest.raises(Busy, match="busy"):
            bounded.compose("second", [])
        assert time.monotonic() - began < 1
        with pytest.raises(GenerationError, match="not done at its time limit"):
            first.result(5)
    inner.go.set()
    while inner.working:
        time.sleep(0.01)
    assert bounded.compose("third", []) == ("third",)
    assert inner.composed == 2


def test_an_error_of_the_generator_comes_through():
    with pytest.raises(GenerationError, match="down"):
        BoundedGenerator(ScriptedGenerator(error=GenerationError("down")), 5).compose("q", [])


def test_places_are_given_back_after_an_error():
    places = Places(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="x"), places.taken(time.monotonic()):
            raise ValueError("x")
    with places.taken(time.monotonic()), pytest.raises(Busy), places.taken(time.monotonic() + 0.05):
        pass
