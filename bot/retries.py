"""When a client of Frontdesk's API tries again, and when it gives up."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.errors import BotError

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 8.0


class RequestRefused(BotError):
    """The gateway has understood and refused; ``code`` says why, as documented."""

    def __init__(self, status: int, code: str, message: str, retry_after: float = 0.0, seconds: float = 0.0) -> None:
        super().__init__(f"{code} ({status}): {message}")
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.seconds = seconds


@dataclass
class Waiting:
    """How long to wait between attempts at one thing, and when to stop: the pauses double, with chance in them."""

    patience: float
    outage: float
    tried: int = 0
    waited: float = 0.0
    began: float = field(default_factory=time.monotonic)

    async def may_go_on(self, refused: RequestRefused | None) -> bool:
        """Wait until the next attempt; False when there should be none."""
        if refused is not None and refused.status < 500 and refused.status != 429:
            return False
        asked = 0.0 if refused is None else refused.retry_after
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**self.tried) * (0.5 + random.random())
        self.tried += 1
        if asked:
            self.waited += asked
            pause = asked
            if self.waited > self.patience:
                return False
        elif time.monotonic() - self.began - self.waited + pause > self.outage:
            return False
        await asyncio.sleep(pause)
        return True


def refusal(status: int, data: Mapping[str, Any], headers: Mapping[str, str]) -> RequestRefused:
    """Return the error that an answer stands for."""
    error = data.get("error")
    told = error if isinstance(error, dict) else {}
    wait = str(told.get("retry_after", headers.get("Retry-After", "0")))
    seconds = float(wait) if wait.isascii() and wait.isdecimal() else 0.0
    return RequestRefused(status, str(told.get("code", "unknown")), str(told.get("message", data))[:400], seconds)
