"""Who owns a conversation: the bot, the queue for people, or a person.

    bot ──request──▶ queued ──take──▶ human ──close──▶ bot
                       └──withdraw / close──▶ bot

Pure functions on an immutable value. Every transition raises the epoch by one; what was prepared under an older epoch
must not be sent. Nothing here stores, sends or logs: the gateway's ledger does, in one transaction with the text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from bot.errors import HandoffError

Owner = Literal["bot", "queued", "human"]


@dataclass(frozen=True)
class Handoff:
    """The ownership of one conversation; ``reason`` and ``agent`` are empty while the bot owns it."""

    owner: Owner = "bot"
    epoch: int = 0
    reason: str = ""
    agent: str = ""


def request(state: Handoff, reason: str) -> Handoff:
    """Return the state in which the conversation waits for a person.

    Raises:
        HandoffError: it already waits, or a person already owns it.
    """
    if state.owner != "bot":
        raise HandoffError(f"A person was already asked for (owner is {state.owner}). Wait, or withdraw first.")
    return replace(state, owner="queued", epoch=state.epoch + 1, reason=reason)


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


def withdraw(state: Handoff) -> Handoff:
    """Return the state after the customer chose the bot again while waiting.

    Raises:
        HandoffError: the conversation does not wait.
    """
    if state.owner != "queued":
        raise HandoffError(f"Only a waiting conversation can be withdrawn; the owner is {state.owner}.")
    return Handoff(epoch=state.epoch + 1)


def close(state: Handoff) -> Handoff:
    """Return the state after a person gave the conversation back to the bot.

    Raises:
        HandoffError: the bot already owns it.
    """
    if state.owner == "bot":
        raise HandoffError("The bot already owns this conversation; there is nothing to close.")
    return Handoff(epoch=state.epoch + 1)
