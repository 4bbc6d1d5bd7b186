"""The ledger on a PostgreSQL server: one connection, opened again when it was lost.

Writers of all processes run one after another behind an advisory lock, as SQLite's do behind the lock of the file. The
gateway that serves holds a second one as long as it is connected: two would work each message twice.
"""

from __future__ import annotations

import logging
import re
import time
from typing import Any

import psycopg2

from bot.errors import SettingsError
from bot.gateway.storage.engine import Connection
from bot.gateway.storage.migrations import migrate
from bot.gateway.storage.postgres_session import (
    STATEMENT_TIMEOUT,
    ServedElsewhere,
    Session,
    describe,
    parameters_of,
    reason,
)

log = logging.getLogger(__name__)

# The first half of the advisory locks' keys; the second stands for the schema.
WRITING, SERVING = 0x46440001, 0x46440002
# How long a start waits for a server that starts too, and for the gateway before it to be gone; seconds.
PATIENCE, HANDOVER = 30.0, 5.0
PAUSE = 0.25
# After a failed attempt to connect the next ones fail at once for this time, so that nobody queues for it; seconds.
REST = 0.5
# Refusals that waiting does not change. The server's language may be another; then the start waits in vain.
FOR_GOOD = ("authentication failed", "does not exist", "no pg_hba.conf entry", "no password supplied", "not permitted")


class PostgresEngine:
    """A database, or a schema of one, that is nobody else's."""

    name = "PostgreSQL"
    near = False
    remedy = "Start PostgreSQL, or check FRONTDESK_LEDGER_URL (gateway.ledger_url); the gateway's log says more."
    errors: tuple[type[Exception], ...] = (psycopg2.Error,)

    def __init__(self, url: str, *, serving: bool = False) -> None:
        self._parameters = parameters_of(url)
        self._serving = serving
        self._session: Session | None = None
        self._is_open = False
        # Process and start of our backend: when we lose sight of it, it may go on holding our lock.
        self._backend: tuple[Any, ...] = ()
        self._refused: Exception | None = None
        self._rest_until = 0.0

    def open(self) -> None:
        """Connect and bring the schema up to date; a gateway waits for a server that is being started.

        Raises:
            SettingsError: the server refused, does not answer, or another gateway serves the ledger.
        """
        self._session = session = self._first()
        self._is_open = True
        # A step may take longer on a large ledger than any statement of the day.
        session.execute("SET statement_timeout = 0")
        migrate(self, self._version, self._note, _own)
        session.execute(f"SET statement_timeout = {STATEMENT_TIMEOUT}")

    def connection(self) -> Connection:
        """Return the connection, a new one when the last was lost."""
        return self._connected()

    def lost(self) -> bool:
        """Say whether the last error has ended the connection."""
        if self._session is not None and self._session.ended:
            self._session = None
            return True
        return False

    def begin(self) -> Connection:
        """Begin a transaction and wait until no other writer is in one."""
        session = self._connected()
        try:
            session.execute(f"BEGIN; SELECT pg_advisory_xact_lock({WRITING}, {session.schema})")
        except psycopg2.Error:
            session.rollback()
            raise
        return session

    def commit(self) -> None:
        """End the transaction."""
        self._connected().commit()

    def rollback(self) -> None:
        """Undo the transaction, as far as there is one."""
        if self._session is not None:
            self._session.rollback()
            self.lost()

    def describe(self, error: Exception) -> str:
        """Return what went wrong; only PostgreSQL's words about itself are passed on."""
        return describe(error)

    def close(self) -> None:
        """Disconnect; a gateway that starts now may serve."""
        self._is_open = False
        if self._session is not None:
            self._session.close()
            self._session = None

    def scrub(self) -> None:
        """Do nothing: PostgreSQL's own vacuum and the recycling of its log overwrite what was deleted."""

    def _first(self) -> Session:
        began, waiting = time.monotonic(), False
        while True:
            try:
                return self._connect()
            except psycopg2.OperationalError as exc:
                patience = HANDOVER if isinstance(exc, ServedElsewhere) else PATIENCE if self._serving else 0.0
                final = any(words in str(exc) for words in FOR_GOOD)
                if final or time.monotonic() - began > patience:
                    raise SettingsError(self._cannot_open(exc)) from None
                if not waiting:
                    log.warning("waiting for the ledger: %s", reason(exc, self._parameters))
                waiting = True
            time.sleep(PAUSE)

    def _connected(self) -> Session:
        if not self._is_open:
            raise psycopg2.InterfaceError("The ledger is not open.")
        if self._session is None:
            if self._refused is not None and time.monotonic() < self._rest_until:
                raise self._refused
            try:
                self._session = self._connect()
            except psycopg2.OperationalError as exc:
                log.warning("no connection to the ledger: %s", reason(exc, self._parameters))
                self._refused, self._rest_until = exc, time.monotonic() + REST
                raise
            log.info("connected to the ledger again")
        return self._session

    def _connect(self) -> Session:
        session = Session(self._parameters)
        try:
            if self._serving:
                self._take_over(session)
        except BaseException:
            session.close()
            raise
        return session

    def _take_over(self, session: Session) -> None:
        """Become the one gateway that serves this ledger.

        When we get the lock our former backend has ended: nothing of it can be committed after we have looked.

        Raises:
            ServedElsewhere: there is another one, or our former connection has not ended yet.
        """
        query = f"SELECT pg_try_advisory_lock({SERVING}, {session.schema})"
        if not session.execute(query).fetchone()[0]:
            if self._backend:
                query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ? AND backend_start = ?"
                session.execute(query, self._backend)
            raise ServedElsewhere("Another gateway serves this ledger.")
        query = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
        self._backend = tuple(session.execute(query).fetchone())

    def _cannot_open(self, error: Exception) -> str:
        if isinstance(error, ServedElsewhere):
            return (
                "Another gateway serves this ledger; two would answer each message twice. Stop the other one, or give "
                "this one a database or schema of its own in FRONTDESK_LEDGER_URL."
            )
        return (
            f"The ledger's PostgreSQL cannot be used: {reason(error, self._parameters)}. "
            "Start it, or check address, user, password and database in FRONTDESK_LEDGER_URL."
        )

    def _version(self) -> int:
        session = self._connected()
        # Not to_regclass: it may remember that the table was not there before another process has made it.
        query = "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'ledger_schema'"
        if session.execute(query).fetchone() is None:
            return 0
        return int(session.execute("SELECT version FROM ledger_schema").fetchone()["version"])

    def _note(self, version: int) -> None:
        session = self._connected()
        session.execute("CREATE TABLE IF NOT EXISTS ledger_schema (version INTEGER NOT NULL)")
        session.execute("DELETE FROM ledger_schema")
        session.execute("INSERT INTO ledger_schema (version) VALUES (?)", (version,))


def _own(statement: str) -> str:
    """Return a step's statement for PostgreSQL: texts compare by bytes, numbers have room, as in SQLite."""
    return re.sub(r"\bINTEGER\b", "BIGINT", re.sub(r"\bTEXT\b", 'TEXT COLLATE "C"', statement))
