"""Keeps the drafts of questions that were asked before with the same evidence.

In memory only, and made anew with each release of the index, so that an erased ticket leaves with it. Keys are hashes:
no customer's words are kept. What failed is not kept.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.answering.evidence import Evidence
from bot.answering.generator import Generator

Draft = tuple[str, ...]


@dataclass
class _Composition:
    """One that runs; those who ask for the same wait for it."""

    done: threading.Event = field(default_factory=threading.Event)
    draft: Draft = ()
    error: BaseException | None = None


class CachedGenerator:
    """A generator that composes each answer once; threads may share it."""

    def __init__(self, generator: Generator, size: int) -> None:
        """Keep up to ``size`` drafts, the least recently used go first."""
        self.name = generator.name
        self._generator = generator
        self._size = size
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Draft] = OrderedDict()
        self._running: dict[str, _Composition] = {}

    def compose(self, question: str, evidence: Sequence[Evidence]) -> Draft:
        """Return the draft kept, that of a call which asks the same at this moment, or a new one.

        Raises:
            GenerationError: the generator failed; it is asked again next time.
        """
        key = cache_key(self.name, question, evidence)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            if (other := self._running.get(key)) is None:
                mine = self._running[key] = _Composition()
        if other is None:
            return self._compose(key, mine, question, evidence)
        other.done.wait()
        if other.error is not None:
            raise other.error
        return other.draft

    def _compose(self, key: str, mine: _Composition, question: str, evidence: Sequence[Evidence]) -> Draft:
        try:
            mine.draft = self._generator.compose(question, evidence)
        except BaseException as exc:
            mine.error = exc
            raise
        finally:
            with self._lock:
                del self._running[key]
                if mine.error is None:
                    self._keep(key, mine.draft)
            mine.done.set()
        return mine.draft

    def _keep(self, key: str, draft: Draft) -> None:
        self._kept[key] = draft
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)


def cache_key(name: str, question: str, evidence: Sequence[Evidence]) -> str:
    """Return the hash of what a draft depends on; case and spaces of the question do not count."""
    asked = " ".join(question.split()).casefold()
    # JSON keeps the borders between the parts, which plain joining would blur.
    parts = [name, asked, [[item.ticket.id, *item.sentences] for item in evidence]]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
