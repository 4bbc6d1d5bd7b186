"""What ``/readyz`` says: each part by name, and what to do about one that is not ready."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

from bot.gateway.answers import AnswersClient
from bot.gateway.dialogue import DialogueClient
from bot.gateway.ledger import Ledger

CHANNELS: dict[str, dict[str, Any]] = {
    "web": {"on": True},
    "slack": {"on": False, "reason": "Slack is not part of this version."},
    "telegram": {"on": False, "reason": "Telegram is not part of this version."},
}


class Readiness:
    """Asks every part whether it is ready."""

    def __init__(self, ledger: Ledger, dialogue: DialogueClient, answers: AnswersClient) -> None:
        self._ledger = ledger
        self._dialogue = dialogue
        self._answers = answers

    async def report(self) -> dict[str, Any]:
        """Return the state of all parts and channels."""
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
            "channels": CHANNELS,
        }

    async def _ledger_problem(self) -> str:
        try:
            await self._ledger.check()
        except sqlite3.Error as exc:
            return f"The ledger cannot be written: {exc}. Check the disk and the rights of the var folder."
        return ""
