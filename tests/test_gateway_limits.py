"""Rate limits: who waits, for how long, and what is forgotten."""

from contextlib import suppress

import pytest

from bot.errors import SettingsError
from bot.gateway import limits
from bot.gateway.limits import Limiter, RateLimited


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def used(limiter, key, times):
    """How many of ``times`` uses go through."""
    for passed in range(times):
        with suppress(RateLimited):
            limiter.take(key)
            continue
        return passed
    return times


def test_a_key_gets_its_minute_and_then_a_steady_trickle():
    clock = Clock()
    limiter = Limiter("messages", 30, clock)
    assert used(limiter, "a", 40) == 30
    assert used(limiter, "b", 1) == 1
    with pytest.raises(RateLimited, match="30 per minute are allowed") as caught:
        limiter.take("a")
    assert caught.value.retry_after == pytest.approx(2.0)
    clock.now += 2.0
    assert used(limiter, "a", 5) == 1
    clock.now += 3600
    assert used(limiter, "a", 40) == 30


def test_looking_at_a_limit_uses_nothing_up():
    clock = Clock()
    limiter = Limiter("guesses", 1, clock)
    for _ in range(3):
        limiter.check("a")
    limiter.take("a")
    with pytest.raises(RateLimited):
        limiter.check("a")
    clock.now += 60
    limiter.check("a")


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(limits, "MAX_KEYS", 3)
    limiter = Limiter("messages", 1, Clock())
    for key in "abcd":
        limiter.take(key)
    assert used(limiter, "a", 1) == 1, "the oldest is forgotten"
    assert used(limiter, "d", 1) == 0


@pytest.mark.parametrize("per_minute", [0, -1])
def test_a_limit_that_lets_nobody_in_is_a_mistake(per_minute):
    with pytest.raises(SettingsError, match="at least 1"):
        Limiter("messages", per_minute)
