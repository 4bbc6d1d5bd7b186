"""The outbox: what the ledger holds for a channel that must be called, posted in order, once, however long it takes.

One worker per conversation. What was delivered is noted after each part. What an earlier process left may have been
posted without a note: where the platform can tell (Slack), it is asked before that part is posted again. Decides
nothing about what is said, and keeps no text.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.channels.push import PushChannel, TryLater, Undeliverable
from bot.gateway.deliveries import Deliveries, Due
from bot.gateway.metrics import Metrics
from bot.gateway.storage.database import Database

log = logging.getLogger(__name__)

# Waiting before the second attempt, doubled for each further one; seconds.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
# Posts under way at one time, over all conversations.
PARALLEL_POSTS = 32


@dataclass
class Attempt:
    """One part: how often it failed, whether a try may have been taken all the same, whether it only lacks the note."""

    place: tuple[int, int]
    failures: int = 0
    unsure: bool = False
    posted: bool = False


def pause(failures: int, asked: float) -> float:
    """Return how long to wait after the n-th failure: what the platform asked, or twice as long as the last time.

    Half of it is chance, so that conversations that failed together do not come back together.
    """
    doubled = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - 1, 20))
    # What the platform asked for is never shortened.
    return max(asked + random.uniform(0, FIRST_PAUSE / 2) if asked else 0.0, random.uniform(doubled / 2, doubled))


class Outbox:
    """The workers of all conversations on push channels."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, PushChannel],
        metrics: Metrics,
        refused: Callable[[], None] = lambda: None,
    ) -> None:
        """Deliver over these channels; ``refused`` is called when a message will never arrive."""
        self._deliveries = Deliveries(database)
        self._channels = channels
        self._metrics = metrics
        self._refused = refused
        self._slots = asyncio.Semaphore(PARALLEL_POSTS)
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._asked: set[str] = set()
        # Conversations in which an earlier process may have posted a part without noting it.
        self._left: set[str] = set()

    def wake(self, sender_id: str) -> None:
        """Deliver what is new in a conversation, now or when its worker comes to it."""
        channel = self._channels.get(sender_id.partition(":")[0])
        if channel is None:
            return
        self._asked.add(sender_id)
        if sender_id not in self._workers:
            self._workers[sender_id] = asyncio.create_task(self._walk(sender_id, channel))

    async def resume(self) -> None:
        """Go on with what an earlier process left undelivered."""
        for name in self._channels:
            senders = await self._deliveries.senders(name)
            if senders:
                log.info("%s conversations of %s have messages that were left undelivered", len(senders), name)
            self._left.update(senders)
            for sender_id in senders:
                self.wake(sender_id)

    async def refusals(self, sender_id: str) -> dict[int, str]:
        """Return the messages of a conversation that never reached the customer, each with its reason."""
        return await self._deliveries.refusals(sender_id)

    async def close(self) -> None:
        """Stop all workers; what is not delivered is delivered by the next process."""
        workers = list(self._workers.values())
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    async def _walk(self, sender_id: str, channel: PushChannel) -> None:
        attempt, failures = Attempt((0, 0)), 0
        try:
            while True:
                self._asked.discard(sender_id)
                wait = 0.0
                try:
                    due = await self._deliveries.next(sender_id)
                    if due is not None:
                        if attempt.place != (due.message.seq, due.part):
                            attempt = Attempt((due.message.seq, due.part), unsure=sender_id in self._left)
                            self._left.discard(sender_id)
                        wait = await self._try(channel, due, attempt)
                    elif sender_id not in self._asked:
                        return
                    failures = 0
                except Exception:
                    # The edge of a worker: the ledger failed, or a bug. Nothing was noted, so it is tried again.
                    log.exception("the outbox of %s failed", sender_id)
                    failures += 1
                    wait = pause(failures, 0.0)
                await asyncio.sleep(wait)
        finally:
            del self._workers[sender_id]

    async def _try(self, channel: PushChannel, due: Due, attempt: Attempt) -> float:
        """Post one part, note what became of it, and return how long to wait before the next."""
        message = due.message
        parts = channel.parts(message)
        if due.part >= len(parts):
            # An earlier version has cut it into more parts, and posted as many as there are now.
            await self._deliveries.delivered(message, None)
            return 0.0
        part, last = parts[due.part], due.part + 1 >= len(parts)
        try:
            async with self._slots:
                if not (attempt.posted or attempt.unsure and await channel.posted(message, part)):
                    await channel.post(message, part)
            attempt.posted = True
        except TryLater as exc:
            attempt.failures += 1
            attempt.unsure = attempt.unsure or exc.sent
            wait = pause(attempt.failures, exc.after)
            log.warning("message %s of %s waits %.1f s: %s", message.seq, message.sender_id, wait, exc)
            self._metrics.delivery(channel.name, "retried")
            return wait
        except Undeliverable as exc:
            log.error("message %s of %s cannot be delivered: %s", message.seq, message.sender_id, exc)
            await self._deliveries.refused(message, str(exc))
            self._refused()
            self._metrics.delivery(channel.name, "refused")
            return 0.0
        await self._deliveries.delivered(message, None if last else due.part + 1)
        if last:
            self._metrics.delivery(channel.name, "delivered")
        return 0.0
