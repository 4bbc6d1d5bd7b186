"""Conversations that people solved, as rows that ``frontdesk tickets import`` takes: how the desk teaches the bot.

Reads the ledger, keeps no copy: who is erased there is in no later file. The import redacts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bot.gateway.storage.database import Database
from bot.gateway.storage.engine import Connection, Row

SOLVED = (
    "SELECT h.*, c.channel, (SELECT max(e.closed_at) FROM handoffs e WHERE e.sender_id = h.sender_id"
    " AND e.closed_at < h.closed_at) AS begun FROM handoffs h JOIN conversations c USING (sender_id)"
    " WHERE h.outcome = 'solved' AND h.closed_at > ? ORDER BY h.closed_at"
)
SPOKEN = "SELECT author, body, at FROM messages WHERE sender_id = ? AND at <= ? AND author <> 'bot' ORDER BY seq"
SUBJECT = 80


async def candidates(database: Database, since: str = "") -> list[dict[str, Any]]:
    """Return the solved conversations that were closed after a time, oldest first."""
    return await database.read(lambda connection: list(_candidates(connection, since)))


def _candidates(connection: Connection, since: str) -> Iterator[dict[str, Any]]:
    for row in connection.execute(SOLVED, (since,)).fetchall():
        spoken = connection.execute(SPOKEN, (row["sender_id"], row["closed_at"])).fetchall()
        # What belongs to an earlier handoff of the conversation is another matter.
        own = [line for line in spoken if line["at"] > (row["begun"] or "")]
        if any(line["author"] == "agent" for line in own):
            yield _candidate(row, own)


def _candidate(row: Row, spoken: list[Row]) -> dict[str, Any]:
    messages = [{"role": line["author"], "text": str(json.loads(line["body"])["text"])} for line in spoken]
    asked = max((line["text"] for line in messages if line["role"] == "customer"), key=len, default="")
    return {
        "id": f"desk-{row['id'][:12]}",
        "created_at": row["closed_at"],
        "channel": row["channel"],
        "subject": asked[:SUBJECT],
        "customer": row["contact"] if "@" in row["contact"] else None,
        "messages": messages,
        "csat": row["csat"],
    }
