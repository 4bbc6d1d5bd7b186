"""Goes on with a second generator while the first is out of order."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from bot.answering.evidence import Evidence
from bot.answering.generation.places import Busy
from bot.answering.generator import Generator
from bot.errors import GenerationError

log = logging.getLogger(__name__)

# A generator that failed so often in a row is left alone for a while: not every customer shall wait for its time-out.
FAILURES, REST_SECONDS = 3, 30.0


class FallbackGenerator:
    """Asks the first generator, and the second where the first fails; says once when that begins and when it ends."""

    def __init__(self, first: Generator, second: Generator, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = first.name
        self._first = first
        self._second = second
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._rests_until = 0.0

    def compose(self, question: str, evidence: Sequence[Evidence]) -> tuple[str, ...]:
        """Return the first generator's draft, empty or not, or the second's if the first failed.

        Raises:
            GenerationError: both failed.
        """
        if self._clock() >= self._rests_until:
            try:
                draft = self._first.compose(question, evidence)
            except Busy as exc:
                log.info("generator %s is busy, %s goes on in its place: %s", self.name, self._second.name, exc)
            except GenerationError as exc:
                self._failed(exc)
            else:
                self._worked()
                return draft
        return self._second.compose(question, evidence)

    def _failed(self, exc: GenerationError) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES:
                self._rests_until = self._clock() + REST_SECONDS
            level = logging.WARNING if self._failures == 1 else logging.DEBUG
        log.log(level, "generator %s failed, %s goes on in its place: %s", self.name, self._second.name, exc)

    def _worked(self) -> None:
        with self._lock:
            failures, self._failures = self._failures, 0
        if failures:
            log.warning("generator %s works again after %d failures", self.name, failures)
