"""Rasa's SQL tracker store, with failures that reach the caller.

Rasa wraps every store in FailSafeTrackerStore: when the database fails, the customer gets an answer, the context is
treated as new and the turn is never written. A bot that forgets silently is worse than one that says so.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore

from bot.errors import DialogueUnavailable


class DurableTrackerStore(SQLTrackerStore):
    """An SQLite tracker store in write-ahead mode that also knows the last message of a conversation."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        sa.event.listen(sa.engine.Engine, "connect", _use_write_ahead_log)
        super().__init__(domain=None, dialect="sqlite", db=str(path))

    def last_message_id(self, sender_id: str) -> str:
        """Return the id of the customer's message that was worked last, an empty string when there is none.

        Reads one row: rebuilding the whole tracker takes longer with each turn of the conversation.

        Raises:
            DialogueUnavailable: the database refused.
        """
        event = self.SQLEvent
        try:
            with self.session_scope() as session:
                query = session.query(event.data).filter(event.sender_id == sender_id, event.type_name == "user")
                row = query.order_by(event.id.desc()).first()
        except sa.exc.SQLAlchemyError as exc:
            raise DialogueUnavailable(f"The tracker store could not be read: {type(exc).__name__}") from exc
        return "" if row is None else str(json.loads(row[0]).get("message_id") or "")


def _use_write_ahead_log(connection: Any, _record: Any) -> None:
    """One reader no longer blocks the writer; 5 s of patience instead of an error when two writers meet."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()
