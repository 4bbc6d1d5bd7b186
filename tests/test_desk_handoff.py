"""The handoff state machine: every transition from every state."""

import random

import pytest

from bot.desk.handoff import Handoff, close, request, take, withdraw
from bot.errors import HandoffError

BOT = Handoff()
QUEUED = Handoff("queued", 1, "customer_asked")
HUMAN = Handoff("human", 2, "customer_asked", "Maren")


@pytest.mark.parametrize(
    ("before", "move", "after"),
    [
        (BOT, lambda s: request(s, "customer_asked"), QUEUED),
        (QUEUED, lambda s: take(s, "Maren"), HUMAN),
        (HUMAN, lambda s: take(s, "Maren"), HUMAN),
        (HUMAN, lambda s: take(s, "Tom"), Handoff("human", 3, "customer_asked", "Tom")),
        (QUEUED, withdraw, Handoff("bot", 2)),
        (QUEUED, close, Handoff("bot", 2)),
        (HUMAN, close, Handoff("bot", 3)),
    ],
)
def test_allowed_transitions(before, move, after):
    assert move(before) == after


@pytest.mark.parametrize(
    ("before", "move"),
    [
        (QUEUED, lambda s: request(s, "again")),
        (HUMAN, lambda s: request(s, "again")),
        (BOT, lambda s: take(s, "Maren")),
        (QUEUED, lambda s: take(s, "")),
        (BOT, withdraw),
        (HUMAN, withdraw),
        (BOT, close),
    ],
)
def test_illegal_transitions(before, move):
    with pytest.raises(HandoffError):
        move(before)


@pytest.mark.parametrize("seed", range(20))
def test_any_walk_keeps_the_promises(seed):
    """The epoch grows with every change and never without one; only a person's conversation has an agent."""
    random_ = random.Random(seed)
    moves = [lambda s: request(s, "r"), lambda s: take(s, random_.choice("AB")), withdraw, close]
    state = BOT
    for _ in range(200):
        before = state
        try:
            state = random_.choice(moves)(state)
        except HandoffError:
            continue
        assert state.epoch == before.epoch + (state != before)
        assert bool(state.agent) == (state.owner == "human")
        assert bool(state.reason) == (state.owner != "bot")
