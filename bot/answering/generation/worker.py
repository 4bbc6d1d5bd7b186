"""Runs a model of this process in one thread of its own, so that it composes one answer at a time.

The caller leaves at its time limit even where the model cannot be stopped, as in the middle of reading a long prompt.
"""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bot.answering.evidence import Evidence
from bot.answering.generation.places import Busy
from bot.answering.generator import Generator
from bot.errors import GenerationError

T = TypeVar("T")


class Worker:
    """One thread; calls wait for it in order."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="generator")

    def run(self, call: Callable[[], T], deadline: float) -> T:
        """Return the call's result, or raise what it raised.

        Args:
            call: what is to be done.
            deadline: a time of ``time.monotonic()``. A call that runs then goes on, but is not waited for.

        Raises:
            Busy: the thread had other calls to do until then.
            GenerationError: the call was not done until then.
        """
        future = self._thread.submit(call)
        try:
            return future.result(max(0.0, deadline - time.monotonic()))
        except concurrent.futures.TimeoutError:
            if future.cancel():
                raise Busy(
                    "The generator was busy with other questions until the time limit. Raise "
                    "generator.timeout_seconds, or use a faster model."
                ) from None
            raise GenerationError(
                "The generator was not done at its time limit. Raise generator.timeout_seconds, or use a faster model."
            ) from None


class BoundedGenerator:
    """Gives a generator that knows no time limit a worker and a limit."""

    def __init__(self, generator: Generator, seconds: float) -> None:
        self.name = generator.name
        self._generator = generator
        self._seconds = seconds
        self._worker = Worker()

    def compose(self, question: str, evidence: Sequence[Evidence]) -> tuple[str, ...]:
        """Return the generator's draft.

        Raises:
            Busy: others were being composed for longer than the limit.
            GenerationError: the generator failed or took longer.
        """
        return self._worker.run(lambda: self._generator.compose(question, evidence), time.monotonic() + self._seconds)
