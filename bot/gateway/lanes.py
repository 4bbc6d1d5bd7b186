"""The order of turns: one lane per conversation, first in first out; many lanes at once.

The ledger is the queue, a lane only walks it, so a restart goes on where the last process stopped. Does not know what a
turn is.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Coroutine

from bot.channels.channel import UserMessage
from bot.errors import BotError
from bot.gateway.ledger import Accepted, Ledger
from bot.gateway.transcript import Message

log = logging.getLogger(__name__)

# Turns at work at one time, over all conversations; more of them wait in their lanes.
PARALLEL_TURNS = 64
# Seconds until a lane that stopped walks again; doubled with each failure in a row.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0


class TurnLost(BotError):
    """A turn could not be stored; the message stays pending and is worked later."""


class Lanes:
    """Accepts messages and walks each conversation's pending ones in order."""

    def __init__(
        self,
        ledger: Ledger,
        work: Callable[[Message], Awaitable[None]],
        deliver: Callable[[str], Awaitable[None]],
        parallel: int = PARALLEL_TURNS,
    ) -> None:
        self._ledger = ledger
        self._work = work
        self._deliver = deliver
        self._slots = asyncio.Semaphore(parallel)
        self._gate: asyncio.Future[None] | None = None
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._asked: set[str] = set()
        self._waiting: defaultdict[str, dict[str, asyncio.Future[bool]]] = defaultdict(dict)
        self._failures: Counter[str] = Counter()
        self._again: dict[str, asyncio.TimerHandle] = {}

    async def submit(self, message: UserMessage) -> Accepted:
        """Store a message and return when it has been worked; one that was worked before returns at once.

        Raises:
            ConversationBusy: too many messages of this conversation wait.
            TurnLost: the outcome could not be stored.
        """
        accepted = await self._ledger.accept(message)
        if accepted.new:
            await self._deliver(message.sender_id)
        if accepted.message.pending and not await asyncio.shield(self._enter(message.sender_id, message.message_id)):
            raise TurnLost("The message is stored but could not be answered now. Send it again with its message_id.")
        return accepted

    async def enqueue(self, message: UserMessage) -> Accepted:
        """Store a message and return; it is worked after.

        Raises:
            ConversationBusy: too many messages of this conversation wait.
        """
        accepted = await self._ledger.accept(message)
        if accepted.new:
            await self._deliver(message.sender_id)
        if accepted.message.pending:
            self._enter(message.sender_id, message.message_id)
        return accepted

    async def resume(self, ready: Callable[[], Coroutine[None, None, None]]) -> None:
        """Work what an earlier process left pending, once ``ready()`` returns; later messages of a sender wait too."""
        senders = await self._ledger.pending_senders()
        if not senders:
            return
        log.info("%s conversations have messages that were left pending", len(senders))
        self._gate = asyncio.ensure_future(ready())
        for sender_id in senders:
            self._start(sender_id, self._gate)

    async def close(self) -> None:
        """Stop all lanes; what is not finished stays pending."""
        for timer in self._again.values():
            timer.cancel()
        stopping: list[asyncio.Future[None]] = [*self._lanes.values(), *([self._gate] if self._gate else [])]
        for lane in stopping:
            lane.cancel()
        await asyncio.gather(*stopping, return_exceptions=True)
        # A lane that was stopped before its first step has told nobody.
        for waiting in self._waiting.values():
            for future in waiting.values():
                if not future.done():
                    future.set_result(False)

    def _enter(self, sender_id: str, message_id: str) -> asyncio.Future[bool]:
        """Return the future of one message's turn, starting the lane when it stands still."""
        waiting = self._waiting[sender_id]
        if message_id not in waiting:
            waiting[message_id] = asyncio.get_running_loop().create_future()
        self._asked.add(sender_id)
        self._start(sender_id)
        return waiting[message_id]

    def _start(self, sender_id: str, gate: asyncio.Future[None] | None = None) -> None:
        timer = self._again.pop(sender_id, None)
        if timer is not None:
            timer.cancel()
        if sender_id not in self._lanes:
            self._lanes[sender_id] = asyncio.create_task(self._walk(sender_id, gate))

    def _start_later(self, sender_id: str) -> None:
        """Walk again after a pause: who was told that a message is stored does not send it again."""
        self._failures[sender_id] += 1
        pause = min(FIRST_PAUSE * 2 ** (self._failures[sender_id] - 1), LONGEST_PAUSE)
        self._again[sender_id] = asyncio.get_running_loop().call_later(pause, self._start, sender_id)

    async def _walk(self, sender_id: str, gate: asyncio.Future[None] | None) -> None:
        worked = False
        try:
            if gate is not None:
                await asyncio.shield(gate)
                # Another gateway may have taken our place meanwhile; only a write would notice.
                await self._ledger.check()
            await self._work_all(sender_id)
            worked = True
            self._failures.pop(sender_id, None)
        except Exception:
            # The edge of a lane: the ledger failed. The message stays pending, and is worked when the ledger is back.
            log.exception("the lane of %s stopped", sender_id)
            self._start_later(sender_id)
        finally:
            del self._lanes[sender_id]
            for future in self._waiting.pop(sender_id, {}).values():
                if not future.done():
                    future.set_result(worked)

    async def _work_all(self, sender_id: str) -> None:
        """Work messages until none is pending; one that arrives during the last look is looked for again."""
        while True:
            self._asked.discard(sender_id)
            message = await self._ledger.next_pending(sender_id)
            if message is None:
                if sender_id in self._asked:
                    continue
                return
            async with self._slots:
                await self._work(message)
            future = self._waiting[sender_id].pop(message.message_id or "", None)
            if future is not None and not future.done():
                future.set_result(True)
