"""How far each conversation of a push channel has been delivered, in the rows of the ledger.

Numbers and reasons only; the texts stay in table ``messages``.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.channels.push import Spoken
from bot.gateway.storage.database import Database
from bot.gateway.storage.engine import Connection, Row
from bot.gateway.transcript import from_row, now

# Notes of colleagues and the customer's own words are not for the customer.
TO_CUSTOMER = "m.author IN ('bot', 'agent')"


@dataclass(frozen=True)
class Due:
    """The next message to deliver, from its part ``part`` on."""

    message: Spoken
    part: int


class Deliveries:
    """Reads and moves the marks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def senders(self, channel: str) -> list[str]:
        """Return the conversations of a channel that have something undelivered, the longest waiting first."""
        query = (
            "SELECT c.sender_id, min(m.at) AS since FROM conversations c JOIN messages m ON m.sender_id = c.sender_id"
            f" WHERE c.channel = ? AND m.seq > c.delivered_seq AND {TO_CUSTOMER} GROUP BY c.sender_id ORDER BY since"
        )
        rows = await self._database.read(lambda connection: connection.execute(query, (channel,)).fetchall())
        return [str(row["sender_id"]) for row in rows]

    async def next(self, sender_id: str) -> Due | None:
        """Return the oldest undelivered message of a conversation.

        Asked as a write is: a gateway whose place another one has taken must not post what that one posts.
        """
        return await self._database.write(lambda connection: _next(connection, sender_id))

    async def message(self, sender_id: str, seq: int) -> Spoken | None:
        """Return one message of the bot or of a person."""
        query = f"SELECT m.* FROM messages m WHERE m.sender_id = ? AND m.seq = ? AND {TO_CUSTOMER}"
        row = await self._database.read(lambda connection: connection.execute(query, (sender_id, seq)).fetchone())
        return None if row is None else _spoken(row)

    async def delivered(self, message: Spoken, next_part: int | None) -> None:
        """Note that a part was posted; ``next_part`` None when it was the last one."""
        await self._database.write(lambda connection: _delivered(connection, message, next_part))

    async def refused(self, message: Spoken, reason: str) -> None:
        """Note that a message will never be delivered, and why; the next one is tried all the same."""

        def work(connection: Connection) -> None:
            _delivered(connection, message, None)
            query = "SELECT 1 FROM messages WHERE sender_id = ? AND seq = ?"
            if connection.execute(query, (message.sender_id, message.seq)).fetchone() is not None:
                connection.execute(
                    "INSERT INTO undelivered (sender_id, seq, reason, at) VALUES (?, ?, ?, ?)",
                    (message.sender_id, message.seq, reason[:200], now()),
                )

        await self._database.write(work)

    async def refusals(self, sender_id: str) -> dict[int, str]:
        """Return the messages of a conversation that never reached the customer, each with its reason."""
        query = "SELECT seq, reason FROM undelivered WHERE sender_id = ? ORDER BY seq"
        rows = await self._database.read(lambda connection: connection.execute(query, (sender_id,)).fetchall())
        return {int(row["seq"]): str(row["reason"]) for row in rows}


def _next(connection: Connection, sender_id: str) -> Due | None:
    query = (
        "SELECT m.*, c.delivered_part FROM conversations c JOIN messages m ON m.sender_id ="
        f" c.sender_id WHERE c.sender_id = ? AND m.seq > c.delivered_seq AND {TO_CUSTOMER} ORDER BY m.seq LIMIT 1"
    )
    row = connection.execute(query, (sender_id,)).fetchone()
    return None if row is None else Due(_spoken(row), int(row["delivered_part"]))


def _delivered(connection: Connection, message: Spoken, next_part: int | None) -> None:
    done = message.seq if next_part is None else message.seq - 1
    # A conversation begun after this one was erased has its mark behind this message already.
    query = "UPDATE conversations SET delivered_seq = ?, delivered_part = ? WHERE sender_id = ? AND delivered_seq < ?"
    connection.execute(query, (done, next_part or 0, message.sender_id, message.seq))


def _spoken(row: Row) -> Spoken:
    message = from_row(row)
    return Spoken(message.sender_id, message.seq, message.at, message.body, message.in_reply_to)
