"""The form a ticket takes in a database row, and the way back.

Does not read or write a database.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from retrieval.tickets import Ticket, Turn, text_hash, ticket_hash

TICKET_COLUMNS = (
    *("id", "subject", "question", "answer", "created_at", "channel", "language", "topic", "product", "csat"),
    *("reopened", "superseded_by", "customer_key", "turns", "tags"),
)
COLUMNS = (*TICKET_COLUMNS, "content_hash", "text_hash")


def to_row(ticket: Ticket) -> dict[str, Any]:
    """Return the row that holds a ticket, with the hash of all of it and the hash of what is embedded."""
    row = {name: getattr(ticket, name) for name in TICKET_COLUMNS}
    row["reopened"] = int(ticket.reopened)
    row["turns"] = json.dumps([asdict(turn) for turn in ticket.turns], ensure_ascii=False)
    row["tags"] = json.dumps(list(ticket.tags), ensure_ascii=False)
    row["content_hash"] = ticket_hash(ticket)
    row["text_hash"] = text_hash(ticket.embedding_text)
    return row


def from_row(row: Mapping[str, Any]) -> Ticket:
    """Build a ticket from its row."""
    values = {name: row[name] for name in TICKET_COLUMNS}
    values["reopened"] = bool(row["reopened"])
    values["turns"] = tuple(Turn(**turn) for turn in json.loads(row["turns"]))
    values["tags"] = tuple(json.loads(row["tags"]))
    return Ticket(**values)
