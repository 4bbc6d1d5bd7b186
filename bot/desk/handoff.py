"""Who owns a conversation: the bot, the queue for people, or a person; and how the last handoff ended.

    bot ──request──▶ queued ◀──release── human
                        │ └─────take──────▶ │ ◀─take─ (a colleague)
                        └─withdraw─┐        │
                                   ▼        ▼
                     returned ◀── give_back / close ──▶ closed
                        └──────────request──────────────┘──▶ queued

The bot owns a conversation in the states bot, returned and closed. Pure functions on an immutable value. Every
transition raises the epoch by one; what was prepared under an older epoch must not be sent. Every end of a handoff
begins a new chapter: people see the whole conversation, the model only the present chapter. Nothing here stores, sends
or logs: the gateway's ledger does, in one transaction with the text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from bot.errors import HandoffError

Owner = Literal["bot", "queued", "human"]
State = Literal["bot", "queued", "human", "returned", "closed"]
Ending = Literal["", "returned", "closed"]


class EpochPassed(HandoffError):
    """The conversation has changed hands since it was looked at."""


@dataclass(frozen=True)
class Handoff:
    """The ownership of one conversation; ``reason`` and ``agent`` are empty while the bot owns it.

    ``ended`` says how the last handoff ended, empty while one is open or when there never was one.
    """

    owner: Owner = "bot"
    epoch: int = 0
    reason: str = ""
    agent: str = ""
    chapter: int = 0
    ended: Ending = ""

    @property
    def state(self) -> State:
        """Where the conversation stands."""
        return self.ended or "bot" if self.owner == "bot" else self.owner


def expect(state: Handoff, epoch: int | None) -> Handoff:
    """Return the state when it is still the one of ``epoch``; None expects nothing.

    Raises:
        EpochPassed: somebody was faster.
    """
    if epoch is not None and state.epoch != epoch:
        owner = f"{state.agent} has it" if state.agent else f"it is now {state.state}"
        raise EpochPassed(f"The conversation has changed hands: {owner}. Look again before you go on.")
    return state


def request(state: Handoff, reason: str) -> Handoff:
    """Return the state in which the conversation waits for a person.

    Raises:
        HandoffError: it already waits, or a person already owns it.
    """
    if state.owner != "bot":
        raise HandoffError(f"A person was already asked for (owner is {state.owner}). Wait, or withdraw first.")
    return Handoff("queued", state.epoch + 1, reason, chapter=state.chapter)


def take(state: Handoff, agent: str) -> Handoff:
    """Return the state in which ``agent`` owns the conversation; a colleague may take it over.

    Raises:
        HandoffError: nobody asked for a person, or no agent is named.
    """
    if state.owner == "bot":
        raise HandoffError("The bot owns this conversation; only one that waits for a person can be taken.")
    if not agent:
        raise HandoffError("The agent's name is empty. Say who takes the conversation.")
    if state.owner == "human" and state.agent == agent:
        return state
    return replace(state, owner="human", epoch=state.epoch + 1, agent=agent)


def release(state: Handoff) -> Handoff:
    """Return the state after a person put the conversation back into the queue for colleagues.

    Raises:
        HandoffError: no person owns it.
    """
    if state.owner != "human":
        raise HandoffError(f"Only a conversation that a person has can be released; it is {state.state}.")
    return replace(state, owner="queued", epoch=state.epoch + 1, agent="")


def withdraw(state: Handoff) -> Handoff:
    """Return the state after the customer chose the bot again while waiting.

    Raises:
        HandoffError: the conversation does not wait.
    """
    if state.owner != "queued":
        raise HandoffError(f"Only a waiting conversation can be withdrawn; the owner is {state.owner}.")
    return _end(state, "returned")


def give_back(state: Handoff) -> Handoff:
    """Return the state after a person gave the conversation back to the bot, to go on with it.

    Raises:
        HandoffError: the bot already owns it.
    """
    return _end(state, "returned")


def close(state: Handoff) -> Handoff:
    """Return the state after a person finished; the bot answers what comes next.

    Raises:
        HandoffError: the bot already owns it.
    """
    return _end(state, "closed")


def _end(state: Handoff, ended: Ending) -> Handoff:
    if state.owner == "bot":
        raise HandoffError("The bot already owns this conversation; there is nothing to close.")
    return Handoff(epoch=state.epoch + 1, chapter=state.chapter + 1, ended=ended)
