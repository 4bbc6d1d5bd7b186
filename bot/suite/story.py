"""What a suite file says, as plain data: stories of steps, and what the bot must and must not answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Expected:
    """What one reply must be like; all parts that are given hold in the same reply. ``line`` is its place in the file.

    ``texts`` and ``any_of`` are substrings, ``sources`` and ``any_source`` ticket ids, ``buttons`` whole titles.
    """

    line: int
    texts: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    any_of: tuple[str, ...] = ()
    rungs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    any_source: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One message of the customer and what must come of it.

    ``said`` is the text, or the title of the button when ``press`` is set. ``refused`` is the code of the error with
    which the gateway must refuse the message, empty when it must take it. None means that nothing is asked for.
    """

    line: int
    said: str
    press: bool = False
    bot: tuple[Expected, ...] = ()
    must_not_say: tuple[str, ...] = ()
    replies: int | None = None
    within_ms: int | None = None
    handoff: bool | None = None
    refused: str = ""


@dataclass(frozen=True)
class Story:
    """One conversation from its first message; ``fresh_orders`` asks for the demo shop as it was delivered."""

    name: str
    path: Path
    line: int
    steps: tuple[Step, ...]
    fresh_orders: bool = False


@dataclass(frozen=True)
class Suite:
    """One file; ``p95_ms`` bounds the time of 95 % of all its steps, in milliseconds."""

    path: Path
    stories: tuple[Story, ...]
    p95_ms: int | None = None
