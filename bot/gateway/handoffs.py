"""Handoffs at rest: the state machine of ``bot.desk.handoff`` applied to rows of the ledger.

Functions on a connection run inside the caller's transaction, so that text follows the transition or neither happens.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from bot.desk import handoff
from bot.desk.csat import Rating
from bot.desk.handoff import Handoff
from bot.errors import BotError
from bot.gateway.storage.engine import Connection, Row
from bot.gateway.transcript import now

# A change of owner that runs in the transaction of the text that announces it.
Transition = Callable[[Connection, str], Handoff]

ROW = "SELECT h.*, c.owner, c.epoch, c.channel, c.last_seq FROM handoffs h JOIN conversations c USING (sender_id)"


class HandoffNotFound(BotError):
    """No open handoff has this id."""


def current(connection: Connection, sender_id: str) -> Handoff:
    """Return who owns a conversation."""
    row = connection.execute(
        "SELECT c.owner, c.epoch, c.chapter, c.ended, h.reason, h.agent FROM conversations c"
        " LEFT JOIN handoffs h ON h.id = c.handoff_id WHERE c.sender_id = ?",
        (sender_id,),
    ).fetchone()
    if row is None:
        return Handoff()
    return Handoff(row["owner"], row["epoch"], row["reason"] or "", row["agent"] or "", row["chapter"], row["ended"])


def request(connection: Connection, sender_id: str, reason: str) -> Handoff:
    """Queue a conversation of the bot for a person."""
    state = handoff.request(current(connection, sender_id), reason)
    handoff_id = uuid.uuid4().hex
    connection.execute(
        "INSERT INTO handoffs (id, sender_id, reason, requested_at) VALUES (?, ?, ?, ?)",
        (handoff_id, sender_id, reason, now()),
    )
    store(connection, sender_id, state, handoff_id)
    return state


def queue_once(connection: Connection, sender_id: str, *, reason: str) -> Handoff:
    """Queue a conversation, or leave it be when it is queued already: one turn may ask twice."""
    state = current(connection, sender_id)
    return request(connection, sender_id, reason) if state.owner == "bot" else state


def withdraw(connection: Connection, sender_id: str) -> Handoff:
    """Give a waiting conversation back to the bot because the customer wants so."""
    return end(connection, sender_id, handoff.withdraw(current(connection, sender_id)))


def leave_contact(connection: Connection, sender_id: str, *, contact: str) -> Handoff:
    """Keep where a waiting customer wants to be reached; changes no owner."""
    query = "UPDATE handoffs SET contact = ? WHERE id = (SELECT handoff_id FROM conversations WHERE sender_id = ?)"
    connection.execute(query, (contact, sender_id))
    return current(connection, sender_id)


def rate(connection: Connection, sender_id: str, *, rating: Rating) -> Handoff:
    """Keep how content the customer was with a handoff that asked; a later number replaces the first."""
    query = "UPDATE handoffs SET csat = ? WHERE id = ? AND sender_id = ? AND csat_question IS NOT NULL"
    connection.execute(query, (rating.value, rating.handoff_id, sender_id))
    return current(connection, sender_id)


def unrated(connection: Connection, sender_id: str, seq: int) -> str:
    """Return the handoff that a message with this number may rate, as the customer's first word after the question."""
    row = connection.execute(
        "SELECT h.id FROM handoffs h JOIN conversations c USING (sender_id) WHERE h.sender_id = ? AND h.csat IS NULL"
        " AND h.csat_question < ? AND c.owner = 'bot' AND NOT EXISTS (SELECT 1 FROM messages m"
        " WHERE m.sender_id = h.sender_id AND m.author = 'customer' AND m.seq > h.csat_question AND m.seq < ?)",
        (sender_id, seq, seq),
    ).fetchone()
    return "" if row is None else str(row["id"])


def store(connection: Connection, sender_id: str, state: Handoff, handoff_id: str | None) -> None:
    """Write who owns a conversation now."""
    # What the bot asked before somebody else took over is no longer open.
    connection.execute(
        "UPDATE conversations SET owner = ?, epoch = ?, chapter = ?, ended = ?, handoff_id = ?, question = 0"
        " WHERE sender_id = ?",
        (state.owner, state.epoch, state.chapter, state.ended, handoff_id, sender_id),
    )


def end(connection: Connection, sender_id: str, state: Handoff, outcome: str = "") -> Handoff:
    """Write that the open handoff of a conversation is over."""
    connection.execute(
        "UPDATE handoffs SET closed_at = ?, ended = ?, outcome = ?"
        " WHERE id = (SELECT handoff_id FROM conversations WHERE sender_id = ?)",
        (now(), state.ended, outcome, sender_id),
    )
    store(connection, sender_id, state, None)
    return state


def find(connection: Connection, handoff_id: str) -> Row:
    """Return a handoff with its conversation, open or not.

    Raises:
        HandoffNotFound: there never was one with this id, or it has been erased.
    """
    row: Row | None = connection.execute(f"{ROW} WHERE h.id = ?", (handoff_id,)).fetchone()
    if row is None:
        raise _not_found(handoff_id)
    return row


def find_open(connection: Connection, handoff_id: str) -> Row:
    """Return an open handoff with its conversation.

    Raises:
        HandoffNotFound: no open handoff has this id.
    """
    row = find(connection, handoff_id)
    if row["closed_at"] is not None:
        raise _not_found(handoff_id)
    return row


def _not_found(handoff_id: str) -> HandoffNotFound:
    return HandoffNotFound(f"No open handoff {handoff_id!r}. It was closed, or never was; see GET /api/v1/handoffs.")


def shown(row: Row) -> dict[str, Any]:
    """Return an open handoff as programs see it."""
    names = ("id", "sender_id", "channel", "owner", "epoch", "reason", "agent", "requested_at", "taken_at", "contact")
    return {name: row[name] for name in names}
