"""Runs search and ladder in a few worker threads, and keeps them on the newest index and the newest generator.

Everything that touches the models or SQLite happens off the event loop. A newer index is loaded beside the one in use;
searches go on meanwhile. Knows nothing of HTTP.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.answering.batching import BatchingEmbedder
from bot.answering.generation.opening import weights_in_use
from bot.answering.generator import Generator
from bot.answering.ladder import Ladder, Turn
from bot.answering.opening import embedder_of, make_ladder, open_ladder, warm_chinese
from bot.answering.requests import SearchRequest
from bot.answering.search import Search
from bot.errors import AnswersUnavailable, BotError
from bot.messages import Reply
from bot.settings import Settings
from bot.settings_generator import SHARE_OF_CALL
from retrieval.errors import RetrievalError
from retrieval.store import TicketStore
from retrieval.tickets import Hit

log = logging.getLogger(__name__)

T = TypeVar("T")

RELOAD_SECONDS = 2.0
# Calls that are worked on at once: their questions are embedded together, and their searches overlap.
WORKERS = 8
# Calls that may wait for the worker; more are refused at once rather than answered too late.
MAX_WAITING = 32


class Trouble(AnswersUnavailable):
    """A call that could not be answered; ``code`` is for programs, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Loaded:
    """One release in use, empty for a retriever that was handed in; ``weights`` names those of the generator."""

    release: str
    tickets: int
    indexed: int
    retriever: Search
    ladder: Ladder
    weights: str = ""


class Engine:
    """Search and answers for the service. Some calls at a time; the others wait in order."""

    def __init__(
        self,
        settings: Settings,
        *,
        retriever: Search | None = None,
        generator: Generator | None = None,
        workers: int = WORKERS,
    ) -> None:
        self._settings = settings
        self._given = retriever
        self._generator = generator
        self._worker = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="answers")
        self._waiting = 0
        self._store: TicketStore | None = None
        self._embedder: BatchingEmbedder | None = None
        self._loaded: Loaded | None = None
        self._missing = "The index is being loaded. Try again in a moment."

    async def search(self, asked: SearchRequest) -> list[Hit]:
        """Return hits, as deep as was asked.

        Raises:
            Trouble: there is no index, too many calls wait, or the call failed or took too long.
        """
        retriever = self._ready().retriever
        wanted = (asked.query, asked.depth, asked.mode, asked.context, asked.filters)
        return await self._run(lambda: retriever.search(*wanted))

    async def answer(self, question: str, context: Sequence[Turn]) -> Reply:
        """Return the ladder's reply; raises as ``search`` does."""
        ladder = self._ready().ladder
        return await self._run(lambda: ladder.answer(question, context))

    def status(self) -> dict[str, Any]:
        """Return what ``/readyz`` shows; ``missing`` says what is not there and the remedy, empty when ready."""
        loaded = self._loaded
        if loaded is None:
            return {"ready": False, "tickets": 0, "indexed": 0, "release": None, "missing": self._missing}
        counts = {"tickets": loaded.tickets, "indexed": loaded.indexed, "release": loaded.release or None}
        return {"ready": True, **counts, "missing": ""}

    async def keep_fresh(self) -> None:
        """Load the index, then each newer release or generator as it appears; ends only when cancelled."""
        while True:
            await self.refresh()
            await asyncio.sleep(RELOAD_SECONDS)

    async def refresh(self) -> None:
        """Load the newest release if it is not the one in use; a release that cannot be loaded changes nothing."""
        try:
            loaded = await asyncio.to_thread(self._newest, self._loaded)
        except (RetrievalError, BotError, OSError) as exc:
            if str(exc) != self._missing:
                log.warning("index not loaded: %s", exc)
            self._missing = str(exc)
        except Exception:  # noqa: BLE001 - edge of the process: the watch must outlive any release
            log.exception("loading the index failed")
            self._missing = (
                "Loading the index failed. See the log of the answers service, then run: frontdesk index build"
            )
        else:
            self._missing = ""
            if loaded is not self._loaded and self._store is not None:
                self._worker.submit(warm_chinese, self._settings, self._store)
            self._loaded = loaded

    def close(self) -> None:
        """Let the worker go; a call that runs is not waited for, and may still read the store."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _ready(self) -> Loaded:
        if self._loaded is None:
            raise Trouble("not_ready", self._missing)
        return self._loaded

    async def _run(self, call: Callable[[], T]) -> T:
        if self._waiting >= MAX_WAITING:
            raise Trouble("busy", f"{self._waiting} questions are waiting already. Try again in a moment.")
        # The caller gives up after the whole time; the error has to reach it before that.
        limit = self._settings.answers.timeout_seconds * SHARE_OF_CALL
        self._waiting += 1
        try:
            # Not asyncio.to_thread: on a time-out the thread goes on, and the next call must not start beside it.
            return await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(self._worker, call), limit)
        except asyncio.TimeoutError as exc:
            raise Trouble(
                "time_limit", f"No answer within {limit:g} s. Try again, or raise answers.timeout_seconds."
            ) from exc
        except Exception as exc:  # noqa: BLE001 - edge of the process: any failure becomes an error the caller can read
            log.exception("a call failed")
            raise Trouble(
                "failed", f"The search failed ({type(exc).__name__}). See the log of the answers service."
            ) from exc
        finally:
            self._waiting -= 1

    def _newest(self, loaded: Loaded | None) -> Loaded:
        """Return the release to use, ``loaded`` itself if it is the newest; runs outside the loop and the worker."""
        if self._given is not None:
            return loaded or self._wired(self._given)
        from retrieval.release import current_release

        name, weights = current_release(self._settings.index_dir).name, weights_in_use(self._settings)
        if loaded is not None and (loaded.release, loaded.weights) == (name, weights):
            return loaded
        if self._embedder is None:
            self._embedder = BatchingEmbedder(embedder_of(self._settings))
        fresh = open_ladder(self._settings, self._opened_store(), self._generator, self._embedder)
        log.info("index release %s in use, %d of %d tickets", fresh.release, fresh.indexed, fresh.tickets)
        return Loaded(fresh.release, fresh.tickets, fresh.indexed, fresh.retriever, fresh.ladder, weights)

    def _opened_store(self) -> TicketStore:
        if self._store is None:
            self._store = TicketStore(self._settings.tickets_db)
        return self._store

    def _wired(self, retriever: Search) -> Loaded:
        ladder = make_ladder(self._settings, retriever, embedder_of(self._settings), self._generator)
        return Loaded("", 0, 0, retriever, ladder)
