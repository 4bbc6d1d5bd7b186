"""How many compositions a server gets at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bot.errors import GenerationError


class Busy(GenerationError):
    """Others were being composed for too long; nothing is out of order."""


class Places:
    """A fixed number of places; whoever finds all taken waits, but no longer than until its deadline."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._free = threading.BoundedSemaphore(count)

    @contextmanager
    def taken(self, deadline: float) -> Iterator[None]:
        """Hold a place; ``deadline`` is a time of ``time.monotonic()``.

        Raises:
            Busy: no place became free in time.
        """
        if not self._free.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise Busy(
                f"{self.count} compositions run already and none ended in time. Raise generator.timeout_seconds, "
                "or use a faster model."
            )
        try:
            yield
        finally:
            self._free.release()
