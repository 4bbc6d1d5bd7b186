"""Embeds what several threads ask for at the same moment in one run of the model.

A call that finds the model idle runs at once and waits for nobody. Those that come meanwhile wait together; when the
model is free, the first of them runs all. Keeps no vectors.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from retrieval.embedder import Embedder

Vectors = NDArray[np.float32]

# Texts of one call that others may be made to wait for; more than a search asks for run on their own.
MAX_TEXTS = 8


@dataclass
class _Call:
    texts: Sequence[str]
    woken: threading.Event = field(default_factory=threading.Event)
    # The calls that this one is to run, itself the first; None when another has run it.
    led: list[_Call] | None = None
    rows: Vectors | None = None
    error: BaseException | None = None


class BatchingEmbedder:
    """An embedder for many threads; gives what the one inside gives."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name, self.dimension, self.fingerprint = embedder.name, embedder.dimension, embedder.fingerprint
        self._passages, self._queries = _Lane(embedder.embed), _Lane(embedder.embed_queries)

    def embed(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Vectors:
        """Return float32 [len(texts), dimension], rows of unit length."""
        if progress is not None:
            return self._embedder.embed(texts, progress=progress)
        return self._passages.rows(texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the same for questions."""
        return self._queries.rows(texts)


class _Lane:
    """The calls of one kind."""

    def __init__(self, embed: Callable[[Sequence[str]], Vectors]) -> None:
        self._embed = embed
        self._lock = threading.Lock()
        self._running = False
        self._waiting: list[_Call] = []

    def rows(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of the texts, embedded with those of other calls."""
        if len(texts) > MAX_TEXTS:
            return self._embed(texts)
        call = _Call(texts)
        with self._lock:
            if self._running:
                self._waiting.append(call)
            else:
                self._running, call.led = True, [call]
        if call.led is None:
            call.woken.wait()
        if call.led is not None:
            self._run(call.led)
        if call.error is not None:
            raise call.error
        assert call.rows is not None
        return call.rows

    def _run(self, calls: Sequence[_Call]) -> None:
        """Run the calls, let the next leader go, and tell the followers."""
        try:
            rows = self._embed([text for call in calls for text in call.texts])
            ends = np.cumsum([len(call.texts) for call in calls])[:-1]
            for call, part in zip(calls, np.split(rows, ends), strict=True):
                call.rows = part
        except BaseException as exc:  # noqa: BLE001 - raised again by each caller
            for call in calls:
                call.error = exc
        finally:
            self._hand_over()
            for call in calls[1:]:
                call.woken.set()

    def _hand_over(self) -> None:
        with self._lock:
            led, self._waiting = self._waiting, []
            self._running = bool(led)
        if led:
            led[0].led = led
            led[0].woken.set()
