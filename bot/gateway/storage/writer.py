"""Group commit: all writes that wait at one moment share one transaction, and one wait for the disk.

Each is a function of a connection and stands behind a savepoint, so that one which fails undoes only itself. Its caller
hears of it after the commit; a commit that fails reaches everybody whose write was in it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, NamedTuple

from bot.errors import LedgerUnavailable
from bot.gateway.storage.engine import Connection, Engine, failing

Work = Callable[[Connection], Any]

# Writes in one transaction; more of them wait for the next one.
MAX_GROUP = 64


class Job(NamedTuple):
    """One write and who waits for it."""

    work: Work
    future: asyncio.Future[Any]


class Outcome(NamedTuple):
    """What became of one write."""

    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class Writer:
    """Takes writes in the event loop and does them in the order in which they came, on one thread."""

    def __init__(self, engine: Engine, executor: Executor) -> None:
        self._engine = engine
        self._executor = executor
        self._waiting: deque[Job] = deque()
        # The database has failed: a commit may have been done all the same, or another gateway may serve by now. Until
        # this engine has a connection again, no other can tell.
        self.failed = False

    def put(self, work: Work) -> asyncio.Future[Any]:
        """Return the future of one write; one that is cancelled before its turn is not done."""
        loop = asyncio.get_running_loop()
        job = Job(work, loop.create_future())
        self._waiting.append(job)
        self._executor.submit(self._work, loop)
        return job.future

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        """Do all that waits, in the thread; the one before may have done it."""
        while self._waiting:
            jobs = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_GROUP))]
            jobs = [job for job in jobs if not job.future.cancelled()]
            if jobs:
                loop.call_soon_threadsafe(_tell, self._group(jobs))

    def _group(self, jobs: list[Job]) -> list[Outcome]:
        """Do writes in one transaction; whatever ends it is the outcome of all of them."""
        try:
            with failing(self._engine):
                return self._transaction(jobs)
        except BaseException as exc:  # noqa: BLE001  raised where the callers wait
            self.failed = self.failed or isinstance(exc, LedgerUnavailable)
            return [Outcome(job.future, error=exc) for job in jobs]

    def _transaction(self, jobs: list[Job]) -> list[Outcome]:
        connection = self._begin()
        try:
            if len(jobs) == 1:
                outcomes = [Outcome(jobs[0].future, jobs[0].work(connection))]
            else:
                outcomes = [self._apart(connection, job) for job in jobs]
            self._engine.commit()
        except BaseException:
            self._engine.rollback()
            raise
        return outcomes

    def _apart(self, connection: Connection, job: Job) -> Outcome:
        """Do one write of several; raises when it has ended the transaction of all."""
        connection.execute("SAVEPOINT apart")
        try:
            with failing(self._engine):
                outcome = Outcome(job.future, job.work(connection))
        except BaseException as exc:  # noqa: BLE001  raised where its caller waits
            try:
                connection.execute("ROLLBACK TO SAVEPOINT apart")
            except self._engine.errors:
                raise exc from None  # A full disk, a lost connection: everything is undone, and this says why.
            outcome = Outcome(job.future, error=exc)
        connection.execute("RELEASE SAVEPOINT apart")
        return outcome

    def _begin(self) -> Connection:
        try:
            connection = self._engine.begin()
        except self._engine.errors:
            if not self._engine.lost():
                raise
            # Nothing was done yet, so a connection that was dropped long ago is no reason to fail.
            connection = self._engine.begin()
        self.failed = False
        return connection


def _tell(outcomes: list[Outcome]) -> None:
    """Tell everybody who still waits, in the order of the writes."""
    for future, result, error in outcomes:
        if future.done():
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
