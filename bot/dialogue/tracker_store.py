"""Rasa's SQL tracker store, with failures that reach the caller.

Rasa wraps every store in FailSafeTrackerStore: when the database fails, the customer gets an answer, the context is
treated as new and the turn is never written. A bot that forgets silently is worse than one that says so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore

from bot.errors import DialogueUnavailable


class DurableTrackerStore(SQLTrackerStore):
    """An SQLite tracker store in write-ahead mode that can also forget a conversation."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        sa.event.listen(sa.engine.Engine, "connect", _use_write_ahead_log)
        super().__init__(domain=None, dialect="sqlite", db=str(path))

    async def erase(self, sender_id: str) -> int:
        """Delete all events of a conversation and return how many there were.

        Raises:
            DialogueUnavailable: the database refused.
        """
        try:
            with self.session_scope() as session:
                count = session.query(self.SQLEvent).filter(self.SQLEvent.sender_id == sender_id).delete()
                session.commit()
                return int(count)
        except sa.exc.SQLAlchemyError as exc:
            raise DialogueUnavailable(f"The tracker store could not erase a conversation: {exc}") from exc


def _use_write_ahead_log(connection: Any, _record: Any) -> None:
    """One reader no longer blocks the writer; 5 s of patience instead of an error when two writers meet."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()
