"""Who of the team looks at which conversation, and who is writing there: kept in memory, gone with the page.

Knows names and ids of handoffs, no words. What customers see of it is decided in ``desk_stream.py``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

# Somebody who has not pressed a key for this time is not writing any more; seconds.
WRITING_FOR = 5.0
# How often a customer is shown that a person is writing; seconds.
SHOWN_EVERY = 3.0
# Handoffs whose last sign is remembered; beyond it all are forgotten, and one sign may come early.
MAX_SIGNS = 1000


@dataclass
class Page:
    """One open page of the desk."""

    name: str
    handoff: str = ""
    wrote_at: float = float("-inf")


class Presence:
    """All open pages."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pages: dict[int, Page] = {}
        self._shown: dict[str, float] = {}

    def enter(self, page: Page) -> None:
        """Somebody has opened a page."""
        self._pages[id(page)] = page

    def leave(self, page: Page) -> None:
        """A page was closed."""
        self._pages.pop(id(page), None)

    def looks(self, page: Page, handoff: str) -> bool:
        """Note what a page shows now; False when it showed that before."""
        if page.handoff == handoff:
            return False
        page.handoff, page.wrote_at = handoff, float("-inf")
        return True

    def writes(self, page: Page) -> None:
        """Note that somebody writes in the conversation that their page shows."""
        page.wrote_at = self._clock()

    def stops(self, page: Page) -> None:
        """Note that what was being written has been sent or deleted."""
        page.wrote_at = float("-inf")

    def may_show(self, handoff: str) -> bool:
        """Say whether it is time to show a customer again that a person is writing, and count it as shown."""
        now = self._clock()
        if now - self._shown.get(handoff, float("-inf")) < SHOWN_EVERY:
            return False
        if len(self._shown) >= MAX_SIGNS:
            self._shown.clear()
        self._shown[handoff] = now
        return True

    def others(self, page: Page) -> list[dict[str, object]]:
        """Return where everybody else is, by name, each name once for each conversation."""
        found: dict[tuple[str, str], bool] = {}
        for other in self._pages.values():
            if other.handoff and other.name != page.name:
                key = other.name, other.handoff
                found[key] = found.get(key, False) or self._clock() - other.wrote_at < WRITING_FOR
        return [{"name": name, "handoff": handoff, "writing": on} for (name, handoff), on in sorted(found.items())]
