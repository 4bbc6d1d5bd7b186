"""The handoff state machine: every transition from every state."""

import pytest

from bot.desk.handoff import (
    EpochPassed,
    Handoff,
    close,
    expect,
    give_back,
    release,
    request,
    take,
    withdraw,
)
from bot.errors import HandoffError

BOT = Handoff()
QUEUED = Handoff("queued", 1, "customer_asked")
HUMAN = Handoff("human", 2, "customer_asked", "Maren")
RETURNED = Handoff("bot", 3, chapter=1, ended="returned")
CLOSED = Handoff("bot", 3, chapter=1, ended="closed")
STATES = {"bot": BOT, "queued": QUEUED, "human": HUMAN, "returned": RETURNED, "closed": CLOSED}
MOVES = {
    "request": lambda state: request(state, "customer_asked"),
    "take": lambda state: take(state, "Tom"),
    "release": release,
    "withdraw": withdraw,
    "give_back": give_back,
    "close": close,
}
# From each state, where each move leads; what is not here is refused.
LEADS = {
    "bot": {"request": "queued"},
    "queued": {"take": "human", "withdraw": "returned", "give_back": "returned", "close": "closed"},
    "human": {"take": "human", "release": "queued", "give_back": "returned", "close": "closed"},
    "returned": {"request": "queued"},
    "closed": {"request": "queued"},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("move", MOVES)
def test_every_move_from_every_state(state, move):
    before = STATES[state]
    assert before.state == state
    if move not in LEADS[state]:
        with pytest.raises(HandoffError):
            MOVES[move](before)
        return
    after = MOVES[move](before)
    assert after.state == LEADS[state][move]
    assert after.epoch == before.epoch + 1
    assert bool(after.agent) == (after.owner == "human")
    assert bool(after.reason) == (after.owner != "bot")
    assert after.chapter == before.chapter + (before.owner != "bot" and after.owner == "bot")


def test_who_has_it_already_takes_nothing():
    assert take(HUMAN, "Maren") is HUMAN


def test_a_take_needs_a_name():
    with pytest.raises(HandoffError, match="name is empty"):
        take(QUEUED, "")


def test_who_looked_too_long_ago_is_told_who_was_faster():
    assert expect(HUMAN, 2) is HUMAN
    assert expect(HUMAN, None) is HUMAN
    with pytest.raises(EpochPassed, match="Maren has it"):
        expect(HUMAN, 1)
    with pytest.raises(EpochPassed, match="it is now closed"):
        expect(CLOSED, 2)
