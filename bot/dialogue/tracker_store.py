"""Rasa's SQL tracker store on SQLite or PostgreSQL, with failures that reach the caller.

Rasa wraps every store in FailSafeTrackerStore: when the database fails, the customer gets an answer, the context is
treated as new and the turn is never written. A bot that forgets silently is worse than one that says so.

Rasa appends to a conversation by counting what is stored, which is right only while one turn of it runs at a time. That
holds by order: the gateway works one message of a conversation after the other and sends them to one worker, and the
worker holds a lock for it (``lock_store.py``). Here it is checked once more: a turn is stored only on top of what it
had read.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.database import POOL, make_tables, open_engine
from bot.errors import DialogueUnavailable

log = logging.getLogger(__name__)

T = TypeVar("T")


class Mark(NamedTuple):
    """How much of a tracker is stored: its first ``events``, the last of them in row ``last``."""

    events: int = 0
    last: int = 0


class ConversationChanged(DialogueUnavailable):
    """A conversation was written by somebody else while a turn ran; nothing of the turn is stored."""


class DurableTrackerStore(SQLTrackerStore):
    """A tracker store that raises what goes wrong, and never writes one turn into the middle of another."""

    def __init__(self, place: str | Path) -> None:
        """Open lazily: a worker can start before its database, and goes on when it comes back.

        Args:
            place: an SQLAlchemy URL of PostgreSQL, or the path of an SQLite file.
        """
        self.engine = open_engine(place)
        self.sessionmaker = sa.orm.sessionmaker(bind=self.engine)
        self._has_tables = False
        self._threads = ThreadPoolExecutor(POOL, thread_name_prefix="tracker")
        # Conversations that a turn has read before Rasa asks for them.
        self._handed: dict[str, DialogueStateTracker] = {}
        # Not SQLTrackerStore's: it would wait for ever for a database that is down.
        super(SQLTrackerStore, self).__init__(None)

    @contextmanager
    def session_scope(self) -> Iterator[sa.orm.Session]:
        """Provide a session; what it does counts only when it commits.

        Raises:
            DialogueUnavailable: the database is down or refused.
        """
        try:
            self._ensure_tables()
            with self.sessionmaker() as session:
                yield session
        except sa.exc.SQLAlchemyError as exc:
            if isinstance(exc, sa.exc.ProgrammingError) or self.engine.dialect.name == "sqlite":
                self._has_tables = False  # it may be the tables that are gone; a lost connection says nothing of them
            # The text of some errors holds what was to be stored.
            log.warning("the tracker store failed: %s", type(exc).__name__)
            raise DialogueUnavailable(f"The tracker store failed: {type(exc).__name__}") from exc

    async def check(self) -> None:
        """Raise ``DialogueUnavailable`` when no turn could be stored now."""
        await self._apart(self._touch)

    def _touch(self) -> None:
        with self.session_scope() as session:
            session.execute(sa.text("SELECT 1"))

    def last_message(self, sender_id: str) -> dict[str, Any]:
        """Return the customer's message that was worked last, as Rasa stores it, or an empty dictionary.

        Reads one row: rebuilding the whole tracker takes longer with each turn of the conversation.

        Raises:
            DialogueUnavailable: the database is down or refused.
        """
        event = self.SQLEvent
        with self.session_scope() as session:
            query = session.query(event.data).filter(event.sender_id == sender_id, event.type_name == "user")
            row = query.order_by(event.id.desc()).first()
        return {} if row is None else dict(json.loads(row[0]))

    async def last_worked(self, sender_id: str) -> dict[str, Any]:
        """Return what ``last_message`` does, without keeping the event loop."""
        return await self._apart(lambda: self.last_message(sender_id))

    @contextmanager
    def handed(self, tracker: DialogueStateTracker | None) -> Iterator[None]:
        """Give out ``tracker``, which was just read, once within the block instead of loading it a second time."""
        if tracker is None:
            yield
            return
        self._handed[tracker.sender_id] = tracker
        try:
            yield
        finally:
            self._handed.pop(tracker.sender_id, None)

    async def _retrieve(self, sender_id: str, fetch_events_from_all_sessions: bool) -> DialogueStateTracker | None:
        if not fetch_events_from_all_sessions and sender_id in self._handed:
            return self._handed.pop(sender_id)
        return await self._apart(lambda: self._load(sender_id, fetch_events_from_all_sessions))

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append the events that a turn has added.

        Raises:
            ConversationChanged: somebody else has written to the conversation since the tracker was read.
            DialogueUnavailable: the database is down or refused; nothing of the turn is stored.
        """
        await self._apart(lambda: self._append(tracker))

    def _load(self, sender_id: str, all_sessions: bool) -> DialogueStateTracker | None:
        with self.session_scope() as session:
            query = self._event_query(session, sender_id, all_sessions)
            rows = query.with_entities(self.SQLEvent.id, self.SQLEvent.data).all()
        if not rows:
            return None
        events = [json.loads(data) for _, data in rows]
        tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        tracker.mark = Mark(len(tracker.events), rows[-1][0])
        return tracker

    def _event_query(
        self, session: sa.orm.Session, sender_id: str, fetch_events_from_all_sessions: bool
    ) -> sa.orm.Query:
        """Return the query for the rows of a conversation, or of its latest session, in the order they were written.

        Rasa's own begins a session at a time of day, so a turn of a worker whose clock is behind would not be in it.
        """
        event = self.SQLEvent
        rows = session.query(event).filter(event.sender_id == sender_id)
        if not fetch_events_from_all_sessions:
            start = session.query(sa.func.coalesce(sa.func.max(event.id), 0)).filter(
                event.sender_id == sender_id, event.type_name == SessionStarted.type_name
            )
            rows = rows.filter(event.id >= start.scalar_subquery())
        return rows.order_by(event.id)

    def _append(self, tracker: DialogueStateTracker) -> None:
        mark: Mark = getattr(tracker, "mark", Mark())
        rows = [_row(tracker.sender_id, event) for event in islice(tracker.events, mark.events, None)]
        if not rows:
            return
        with self.session_scope() as session:
            self._write_alone(session, tracker.sender_id)
            if self._last_row(session, tracker.sender_id) != mark.last:
                raise ConversationChanged("The conversation was changed while the turn ran; the turn is not stored.")
            session.execute(sa.insert(self.SQLEvent), rows)
            last = self._last_row(session, tracker.sender_id)
            session.commit()
        tracker.mark = Mark(len(tracker.events), last)

    def _write_alone(self, session: sa.orm.Session, sender_id: str) -> None:
        """Let nobody else write to this conversation until the transaction ends."""
        if self.engine.dialect.name == "sqlite":
            session.execute(sa.text("BEGIN IMMEDIATE"))
        else:
            session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:sender))"), {"sender": sender_id})

    def _last_row(self, session: sa.orm.Session, sender_id: str) -> int:
        query = session.query(sa.func.max(self.SQLEvent.id)).filter(self.SQLEvent.sender_id == sender_id)
        return int(query.scalar() or 0)

    def _ensure_tables(self) -> None:
        if self._has_tables:
            return
        make_tables(self.engine, self.Base.metadata)
        self._has_tables = True

    async def _apart(self, work: Callable[[], T]) -> T:
        """Run database work in a thread. A turn that is cancelled meanwhile ends when the work has: not before."""
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait({future})
            raise


def _row(sender_id: str, event: Event) -> dict[str, Any]:
    """Return one event as Rasa stores it."""
    data = event.as_dict()
    intent = (data.get("parse_data") or {}).get("intent") or {}
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": intent.get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }
