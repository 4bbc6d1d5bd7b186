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

from bot.errors import LedgerUnavailable, SettingsError
from bot.gateway.chapters import MARK, sender_of
from bot.gateway.storage.database import engine_of
from bot.gateway.storage.engine import Engine, failing
from bot.gateway.transcript import erase
from bot.settings import Settings

# The running gateway or worker may hold the write lock for a moment; seconds.
BUSY_TIMEOUT = 10.0
PORTION = 1000  # rows
# Where the ledger holds addresses of customers: table, column, key, and what stands before the first key.
WORDS: tuple[tuple[str, str, tuple[str, ...], tuple[str | int, ...]], ...] = (
    ("messages", "body", ("sender_id", "seq"), ("", -1)),
    ("feedback", "comment", ("answer_id",), ("",)),
    ("notes", "text", ("id",), ("",)),
    # What the shop has said of a customer who is logged in there; an id may be an address.
    ("conversations", "coalesce(customer_email, '') || ' ' || coalesce(customer_id, '')", ("sender_id",), ("",)),
)
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
        found = _tracked(settings, address)
        with _ledger(settings) as ledger:
            if ledger is not None:
                found |= _said(ledger, address)
                _drop(ledger, found)
        _forget(settings, found)
    except (LedgerUnavailable, sqlite3.OperationalError) as exc:
        raise SettingsError(f"Not all conversations could be erased: {exc}. Run the command again.") from exc
    return len(found)


@contextmanager
def _ledger(settings: Settings) -> Iterator[Engine | None]:
    """Open the ledger beside the gateway; None where a file of it was never made."""
    if isinstance(settings.ledger, Path) and not settings.ledger.exists():
        yield None
        return
    engine = engine_of(settings.ledger)
    with failing(engine):
        try:
            engine.open()
            yield engine
        finally:
            engine.close()


def _said(ledger: Engine, address: str) -> set[str]:
    """Return in whose conversations the address was said, and all of a customer whom the shop knows by it."""
    found: set[str] = set()
    of_customer = "SELECT sender_id FROM conversations WHERE customer_id = ?"
    for table, column, keys, last in WORDS:
        query = (
            f"SELECT {table}.*, {column} AS words FROM {table} WHERE ({', '.join(keys)}) >"
            f" ({', '.join('?' for _ in keys)}) ORDER BY {', '.join(keys)} LIMIT {PORTION}"
        )
        while rows := ledger.connection().execute(query, last).fetchall():
            hits = [row for row in rows if _mentions(row["words"], address)]
            found.update(row["sender_id"] for row in hits)
            for customer in {row["customer_id"] for row in hits} if table == "conversations" else ():
                # The shop need not have named the address each time.
                found.update(row[0] for row in ledger.connection().execute(of_customer, (customer,)))
            last = tuple(rows[-1][key] for key in keys)
    return found


def _mentions(text: str, address: str) -> bool:
    # A text without an @ cannot hold an address, however JSON escapes its letters.
    return "@" in text and address in ADDRESS.findall(_plain(text).casefold())


def _drop(ledger: Engine, senders: set[str]) -> None:
    connection = ledger.begin()
    try:
        for sender in sorted(senders):
            erase(connection, sender)
        ledger.commit()
    except BaseException:
        ledger.rollback()
        raise
    ledger.scrub()


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT)
    # Erased text is overwritten in the file, not merely unlinked.
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def _tracked(settings: Settings, address: str) -> set[str]:
    if not settings.dialogue.tracker_url:
        return _in_file(settings.tracker_db, address)
    with _postgres(settings) as connection:
        if not _has_events(connection):
            return set()
        # By portions: every event with an @ may be more than memory holds.
        streamed = connection.execution_options(stream_results=True, max_row_buffer=PORTION)
        rows = streamed.execute(sa.text("SELECT sender_id, data FROM events WHERE strpos(data, '@') > 0"))
        return {sender_of(name) for name, text in rows if _mentions(text, address)}


def _in_file(path: Path, address: str) -> set[str]:
    if not path.exists():
        return set()
    connection = _open(path)
    try:
        rows = connection.execute("SELECT sender_id, data FROM events WHERE instr(data, '@') > 0")
        return {sender_of(name) for name, text in rows if _mentions(text, address)}
    finally:
        connection.close()


def _forget(settings: Settings, senders: set[str]) -> None:
    if not settings.dialogue.tracker_url:
        _delete(settings.tracker_db, senders)
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


def _delete(path: Path, senders: set[str]) -> None:
    if not path.exists() or not senders:
        return
    connection = _open(path)
    try:
        with connection:
            # The dialogue knows a sender by another name in each chapter.
            query = "DELETE FROM events WHERE sender_id = ?1 OR substr(sender_id, 1, length(?1) + 1) = ?1 || ?2"
            connection.executemany(query, [(sender, MARK) for sender in senders])
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
