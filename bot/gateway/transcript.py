"""One line of a conversation, and how rows of the ledger become lines.

Shared by everything that stores or shows messages. Decides nothing about who may speak.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import Any, Literal

from bot.errors import BotError
from bot.gateway.storage.engine import Connection, Row
from bot.messages import Reply, Supported

Author = Literal["customer", "bot", "agent"]

# SQLite's largest integer.
MAX_SEQ = 2**63 - 1
# Messages that are read or sent in one go: some milliseconds of everybody's time, however long the conversation is.
PAGE = 500


class MessageIdReused(BotError):
    """A message has the id of an earlier one and other words."""


@dataclass(frozen=True)
class Message:
    """A stored message; ``body`` is a customer's ``text`` (and ``payload``) or the fields of a reply."""

    sender_id: str
    seq: int
    author: Author
    at: str
    body: Mapping[str, Any] = field(repr=False)
    message_id: str | None = None
    in_reply_to: str | None = None
    pending: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return what clients see; what a button carried is not part of it."""
        shown: dict[str, Any] = {"seq": self.seq, "from": self.author, "at": self.at}
        if self.message_id is not None:
            shown["message_id"] = self.message_id
        if self.in_reply_to is not None:
            shown["in_reply_to"] = self.in_reply_to
        shown.update((key, value) for key, value in self.body.items() if key not in ("payload", "question"))
        return shown

    def to_reply(self) -> dict[str, Any]:
        """Return the contract's ``Reply``."""
        return {"seq": self.seq, **self.body}


def now() -> str:
    """Return the time in UTC, ISO 8601 with milliseconds."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def reply_body(reply: Reply) -> dict[str, Any]:
    """Return the stored form of a reply: the contract's fields without the sequence number."""
    body = reply.to_dict()
    del body["seq"]
    return body


def from_row(row: Row) -> Message:
    """Return the message in a row of table ``messages``."""
    return Message(
        sender_id=row["sender_id"],
        seq=row["seq"],
        author=row["author"],
        at=row["at"],
        body=json.loads(row["body"]),
        message_id=row["message_id"],
        in_reply_to=row["in_reply_to"],
        pending=bool(row["pending"]),
    )


def begin(connection: Connection, sender_id: str, channel: str, language: str = "") -> None:
    """Make the conversation of a sender who has none.

    Numbers never go back, not even when a conversation is erased while its customer is there: pages and programs leave
    out what is not after the last number they saw, an old button must not answer a new question, and what was at work
    for an erased message must not be taken for one of the new conversation.
    """
    connection.execute(
        "INSERT INTO conversations (sender_id, channel, created_at, language, last_seq, delivered_seq)"
        " SELECT ?, ?, ?, ?, last_seq, last_seq FROM erased WHERE id = 1 ON CONFLICT (sender_id) DO NOTHING",
        (sender_id, channel, now(), language),
    )


def erase(connection: Connection, sender_id: str) -> None:
    """Delete a conversation with all that belongs to it; of its numbers the last one is kept, without a name."""
    query = "SELECT last_seq FROM conversations WHERE sender_id = ?"
    row = connection.execute(query, (sender_id,)).fetchone()
    if row is not None:
        last = row["last_seq"]
        connection.execute("UPDATE erased SET last_seq = ? WHERE last_seq < ?", (last, last))
        connection.execute("DELETE FROM conversations WHERE sender_id = ?", (sender_id,))


def append(
    connection: Connection,
    sender_id: str,
    author: Author,
    body: Mapping[str, Any],
    *,
    message_id: str | None = None,
    in_reply_to: str | None = None,
    receipt: Sequence[Supported] = (),
) -> Message:
    """Store the next message of a conversation that exists; a customer's is pending until it has been worked.

    The receipt is stored beside the message and is not part of it: whoever is shown the message does not see it.
    """
    connection.execute("UPDATE conversations SET last_seq = last_seq + 1 WHERE sender_id = ?", (sender_id,))
    query = "SELECT last_seq FROM conversations WHERE sender_id = ?"
    seq = connection.execute(query, (sender_id,)).fetchone()["last_seq"]
    message = Message(sender_id, seq, author, now(), body, message_id, in_reply_to, pending=author == "customer")
    connection.execute(
        "INSERT INTO messages (sender_id, seq, author, at, message_id, in_reply_to, answer_id, pending, body,"
        " receipt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            sender_id,
            seq,
            author,
            message.at,
            message_id,
            in_reply_to,
            body.get("answer_id") or None,
            int(message.pending),
            json.dumps(body, ensure_ascii=False),
            json.dumps([asdict(one) for one in receipt], ensure_ascii=False) if receipt else None,
        ),
    )
    return message
