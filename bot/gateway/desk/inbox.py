"""What the desk shows: the inbox, one conversation with all that is known about it, notes, canned replies.

Notes are for the team. They are stored apart from the messages, so that no channel can ever send one.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from bot.gateway import handoffs
from bot.gateway.storage.database import Database
from bot.gateway.storage.engine import Connection, Row
from bot.gateway.transcript import MAX_SEQ, PAGE, from_row, now

# Closed conversations in the inbox, newest first.
RECENT = 30
SNIPPET = 140
MAX_NOTES = 500
SHOWN = (
    "id", "sender_id", "channel", "owner", "epoch", "reason", "agent", "requested_at", "taken_at", "closed_at",
    "ended", "outcome", "contact", "csat",
)  # fmt: skip
INBOX = (
    "SELECT h.*, c.owner, c.epoch, c.channel, c.customer_id, c.customer_name, c.customer_email, m.seq AS last_seq,"
    " m.author AS last_author, m.at AS last_at, m.body AS last_body, w.body AS asked_body,"
    # What was refused for good since the customer wrote last: as far as we know they cannot be reached.
    " (SELECT count(*) FROM undelivered u WHERE u.sender_id = h.sender_id AND u.seq > coalesce(w.seq, 0))"
    " AS undelivered"
    " FROM handoffs h JOIN conversations c USING (sender_id)"
    " JOIN messages m ON m.sender_id = c.sender_id AND m.seq = c.last_seq"
    # The customer's last words, found from the end of the conversation backwards: few rows however long it is.
    " LEFT JOIN messages w ON w.sender_id = c.sender_id AND w.seq = (SELECT x.seq FROM messages x"
    " WHERE x.sender_id = c.sender_id AND x.author = 'customer' ORDER BY x.seq DESC LIMIT 1)"
)


class DeskInbox:
    """The desk's view of the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def overview(self) -> dict[str, Any]:
        """Return the open handoffs, people in danger first, then the longest wait, and those that were closed last."""

        def work(connection: Connection) -> dict[str, Any]:
            order = "ORDER BY CASE h.reason WHEN 'distress' THEN 0 ELSE 1 END, h.requested_at"
            waiting = connection.execute(f"{INBOX} WHERE h.closed_at IS NULL {order}").fetchall()
            query = f"{INBOX} WHERE h.closed_at IS NOT NULL ORDER BY h.closed_at DESC LIMIT {RECENT}"
            recent = connection.execute(query).fetchall()
            return {"open": [_line(row) for row in waiting], "recent": [_line(row) for row in recent]}

        return await self._database.read(work)

    async def conversation(self, handoff_id: str, before: int = MAX_SEQ) -> dict[str, Any]:
        """Return one handoff: who has it, what was said, what answers rest on, notes, and earlier handoffs.

        The messages are the last page before a number; ``more`` says that there are earlier ones.

        Raises:
            HandoffNotFound: there is none with this id.
        """
        return await self._database.read(lambda connection: _conversation(connection, handoff_id, before))

    async def note(self, handoff_id: str, agent: str, text: str, note_id: str) -> dict[str, Any]:
        """Keep a note for the team beside the conversation; the same ``note_id`` again keeps one.

        Raises:
            HandoffNotFound: there is no handoff with this id.
        """

        def work(connection: Connection) -> dict[str, Any]:
            row = handoffs.find(connection, handoff_id)
            connection.execute(
                "INSERT INTO notes (id, sender_id, seq, agent, at, text) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO NOTHING",
                (note_id, row["sender_id"], row["last_seq"], agent, now(), text),
            )
            kept = connection.execute("SELECT * FROM notes WHERE id = ?", (note_id,)).fetchone()
            return _note(kept)

        return await self._database.write(work)

    async def canned(self) -> list[dict[str, str]]:
        """Return the canned replies by title."""
        query = "SELECT id, title, text FROM canned ORDER BY title"
        rows = await self._database.read(lambda connection: connection.execute(query).fetchall())
        return [{name: row[name] for name in ("id", "title", "text")} for row in rows]

    async def add_canned(self, title: str, text: str) -> dict[str, str]:
        """Keep a canned reply."""
        reply = {"id": uuid.uuid4().hex, "title": title, "text": text}
        query = "INSERT INTO canned (id, title, text) VALUES (?, ?, ?)"
        await self._database.write(lambda connection: connection.execute(query, tuple(reply.values())))
        return reply

    async def remove_canned(self, canned_id: str) -> None:
        """Forget a canned reply; one that is not there is no error."""
        query = "DELETE FROM canned WHERE id = ?"
        await self._database.write(lambda connection: connection.execute(query, (canned_id,)))


def _line(row: Row) -> dict[str, Any]:
    last = {"from": row["last_author"], "at": row["last_at"], "seq": row["last_seq"]}
    # The bot's own words say nothing of what is waited for; a conversation may hold nothing of the customer's.
    text = str(json.loads(row["asked_body"] or row["last_body"])["text"])[:SNIPPET]
    known = {name: row[name] for name in SHOWN}
    return {**known, "customer": _customer(row), "undelivered": row["undelivered"], "last": last, "asked": text}


def _customer(row: Row) -> dict[str, str] | None:
    """Return who the shop's own server says that the customer is, None when it has said nothing."""
    if row["customer_id"] is None:
        return None
    return {"user_id": row["customer_id"], "name": row["customer_name"] or "", "email": row["customer_email"] or ""}


def _conversation(connection: Connection, handoff_id: str, before: int) -> dict[str, Any]:
    row = connection.execute(f"{INBOX} WHERE h.id = ?", (handoff_id,)).fetchone()
    if row is None:
        handoffs.find(connection, handoff_id)
    sender = (row["sender_id"],)
    # Newest first, and one more than is shown.
    messages = connection.execute(
        "SELECT m.*, u.reason AS undelivered FROM messages m LEFT JOIN undelivered u"
        " ON u.sender_id = m.sender_id AND u.seq = m.seq WHERE m.sender_id = ? AND m.seq < ?"
        " ORDER BY m.seq DESC LIMIT ?",
        (*sender, before, PAGE + 1),
    ).fetchall()
    notes = connection.execute(f"SELECT * FROM notes WHERE sender_id = ? ORDER BY at LIMIT {MAX_NOTES}", sender)
    earlier = connection.execute(
        f"{handoffs.ROW} WHERE h.sender_id = ? AND h.id <> ? ORDER BY h.requested_at", (*sender, handoff_id)
    )
    return {
        "handoff": _line(row),
        "messages": [_message(message) for message in messages[PAGE - 1 :: -1]],
        "more": len(messages) > PAGE,
        "notes": [_note(note) for note in notes],
        "earlier": [{name: one[name] for name in SHOWN} for one in earlier],
    }


def _message(row: Row) -> dict[str, Any]:
    """Return a message as the team sees it: with what its sentences rest on, and why it never arrived."""
    extra = {"receipt": json.loads(row["receipt"] or "[]"), "undelivered": row["undelivered"]}
    return {**from_row(row).to_dict(), **{name: value for name, value in extra.items() if value}}


def _note(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "seq", "agent", "at", "text")}
