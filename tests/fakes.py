"""Real stand-ins for tests: each has the same interface as what it replaces and a behaviour a reader can predict."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence

import numpy as np

from bot.errors import OrderBackendError
from bot.messages import Reply


class KeywordEmbedder:
    """One dimension per keyword: texts that share keywords are close, all others are at right angles.

    Words outside the vocabulary share one last, weak dimension, so that no vector is zero.
    """

    def __init__(self, *keywords: str) -> None:
        self.keywords = keywords
        self.name = "keywords"
        self.dimension = len(keywords) + 1
        self.fingerprint = hashlib.sha256("|".join(keywords).encode()).hexdigest()

    def embed(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> np.ndarray:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            lowered = text.lower()
            row[:-1] = [float(word in lowered) for word in self.keywords]
            row[-1] = 0.1
        if progress is not None:
            progress(len(texts))
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class BrokenShop:
    """An order system that is down: every call to it ends in the same error."""

    def __getattr__(self, name: str) -> Callable[..., Awaitable[None]]:
        async def call(*args: object) -> None:
            raise OrderBackendError(f"{name} gave no answer")

        return call


class ScriptedAnswers:
    """An answers client that gives the scripted replies in order and remembers what it was asked."""

    def __init__(self, *script: Reply | Exception) -> None:
        self.script = list(script)
        self.asked: list[tuple[str, list[dict[str, str]]]] = []

    async def answer(self, question: str, context: Sequence[dict[str, str]] = ()) -> Reply:
        self.asked.append((question, list(context)))
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        return step
