"""Opens the database of the tracker store, and bounds how long it may keep a turn waiting."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

# Connections that are kept, and as many more for a moment. PostgreSQL allows 100 in all; every worker has its own.
POOL = 5
# Seconds until a database that does not answer is given up; a turn waits for it several times.
CONNECT_SECONDS = 3
STATEMENT_MILLISECONDS = 5000
# Workers that start together make the tables together; each tries this often, with a pause in between.
TRIES, PAUSE_SECONDS = 5, 0.1


def open_engine(place: str | Path) -> Any:
    """Return an engine that connects at its first use.

    Args:
        place: an SQLAlchemy URL of PostgreSQL, or the path of an SQLite file.
    """
    # Errors are logged and passed on: they must not carry a customer's words.
    common = {"hide_parameters": True, "pool_size": POOL, "max_overflow": POOL}
    if isinstance(place, Path):
        place.parent.mkdir(parents=True, exist_ok=True)
        url = sa.engine.URL.create("sqlite", database=str(place))
        apart = {"check_same_thread": False}
        engine = sa.create_engine(url, poolclass=sa.pool.QueuePool, connect_args=apart, **common)
        sa.event.listen(engine, "connect", _use_write_ahead_log)
        return engine
    connect = {
        "connect_timeout": CONNECT_SECONDS,
        "tcp_user_timeout": STATEMENT_MILLISECONDS,  # a machine that is gone answers nothing at all
        "options": f"-c statement_timeout={STATEMENT_MILLISECONDS}",
    }
    # A connection that the database has dropped meanwhile is noticed before it is used.
    return sa.create_engine(place, pool_pre_ping=True, connect_args=connect, **common)


def _use_write_ahead_log(connection: Any, _record: Any) -> None:
    """One reader no longer blocks the writer; 5 s of patience instead of an error when two writers meet."""
    connection.isolation_level = None  # transactions begin where we say so
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()


def make_tables(engine: Any, metadata: Any) -> None:
    """Make the tables and indexes that are not there yet, whoever else does so at the same moment."""
    for attempt in range(1, TRIES + 1):
        try:
            with engine.begin() as connection:
                for table in metadata.sorted_tables:
                    connection.execute(CreateTable(table, if_not_exists=True))
                    for index in table.indexes:
                        connection.execute(CreateIndex(index, if_not_exists=True))
            return
        except (sa.exc.ProgrammingError, sa.exc.IntegrityError, sa.exc.OperationalError) as exc:  # noqa: PERF203  rare
            # PostgreSQL may find a name taken that it did not see, SQLite a file locked that changes to its log.
            is_down = isinstance(exc, sa.exc.OperationalError) and engine.dialect.name != "sqlite"
            if is_down or attempt == TRIES:
                raise
            time.sleep(PAUSE_SECONDS * attempt)
