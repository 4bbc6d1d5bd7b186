"""What the bot says in one turn: stored before it is sent, once, and only as long as the bot may speak.

Decides nothing about what is said; ``turns.py`` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.desk.handoff import Handoff
from bot.gateway import handoffs, sentences
from bot.gateway.buttons import Buttons
from bot.gateway.chapters import heard_as
from bot.gateway.identities import Customer
from bot.gateway.ledger import Ledger
from bot.gateway.transcript import Message
from bot.messages import Reply


class Voice:
    """Says things in one turn: stores, then sends."""

    def __init__(
        self, to: Message, language: str, state: Handoff, already: Sequence[str], ledger: Ledger, buttons: Buttons
    ) -> None:
        """Speak in reply to ``to``; ``already`` was said before a crash cut the turn short, and is not said twice."""
        self.to = to
        self.language = language
        self.said = len(already)
        self.customer: Customer | None = None
        self.heard_as = heard_as(to.sender_id, state.chapter)
        self._epoch = state.epoch
        self._already = tuple(already)
        self._skip = len(already)
        self._ledger = ledger
        self._buttons = buttons

    def has_failed(self) -> bool:
        """Say whether the customer was told before a crash that the turn did not work."""
        return any(text in sentences.APOLOGIES for text in self._already)

    def nothing_to_skip(self) -> None:
        """Say what comes next in any case: it is no repetition."""
        self._skip = 0

    async def say(
        self, reply: Reply, answer_id: str, transition: handoffs.Transition | None = None, *, answers: bool = True
    ) -> bool:
        """Store one reply with its buttons signed; False when it was not stored and must not be sent."""
        if self._skip:
            self._skip -= 1
            return False
        signed = tuple(self._buttons.sign(self.to.sender_id, button, self.to.seq) for button in reply.buttons)
        stored = replace(reply, buttons=signed, answer_id=reply.answer_id or answer_id)
        said = await self._ledger.say(self.to, stored, self._epoch, transition, answers=answers)
        if said is None:
            return False
        self._epoch = said.epoch
        self.said += 1
        return True
