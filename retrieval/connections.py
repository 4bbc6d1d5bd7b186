"""Connections to one SQLite database, one for each thread.

Does not know what the database holds. A database in memory has a single connection that threads take in turn.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from retrieval.errors import StorageFailed
from retrieval.terms import spaced

if TYPE_CHECKING:
    from sqlite_utils import Database

MEMORY = ":memory:"
BUSY_SECONDS = 30.0
# How SQLite words a disk that takes no more.
DISK_WORDS = ("is full", "disk I/O error")


class Connections:
    """The open connections of one database; :meth:`reading` and :meth:`writing` lend the calling thread its own."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._local = threading.local()
        self._lock = threading.RLock()
        self._opened: list[Database] = []
        self._shared = self._open() if path == MEMORY else None
        self.writes = 0

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """Lend a connection; a writer elsewhere is not waited for (WAL)."""
        if self._shared is not None:
            with self._lock:
                yield self._shared
            return
        database: Database | None = getattr(self._local, "database", None)
        if database is None:
            database = self._local.database = self._open()
        yield database

    @contextmanager
    def writing(self) -> Iterator[Database]:
        """Lend a connection inside a transaction that is committed at the end, or rolled back on an error.

        Raises:
            StorageFailed: the disk is full.
        """
        with self._lock, self.reading() as database:
            # The write lock is taken at once: a transaction that reads first and writes later can be refused.
            database.conn.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.conn.commit()
            except sqlite3.OperationalError as exc:
                database.conn.rollback()
                if any(words in str(exc) for words in DISK_WORDS):
                    raise StorageFailed(f"{self._path} cannot be written: {exc}. Free space on its disk") from exc
                raise
            except BaseException:
                database.conn.rollback()
                raise
            self.writes += 1

    def version(self) -> tuple[int, int]:
        """Return a value that changes when anything was committed, here or in another process."""
        with self.reading() as database:
            return self.writes, int(database.conn.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for database in self._opened:
                database.close()
            self._opened.clear()
            self._local = threading.local()

    def _open(self) -> Database:
        from sqlite_utils import Database

        conn = sqlite3.connect(self._path, timeout=BUSY_SECONDS, check_same_thread=False)
        database = Database(conn, execute_plugins=False)
        if self._path != MEMORY and database.journal_mode != "wal":
            database.enable_wal()
        conn.execute("PRAGMA secure_delete = ON")
        # The keyword index is filled by triggers that call it.
        conn.create_function("spaced", 1, _spaced, deterministic=True)
        with self._lock:
            self._opened.append(database)
        return database


def _spaced(text: str | None) -> str | None:
    return None if text is None else spaced(text)
