"""The ledger's schema, as numbered steps that are only ever added to.

Each step runs once, in one transaction, and ``PRAGMA user_version`` says how many have run. Steps never lose data.
"""

from __future__ import annotations

import sqlite3

from bot.errors import SettingsError
from bot.gateway.desk_schema import DESK

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE conversations (
            sender_id TEXT PRIMARY KEY,
            channel TEXT NOT NULL,
            created_at TEXT NOT NULL,
            last_seq INTEGER NOT NULL DEFAULT 0,
            owner TEXT NOT NULL DEFAULT 'bot' CHECK (owner IN ('bot', 'queued', 'human')),
            epoch INTEGER NOT NULL DEFAULT 0,
            handoff_id TEXT
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE messages (
            sender_id TEXT NOT NULL REFERENCES conversations (sender_id) ON DELETE CASCADE,
            seq INTEGER NOT NULL,
            author TEXT NOT NULL CHECK (author IN ('customer', 'bot', 'agent')),
            at TEXT NOT NULL,
            message_id TEXT,
            in_reply_to TEXT,
            answer_id TEXT,
            pending INTEGER NOT NULL DEFAULT 0,
            body TEXT NOT NULL,
            PRIMARY KEY (sender_id, seq)
        ) WITHOUT ROWID
        """,
        "CREATE UNIQUE INDEX messages_once ON messages (sender_id, message_id) WHERE message_id IS NOT NULL",
        "CREATE INDEX messages_pending ON messages (sender_id, seq) WHERE pending = 1",
        "CREATE INDEX messages_answer ON messages (sender_id, answer_id) WHERE answer_id IS NOT NULL",
        """
        CREATE TABLE handoffs (
            id TEXT PRIMARY KEY,
            sender_id TEXT NOT NULL REFERENCES conversations (sender_id) ON DELETE CASCADE,
            reason TEXT NOT NULL,
            agent TEXT NOT NULL DEFAULT '',
            requested_at TEXT NOT NULL,
            taken_at TEXT,
            closed_at TEXT,
            acknowledged INTEGER NOT NULL DEFAULT 0
        ) WITHOUT ROWID
        """,
        "CREATE INDEX handoffs_open ON handoffs (requested_at) WHERE closed_at IS NULL",
        "CREATE INDEX handoffs_sender ON handoffs (sender_id)",
        """
        CREATE TABLE feedback (
            answer_id TEXT PRIMARY KEY,
            sender_id TEXT NOT NULL REFERENCES conversations (sender_id) ON DELETE CASCADE,
            value TEXT NOT NULL CHECK (value IN ('up', 'down')),
            comment TEXT NOT NULL DEFAULT '',
            at TEXT NOT NULL
        ) WITHOUT ROWID
        """,
        "CREATE INDEX feedback_sender ON feedback (sender_id)",
    ),
    (
        # The customer's message whose replies offered buttons last; 0: no button answers anything now.
        "ALTER TABLE conversations ADD COLUMN question INTEGER NOT NULL DEFAULT 0",
        # Every message of a waiting customer is acknowledged, so nobody asks whether one was.
        "ALTER TABLE handoffs DROP COLUMN acknowledged",
    ),
    (
        # What each sentence of a reply rests on, as JSON; NULL where nothing was composed or quoted.
        "ALTER TABLE messages ADD COLUMN receipt TEXT",
        # The team asks by answer alone, a customer's feedback by answer and conversation.
        "DROP INDEX messages_answer",
        "CREATE INDEX messages_answer ON messages (answer_id, sender_id) WHERE answer_id IS NOT NULL",
    ),
    DESK,
    (
        # How far a conversation of a channel that must be called was delivered: the last whole message, and how many
        # parts of the next one.
        "ALTER TABLE conversations ADD COLUMN delivered_seq INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE conversations ADD COLUMN delivered_part INTEGER NOT NULL DEFAULT 0",
        """
        CREATE TABLE undelivered (
            sender_id TEXT NOT NULL REFERENCES conversations (sender_id) ON DELETE CASCADE,
            seq INTEGER NOT NULL,
            reason TEXT NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (sender_id, seq)
        )
        """,
    ),
)


def migrate(connection: sqlite3.Connection) -> None:
    """Run the steps that this file has not seen yet.

    Raises:
        SettingsError: the file was written by a newer version of Frontdesk.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise SettingsError(
            f"The ledger has schema {version}; this version of Frontdesk knows {len(MIGRATIONS)}. "
            "Upgrade Frontdesk, or point FRONTDESK_VAR at another folder."
        )
    for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have migrated while this one waited for the lock.
        if int(connection.execute("PRAGMA user_version").fetchone()[0]) < number:
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
