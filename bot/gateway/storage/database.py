"""The ledger's database behind threads of its own: the event loop never waits for a write, and writes never interleave.

One connection writes, another reads beside it and sees what is committed: nobody reads, or sends, what is not stored
yet. Knows nothing about conversations: work is a function of a connection. Which engine runs it is decided by the
place: a path is a file of SQLite, an address is PostgreSQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from bot.gateway.storage.engine import Connection, Engine, failing
from bot.gateway.storage.sqlite import SqliteEngine
from bot.gateway.storage.writer import Writer

T = TypeVar("T")


def engine_of(place: Path | str, *, serving: bool = False) -> Engine:
    """Return the engine for a place; ``serving`` keeps every other serving process from the same ledger."""
    if isinstance(place, Path):
        return SqliteEngine(place)
    # Its driver is needed by installations with PostgreSQL alone.
    from bot.gateway.storage.postgres import PostgresEngine

    return PostgresEngine(place, serving=serving)


class Database:
    """One ledger; what its engine raises reaches the caller as ``LedgerUnavailable``."""

    def __init__(self, place: Path | str, *, serving: bool = False) -> None:
        self._engine = engine_of(place, serving=serving)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._writer = Writer(self._engine, self._thread)
        self._reader = engine_of(place)
        self._reading = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger-reader")
        self._near = engine_of(place) if self._engine.near else None

    @property
    def remedy(self) -> str:
        """What to do when the ledger cannot be used."""
        return self._engine.remedy

    async def open(self) -> None:
        """Connect and bring the schema up to date."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, _open, self._engine)
        await loop.run_in_executor(self._reading, _open, self._reader)
        if self._near is not None:
            _open(self._near)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Return ``work(connection)`` without starting a transaction; it may run twice when a connection was lost.

        Sees every write whose caller has been told. Of several statements each sees what is committed by then.

        Raises:
            LedgerUnavailable: the database failed.
        """
        loop = asyncio.get_running_loop()
        if self._writer.failed:
            return await loop.run_in_executor(self._thread, self._find_out, work)
        return await loop.run_in_executor(self._reading, _read, self._reader, work)

    async def look(self, work: Callable[[Connection], T]) -> T:
        """Return ``work(connection)`` as ``read`` does, for a few rows by their key: at once where they are near."""
        if self._near is None or self._writer.failed:
            return await self.read(work)
        return _read(self._near, work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Return ``work(connection)`` when it is committed; any error undoes all of it, and nothing else.

        Raises:
            LedgerUnavailable: the database failed. Where the connection broke at the very end it may be done all the
                same, so callers must find out before they do it again.
        """
        result: T = await self._writer.put(work)
        return result

    async def close(self) -> None:
        """Finish what is queued and disconnect."""
        loop = asyncio.get_running_loop()
        if self._near is not None:
            self._near.close()
        await loop.run_in_executor(self._reading, self._reader.close)
        self._reading.shutdown(wait=False)
        await loop.run_in_executor(self._thread, self._engine.close)
        self._thread.shutdown(wait=False)

    def _find_out(self, work: Callable[[Connection], T]) -> T:
        """Read on the connection that writes: when it is there again, what it last committed is settled."""
        result = _read(self._engine, work)
        self._writer.failed = False
        return result


def _open(engine: Engine) -> None:
    with failing(engine):
        engine.open()


def _read(engine: Engine, work: Callable[[Connection], T]) -> T:
    with failing(engine):
        try:
            return work(engine.connection())
        except engine.errors:
            if not engine.lost():
                raise
        # A server that was started again has dropped the connection; reading once more changes nothing.
        return work(engine.connection())
