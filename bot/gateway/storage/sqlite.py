"""The ledger in one SQLite file, in WAL mode so that other processes can read while the gateway writes."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bot.gateway.storage.engine import Connection
from bot.gateway.storage.migrations import migrate

# Another process (the command line erasing a customer) may hold the write lock for a moment; seconds.
BUSY_TIMEOUT = 5.0


class SqliteEngine:
    """A file, made when it is not there."""

    name = "SQLite"
    near = True
    remedy = "Check the disk and the rights of the var folder."
    errors: tuple[type[Exception], ...] = (sqlite3.Error,)

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def open(self) -> None:
        """Connect and bring the schema up to date."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL: what was promised to a customer survives a power cut, not only a killed process.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # Erased text is overwritten in the file, not merely unlinked.
        connection.execute("PRAGMA secure_delete = ON")
        self._connection = connection
        migrate(self, self._version, self._note, _own)

    def connection(self) -> Connection:
        """Return the connection."""
        return self._opened()

    def lost(self) -> bool:
        """Say no: a file stays where it is."""
        return False

    def begin(self) -> Connection:
        """Begin a transaction, with the file locked for writing from its start."""
        connection = self._opened()
        connection.execute("BEGIN IMMEDIATE")
        return connection

    def commit(self) -> None:
        """End the transaction."""
        self._opened().execute("COMMIT")

    def rollback(self) -> None:
        """Undo the transaction; SQLite itself does so when the disk is full."""
        if self._connection is not None and self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def describe(self, error: Exception) -> str:
        """Return SQLite's own words; they never hold a value."""
        return str(error)

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def scrub(self) -> None:
        """Empty the write-ahead log, in which pages stand as they were before."""
        self._opened().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise sqlite3.ProgrammingError("The ledger is not open.")
        return self._connection

    def _version(self) -> int:
        return int(self._opened().execute("PRAGMA user_version").fetchone()[0])

    def _note(self, version: int) -> None:
        self._opened().execute(f"PRAGMA user_version = {version}")


def _own(statement: str) -> str:
    """Return a step's statement for SQLite: rows lie in the order of their key, found without a second look."""
    return f"{statement} WITHOUT ROWID" if statement.lstrip().startswith("CREATE TABLE") else statement
