"""Removes the conversations of a customer from the data at rest; the command line uses it, gateway running or not.

Finds conversations by an address that was said in them. Does not touch tickets (``retrieval.store`` does) nor the order
system, which keeps its own records.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.errors import SettingsError
from bot.gateway.chapters import MARK, sender_of
from bot.settings import Settings

# The running gateway or worker may hold the write lock for a moment; seconds.
BUSY_TIMEOUT = 10.0
PORTION = 1000  # rows
# A whole address: "anna@example.org" must not be found in "joanna@example.org" or "anna@example.org.uk".
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")


def check_address(email: str) -> str:
    """Return the address in the form that is compared.

    Raises:
        SettingsError: it is not an e-mail address.
    """
    address = email.strip().casefold()
    if not ADDRESS.fullmatch(address):
        raise SettingsError(f"{email!r} is not an e-mail address.")
    return address


def erase_mentions(settings: Settings, email: str) -> int:
    """Delete every conversation in which ``email`` was said, from ledger and tracker store; returns how many.

    Raises:
        SettingsError: not an e-mail address, or a database stays locked.
    """
    address = check_address(email)
    try:
        found = _senders(settings.conversations_db, "messages", "body", address)
        found |= _senders(settings.conversations_db, "feedback", "comment", address)
        found |= _tracked(settings, address)
        _delete(settings.conversations_db, "conversations", found)
        _forget(settings, found)
    except sqlite3.OperationalError as exc:
        raise SettingsError(f"Not all conversations could be erased: {exc}. Run the command again.") from exc
    return len(found)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT)
    connection.execute("PRAGMA foreign_keys = ON")
    # Erased text is overwritten in the file, not merely unlinked.
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def _senders(path: Path, table: str, column: str, address: str) -> set[str]:
    if not path.exists():
        return set()
    connection = _open(path)
    try:
        # Rows without an @ cannot hold an address, however JSON escapes its letters.
        rows = connection.execute(f"SELECT sender_id, {column} FROM {table} WHERE instr({column}, '@') > 0")
        return {sender_of(name) for name, text in rows if address in ADDRESS.findall(_plain(text).casefold())}
    finally:
        connection.close()


def _tracked(settings: Settings, address: str) -> set[str]:
    if not settings.dialogue.tracker_url:
        return _senders(settings.tracker_db, "events", "data", address)
    with _postgres(settings) as connection:
        if not _has_events(connection):
            return set()
        # By portions: every event with an @ may be more than memory holds.
        streamed = connection.execution_options(stream_results=True, max_row_buffer=PORTION)
        rows = streamed.execute(sa.text("SELECT sender_id, data FROM events WHERE strpos(data, '@') > 0"))
        return {sender_of(name) for name, text in rows if address in ADDRESS.findall(_plain(text).casefold())}


def _forget(settings: Settings, senders: set[str]) -> None:
    if not settings.dialogue.tracker_url:
        _delete(settings.tracker_db, "events", senders)
    elif senders:
        with _postgres(settings) as connection:
            erased = [{"sender": sender, "mark": MARK} for sender in sorted(senders)]
            if _has_events(connection):
                query = "DELETE FROM events WHERE sender_id = :sender OR split_part(sender_id, :mark, 1) = :sender"
                connection.execute(sa.text(query), erased)


def _has_events(connection: Any) -> bool:
    """Return whether a worker has made its table yet."""
    return bool(sa.inspect(connection).has_table("events"))


@contextmanager
def _postgres(settings: Settings) -> Iterator[Any]:
    """Open the tracker store on PostgreSQL in one transaction.

    Raises:
        SettingsError: it does not answer or refused.
    """
    engine = sa.create_engine(settings.dialogue.tracker_url, hide_parameters=True)
    try:
        with engine.begin() as connection:
            yield connection
    except sa.exc.SQLAlchemyError as exc:
        raise SettingsError(
            f"Not all conversations could be erased, the tracker store failed: {type(exc).__name__}. Start it, or "
            "check FRONTDESK_TRACKER_URL, and run the command again."
        ) from exc
    finally:
        engine.dispose()


def _plain(text: str) -> str:
    """Return the text with JSON's escapes of letters undone; a comment is no JSON and stays as it is."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return text


def _delete(path: Path, table: str, senders: set[str]) -> None:
    if not path.exists() or not senders:
        return
    connection = _open(path)
    try:
        with connection:
            # The dialogue knows a sender by another name in each chapter.
            query = f"DELETE FROM {table} WHERE sender_id = ?1 OR substr(sender_id, 1, length(?1) + 1) = ?1 || ?2"
            connection.executemany(query, [(sender, MARK) for sender in senders])
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
