"""How a conversation stands at one message, read in one go: each look at the ledger costs a change of threads."""

from __future__ import annotations

from dataclasses import dataclass

from bot.desk.handoff import Handoff
from bot.gateway import handoffs
from bot.gateway.identities import Customer, customer_of
from bot.gateway.storage.engine import Connection
from bot.gateway.transcript import Message, from_row


@dataclass(frozen=True)
class Standing:
    """Who owns the conversation, what was replied to the message, the language spoken last and who the customer is.

    The last two as far as anybody has told.
    """

    owner: Handoff
    replies: tuple[Message, ...]
    language: str
    customer: Customer | None


def standing(connection: Connection, sender_id: str, message_id: str) -> Standing:
    """Return how a conversation stands; one that does not exist yet is the bot's."""
    query = "SELECT * FROM messages WHERE sender_id = ? AND in_reply_to = ? ORDER BY seq"
    replies = tuple(from_row(row) for row in connection.execute(query, (sender_id, message_id)))
    owner, language = handoffs.current(connection, sender_id), kept_language(connection, sender_id)
    return Standing(owner, replies, language, customer_of(connection, sender_id))


def kept_language(connection: Connection, sender_id: str) -> str:
    """Return the language that a conversation was in last, an empty string when nobody has told."""
    row = connection.execute("SELECT language FROM conversations WHERE sender_id = ?", (sender_id,)).fetchone()
    return "" if row is None else str(row["language"])
