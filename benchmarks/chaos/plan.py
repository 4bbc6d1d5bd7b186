"""What goes wrong where: every draw depends on the seed and a name alone, never on the order of events."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

# Share of messages that meet each fault.
CLIENT_FAULTS = (
    ("client drops the connection before the answer", 0.06),
    ("client breaks off inside the request", 0.02),
    ("message sent twice at once", 0.08),
    ("message sent again after its answer", 0.05),
    ("message delayed on its way", 0.06),
)
WORKER_FAULTS = (
    ("worker is slow", 0.04),
    ("worker breaks off before a word", 0.01),
    ("worker breaks off between two replies", 0.01),
    ("worker breaks off after the last reply", 0.01),
)
# These leave no answer to give, so the customer must be told; not drawn for Slack, whose posts do not say to what.
HOPELESS_FAULTS = (("worker breaks off every time", 0.003), ("worker hangs until the gateway gives up", 0.001))
SLACK_FAULTS = (
    ("Slack delivers an event twice", 0.1),
    ("Slack delivers an event again later", 0.05),
    ("Slack takes a post and drops the connection", 0.02),
    ("Slack answers a post with 500", 0.02),
    ("Slack limits the rate of posts", 0.01),
)
STREAM_DROP, BURST, TWO_REPLIES = 0.03, 0.12, 0.4
# What happens to the processes, in turn, as the run goes on.
STRIKES = ("kill -9 of the gateway", "kill -9 of the worker", "kill -9 of gateway and worker")
POSTGRES_STRIKES = ("kill -9 of PostgreSQL", "kill -9 of PostgreSQL and gateway")
DISK_STRIKES = ("disk full", "disk full and kill -9 of the gateway")


def draw(seed: int, *names: object) -> random.Random:
    """Return a generator that belongs to these names."""
    return random.Random("/".join(map(str, (seed, *names))))


def one_of(faults: tuple[tuple[str, float], ...], chance: random.Random) -> str:
    """Return the fault that is drawn, an empty string for none."""
    left = chance.random()
    for name, share in faults:
        left -= share
        if left < 0:
            return name
    return ""


def answer_to(seed: int, text: str) -> list[str]:
    """Return what the worker says to a text: one reply, or two."""
    count = 2 if draw(seed, "replies", text).random() < TWO_REPLIES else 1
    return [f"Answer to {text}, part {part} of {count}" for part in range(1, count + 1)]


@dataclass
class Tally:
    """How often each fault was injected, and how far the run is."""

    faults: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    finished: int = 0
    # Refusals by a gateway whose disk is full end that strike.
    refused: int = 0


def strikes(messages: int, every: int, disk: bool, postgres: bool = False) -> list[tuple[int, str]]:
    """Return after how many finished messages which strike comes: kills, and a full disk at every fourth place."""
    places = range(every, messages - every // 2, every)
    plan = []
    for number, place in enumerate(places):
        fourth = disk and number % 4 == 1
        names = DISK_STRIKES if fourth else (*STRIKES, *POSTGRES_STRIKES) if postgres else STRIKES
        plan.append((place, names[(number // 4 if fourth else number) % len(names)]))
    return plan
