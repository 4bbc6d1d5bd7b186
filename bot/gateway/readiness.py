"""What ``/readyz`` says: each part by name, and what to do about one that is not ready."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from typing import Any

from bot.errors import LedgerUnavailable
from bot.gateway.answers import AnswersClient
from bot.gateway.dialogue import DialogueClient
from bot.gateway.ledger import Ledger

# Anybody may ask, and asking costs a write lock and calls to the other processes; seconds.
KEPT = 1.0
# How often the ledger is tried with a write of some size, which costs a wait for the disk; a lock does not notice that
# the disk is full. After one that failed the next is tried at once. Seconds.
TRIED = 5.0


class Readiness:
    """Asks every part whether it is ready, at most once in ``KEPT`` seconds however many want to know."""

    def __init__(
        self,
        ledger: Ledger,
        dialogue: DialogueClient,
        answers: AnswersClient,
        channels: Callable[[], dict[str, dict[str, object]]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._dialogue = dialogue
        self._answers = answers
        self._channels = channels
        self._clock = clock
        self._asking = asyncio.Lock()
        self._last: dict[str, Any] = {}
        self._until = -math.inf
        self._try_at = -math.inf

    async def report(self) -> dict[str, Any]:
        """Return the state of all parts and channels."""
        async with self._asking:
            if self._clock() >= self._until:
                self._last = await self._ask()
                self._until = self._clock() + KEPT
            return self._last

    async def _ask(self) -> dict[str, Any]:
        ledger, dialogue, answers = await asyncio.gather(
            self._ledger_problem(), self._dialogue.not_ready(), self._answers.state()
        )
        problems = {"gateway": ledger, "dialogue": dialogue, "answers": answers.service, "index": answers.index}
        return {
            "ready": not any(problems.values()),
            "parts": {
                name: {"ready": False, "remedy": problem} if problem else {"ready": True}
                for name, problem in problems.items()
            },
            "channels": self._channels(),
        }

    async def _ledger_problem(self) -> str:
        try:
            if self._clock() < self._try_at:
                await self._ledger.check()
            else:
                await self._ledger.trial()
                self._try_at = self._clock() + TRIED
        except LedgerUnavailable as exc:
            self._try_at = -math.inf
            return f"{exc} {self._ledger.remedy}"
        return ""
