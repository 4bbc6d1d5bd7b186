"""An event loop in a thread of its own, for code in worker threads that needs a strict time limit on network calls.

A blocking client limits each read but not their sum, and cannot leave a name server that hangs.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class BackgroundLoop:
    """Runs coroutines for other threads; its thread starts with the first and does not keep the process alive."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, coroutine: Coroutine[Any, Any, T], seconds: float) -> T:
        """Return the coroutine's result, or raise what it raised.

        Raises:
            TimeoutError: it took longer than ``seconds``; it is cancelled and not waited for.
        """
        future = asyncio.run_coroutine_threadsafe(coroutine, self._started())
        try:
            return future.result(max(0.0, seconds))
        except concurrent.futures.TimeoutError:
            future.cancel()
            raise TimeoutError(f"no result within {seconds:g} s") from None

    def close(self) -> None:
        """Stop the loop; a later call starts a new one."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_serve, args=(self._loop,), name="generator-http", daemon=True).start()
            return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()
