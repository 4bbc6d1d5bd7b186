"""Who is listening: wakes the open streams of a sender.

Carries no messages. A woken stream reads what is new from the ledger, so that nothing is lost, doubled or out of order
however slow the listener is.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

Writer = Literal["bot", "agent"]


class Subscription:
    """One listener's wake-up flag; ``news`` says that the ledger may hold more, ``typing`` who writes, None nobody."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        # What was there before the listener came counts as news.
        self.news = True
        self.typing: Writer | None = None
        self.closed = False

    async def wait(self) -> None:
        """Return at the next wake-up, or at once when one came since the last call."""
        await self._woken.wait()
        self._woken.clear()

    def wake(self) -> None:
        """Make ``wait`` return."""
        self._woken.set()


class Hub:
    """The open streams of all senders."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[Subscription]] = defaultdict(set)

    @contextmanager
    def subscribe(self, sender_id: str) -> Iterator[Subscription]:
        """Listen to one sender for the length of a ``with`` block."""
        subscription = Subscription()
        self._listeners[sender_id].add(subscription)
        try:
            yield subscription
        finally:
            self._listeners[sender_id].discard(subscription)
            if not self._listeners[sender_id]:
                del self._listeners[sender_id]

    def listeners(self, sender_id: str) -> int:
        """Return how many streams of a sender are open."""
        return len(self._listeners.get(sender_id, ()))

    def notify(self, sender_id: str) -> None:
        """Something new is in the ledger."""
        for subscription in self._listeners.get(sender_id, ()):
            subscription.news = True
            subscription.wake()

    def typing(self, sender_id: str, author: Writer = "bot") -> None:
        """Somebody is writing to the sender."""
        for subscription in self._listeners.get(sender_id, ()):
            subscription.typing = author
            subscription.wake()

    def close(self) -> None:
        """Tell every stream that the gateway stops."""
        for subscriptions in self._listeners.values():
            for subscription in subscriptions:
                subscription.closed = True
                subscription.wake()
