"""Embedding for many threads: calls that meet share one run, each gets its own rows, and no call waits without need."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from fakes import KeywordEmbedder

from bot.answering.batching import MAX_TEXTS, BatchingEmbedder

WORDS = [f"word{number}" for number in range(20)]


class Gate(KeywordEmbedder):
    """An embedder that notes what it is given, and holds its first call until it is opened."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__(*WORDS)
        self.runs: list[list[str]] = []
        self.entered = threading.Event()
        self.open = threading.Event()
        self.error = error

    def embed(self, texts, *, progress=None):
        self.runs.append(list(texts))
        if len(self.runs) == 1:
            self.entered.set()
            assert self.open.wait(10)
        if self.error is not None and len(self.runs) > 1:
            raise self.error
        return super().embed(texts, progress=progress)


def meet(inner: Gate, calls: list[list[str]]):
    """Start a call, and others while it runs; return the futures of all once nothing runs."""
    embedder = BatchingEmbedder(inner)
    with ThreadPoolExecutor(20) as pool:
        futures = [pool.submit(embedder.embed, ["word0"])]
        assert inner.entered.wait(10)
        futures += [pool.submit(embedder.embed, texts) for texts in calls]
        while len(embedder._passages._waiting) < sum(len(texts) <= MAX_TEXTS for texts in calls):
            threading.Event().wait(0.005)
        inner.open.set()
    return futures


def test_calls_that_come_while_the_model_runs_share_the_next_run():
    inner = Gate()
    calls = [[f"word{number}"] for number in range(1, 7)] + [["word7", "word8"]]
    futures = meet(inner, calls)
    assert [len(run) for run in inner.runs] == [1, 8]
    for texts, future in zip([["word0"], *calls], futures, strict=True):
        assert np.array_equal(future.result(), KeywordEmbedder(*WORDS).embed(texts))


def test_a_call_alone_is_not_delayed_and_the_model_is_free_again_after_it():
    inner = Gate()
    inner.open.set()
    embedder = BatchingEmbedder(inner)
    for number in range(3):
        assert embedder.embed([f"word{number}"]).shape == (1, 21)
    assert [len(run) for run in inner.runs] == [1, 1, 1]
    assert np.array_equal(embedder.embed_queries(["word4"]), inner.embed_queries(["word4"]))
    assert (embedder.name, embedder.dimension, embedder.fingerprint) == ("keywords", 21, inner.fingerprint)


def test_a_long_call_keeps_nobody_waiting():
    inner = Gate()
    long = ["word1"] * (MAX_TEXTS + 1)
    futures = meet(inner, [long, ["word2"]])
    assert sorted(len(run) for run in inner.runs) == [1, 1, MAX_TEXTS + 1]
    assert all(future.result() is not None for future in futures)


def test_an_error_reaches_all_who_shared_the_run_and_no_later_call():
    inner = Gate(error=RuntimeError("out of memory"))
    first, *others = meet(inner, [["word1"], ["word2"]])
    assert first.result().shape == (1, 21)
    for future in others:
        with pytest.raises(RuntimeError, match="out of memory"):
            future.result()
    inner.error = None
    embedder = BatchingEmbedder(inner)
    assert embedder.embed(["word3"]).shape == (1, 21)


def test_many_threads_get_each_their_own_rows():
    embedder, plain = BatchingEmbedder(KeywordEmbedder(*WORDS)), KeywordEmbedder(*WORDS)

    def ask(number: int) -> bool:
        texts = WORDS[number % 17 : number % 17 + number % 3 + 1]
        return np.array_equal(embedder.embed(texts), plain.embed(texts))

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(600)))
