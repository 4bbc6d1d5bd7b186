"""How much patience a customer has left: read from the mood of the last messages and from what was asked before.

An angry, pressed or returning customer meets fewer questions before a person comes; a calm one sees no difference. Says
nothing itself: :mod:`actions.apology` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rasa_sdk import Tracker

# Probabilities from which a message counts; their price in false alarms is measured in docs/understanding.md.
ANGRY = 0.5
URGENT = 0.5
# Messages of the customer that a mood lasts for: the one that shows it and the one after it.
RECENT = 2
# Who wants the same thing for the third time gets a person.
TIMES = 3
# Shorter words say nothing about what is asked; a Chinese sentence is one long word.
LONG_WORDS = re.compile(r"[^\W_]{4,}")

Message = Mapping[str, Any]


def is_angry(message: Message) -> bool:
    """Return whether the customer is angry in this parsed message."""
    return _probability(message, "anger") >= ANGRY


def is_urgent(message: Message) -> bool:
    """Return whether the customer is short of time in this parsed message."""
    return _probability(message, "urgency") >= URGENT


def is_impatient(tracker: Tracker) -> bool:
    """Return whether a person should come early: the customer is angry or pressed, or back for the third time."""
    recent = list(_said(tracker))[-RECENT:]
    return any(is_angry(message) or is_urgent(message) for message in recent) or _begun(tracker) >= TIMES


def allowed(tracker: Tracker, usual: int) -> int:
    """Return how many answers in a row may fail before a person takes over: ``usual``, one without patience."""
    return 1 if is_impatient(tracker) else usual


def served_before(tracker: Tracker, action: str, number: str) -> bool:
    """Return whether this is the third time that the action serves this order in the conversation."""
    times, known = 0, None
    for event in tracker.events:
        if event["event"] == "slot" and event["name"] == "order_number":
            known = event["value"] or known
        elif event["event"] == "action" and event["name"] == action and known == number:
            times += 1
    return times >= TIMES - 1


def asked_before(tracker: Tracker, question: str) -> bool:
    """Return whether the customer writes the same question, long word for long word, for the third time."""
    words = _long_words(question)
    earlier = [_long_words(str(message.get("text") or "")) for message in _said(tracker)][:-1]
    return bool(words) and sum(other == words for other in earlier) >= TIMES - 1


def _long_words(text: str) -> set[str]:
    return set(LONG_WORDS.findall(text.lower()))


def _probability(message: Message, kind: str) -> float:
    return float((message.get("mood") or {}).get(kind) or 0.0)


def _said(tracker: Tracker) -> Iterator[Message]:
    """Yield the customer's messages of this session as they were parsed, oldest first."""
    for event in tracker.events:
        if event["event"] == "user":
            yield event.get("parse_data") or {}


def _begun(tracker: Tracker) -> int:
    """Return how often the running form was begun in this session."""
    name = (tracker.active_loop or {}).get("name")
    return sum(event["event"] == "active_loop" and event["name"] == name for event in tracker.events) if name else 0
