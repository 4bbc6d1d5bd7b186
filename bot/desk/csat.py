"""How content the customer was: one question after a person has finished, one number from 1 to 5.

Asked with buttons, which every channel has; a number that is written counts as well. Stores nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.messages import Button

COMMAND = "/rate_handoff"
LEAST, MOST = 1, 5
TITLES = {1: "1 (poor)", 2: "2", 3: "3", 4: "4", 5: "5 (very good)"}
_TYPED = re.compile(r"\s*([1-5])\s*(?:/\s*5)?[\s.!]*")


@dataclass(frozen=True)
class Rating:
    """A customer's number for one handoff."""

    handoff_id: str
    value: int


def buttons(handoff_id: str) -> tuple[Button, ...]:
    """Return the buttons of the question about one handoff."""
    return tuple(
        Button(title, COMMAND + json.dumps({"id": handoff_id, "value": value}, separators=(",", ":")))
        for value, title in TITLES.items()
    )


def pressed(body: Mapping[str, Any]) -> Rating | None:
    """Return the rating that a customer's message carries, None when it carries none; payloads are verified before."""
    payload = str(body.get("payload") or "")
    if not payload.startswith(COMMAND):
        return None
    try:
        data = json.loads(payload[len(COMMAND) :])
        rating = Rating(str(data["id"]), int(data["value"]))
    except (ValueError, KeyError, TypeError):
        return None
    return rating if LEAST <= rating.value <= MOST else None


def typed(body: Mapping[str, Any]) -> int | None:
    """Return the number that a customer has written instead of pressing a button."""
    match = None if body.get("payload") is not None else _TYPED.fullmatch(str(body["text"]))
    return int(match[1]) if match else None
