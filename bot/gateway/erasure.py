"""Removes the conversations of a customer from the data at rest, whether the gateway runs or not.

Finds conversations by an address that was said in them. Does not touch tickets: ``retrieval.store`` does that.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bot.errors import SettingsError
from bot.settings import Settings

# The running gateway or worker may hold the write lock for a moment; seconds.
BUSY_TIMEOUT = 10.0


def erase_mentions(settings: Settings, email: str) -> int:
    """Delete every conversation in which ``email`` was said, from ledger and tracker store; returns how many.

    Raises:
        SettingsError: the address is empty, or a database stays locked.
    """
    needle = email.strip().lower()
    if "@" not in needle:
        raise SettingsError(f"{email!r} is not an e-mail address.")
    try:
        found = _senders(settings.conversations_db, "messages", "body", needle)
        found |= _senders(settings.tracker_db, "events", "data", needle)
        _delete(settings.conversations_db, "conversations", found)
        _delete(settings.tracker_db, "events", found)
    except sqlite3.OperationalError as exc:
        raise SettingsError(f"Not all conversations could be erased: {exc}. Run the command again.") from exc
    return len(found)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT)
    connection.execute("PRAGMA foreign_keys = ON")
    # Erased text is overwritten in the file, not merely unlinked.
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def _senders(path: Path, table: str, column: str, needle: str) -> set[str]:
    if not path.exists():
        return set()
    connection = _open(path)
    try:
        query = f"SELECT DISTINCT sender_id FROM {table} WHERE instr(lower({column}), ?) > 0"
        return {row[0] for row in connection.execute(query, (needle,))}
    finally:
        connection.close()


def _delete(path: Path, table: str, senders: set[str]) -> None:
    if not path.exists() or not senders:
        return
    connection = _open(path)
    try:
        with connection:
            connection.executemany(f"DELETE FROM {table} WHERE sender_id = ?", [(sender,) for sender in senders])
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
