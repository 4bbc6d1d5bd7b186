"""Handoffs at rest: the state machine of ``bot.desk.handoff`` applied to rows of the ledger.

Functions on a connection run inside the caller's transaction, so that text follows the transition or neither happens.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable
from typing import Any

from bot.desk import handoff
from bot.desk.handoff import Handoff
from bot.errors import BotError
from bot.gateway.database import Database
from bot.gateway.transcript import Message, append, from_row, now, reply_body
from bot.messages import Reply

OPEN = (
    "SELECT h.*, c.owner, c.epoch, c.channel FROM handoffs h JOIN conversations c ON c.handoff_id = h.id"
    " WHERE h.closed_at IS NULL"
)


# A change of owner that runs in the transaction of the text that announces it.
Transition = Callable[[sqlite3.Connection, str], Handoff]


class HandoffNotFound(BotError):
    """No open handoff has this id."""


def current(connection: sqlite3.Connection, sender_id: str) -> Handoff:
    """Return who owns a conversation."""
    row = connection.execute(
        "SELECT c.owner, c.epoch, h.reason, h.agent FROM conversations c LEFT JOIN handoffs h ON h.id = c.handoff_id"
        " WHERE c.sender_id = ?",
        (sender_id,),
    ).fetchone()
    return Handoff() if row is None else Handoff(row["owner"], row["epoch"], row["reason"] or "", row["agent"] or "")


def request(connection: sqlite3.Connection, sender_id: str, reason: str) -> Handoff:
    """Queue a conversation of the bot for a person."""
    state = handoff.request(current(connection, sender_id), reason)
    handoff_id = uuid.uuid4().hex
    connection.execute(
        "INSERT INTO handoffs (id, sender_id, reason, requested_at) VALUES (?, ?, ?, ?)",
        (handoff_id, sender_id, reason, now()),
    )
    _store(connection, sender_id, state, handoff_id)
    return state


def queue_once(connection: sqlite3.Connection, sender_id: str, *, reason: str) -> Handoff:
    """Queue a conversation, or leave it be when it is queued already: one turn may ask twice."""
    state = current(connection, sender_id)
    return request(connection, sender_id, reason) if state.owner == "bot" else state


def withdraw(connection: sqlite3.Connection, sender_id: str) -> Handoff:
    """Give a waiting conversation back to the bot because the customer wants so."""
    return _end(connection, sender_id, handoff.withdraw(current(connection, sender_id)))


def _store(connection: sqlite3.Connection, sender_id: str, state: Handoff, handoff_id: str | None) -> None:
    # What the bot asked before somebody else took over is no longer open.
    connection.execute(
        "UPDATE conversations SET owner = ?, epoch = ?, handoff_id = ?, question = 0 WHERE sender_id = ?",
        (state.owner, state.epoch, handoff_id, sender_id),
    )


def _end(connection: sqlite3.Connection, sender_id: str, state: Handoff) -> Handoff:
    connection.execute(
        "UPDATE handoffs SET closed_at = ? WHERE id = (SELECT handoff_id FROM conversations WHERE sender_id = ?)",
        (now(), sender_id),
    )
    _store(connection, sender_id, state, None)
    return state


class Handoffs:
    """The open handoffs, for people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_open(self) -> list[dict[str, Any]]:
        """Return the conversations that wait for or belong to a person, oldest first."""
        query = f"{OPEN} ORDER BY h.requested_at"
        rows = await self._database.read(lambda connection: connection.execute(query).fetchall())
        return [_shown(row) for row in rows]

    async def transcript(self, handoff_id: str, after: int) -> list[Message]:
        """Return the whole conversation behind an open handoff, from a sequence number on."""

        def work(connection: sqlite3.Connection) -> list[Message]:
            sender_id = _find(connection, handoff_id)["sender_id"]
            query = "SELECT * FROM messages WHERE sender_id = ? AND seq > ? ORDER BY seq"
            return [from_row(row) for row in connection.execute(query, (sender_id, after))]

        return await self._database.read(work)

    async def answer(self, handoff_id: str, agent: str, text: str) -> Message:
        """Store what a person says; the first word makes the conversation theirs.

        Raises:
            HandoffNotFound: no open handoff has this id.
        """

        def work(connection: sqlite3.Connection) -> Message:
            sender_id = _find(connection, handoff_id)["sender_id"]
            _store(connection, sender_id, handoff.take(current(connection, sender_id), agent), handoff_id)
            connection.execute(
                "UPDATE handoffs SET agent = ?, taken_at = coalesce(taken_at, ?) WHERE id = ?",
                (agent, now(), handoff_id),
            )
            body = {**reply_body(Reply(text, rung="handoff")), "agent": agent}
            return append(connection, sender_id, "agent", body)

        return await self._database.write(work)

    async def close(self, handoff_id: str, farewell: Reply) -> Message:
        """Give the conversation back to the bot, which says ``farewell``.

        Raises:
            HandoffNotFound: no open handoff has this id.
        """

        def work(connection: sqlite3.Connection) -> Message:
            sender_id = _find(connection, handoff_id)["sender_id"]
            _end(connection, sender_id, handoff.close(current(connection, sender_id)))
            return append(connection, sender_id, "bot", reply_body(farewell))

        return await self._database.write(work)


def _find(connection: sqlite3.Connection, handoff_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(f"{OPEN} AND h.id = ?", (handoff_id,)).fetchone()
    if row is None:
        raise HandoffNotFound(f"No open handoff {handoff_id!r}. It was closed, or never was; see GET /api/v1/handoffs.")
    return row


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    names = ("id", "sender_id", "channel", "owner", "epoch", "reason", "agent", "requested_at", "taken_at")
    return {name: row[name] for name in names}
