"""The ledger's schema, as numbered steps that are only ever added to.

Each step runs once, in one transaction, and the database keeps the number of the last one: SQLite as ``user_version``,
PostgreSQL in table ``ledger_schema``. Steps never lose data. They are written once, in SQL that both engines
understand: TEXT and INTEGER, a PRIMARY KEY in every table, no ``WITHOUT ROWID``, ``AUTOINCREMENT`` or ``PRAGMA``.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.errors import SettingsError
from bot.gateway.storage.desk_schema import DESK
from bot.gateway.storage.engine import Engine

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
        )
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
        )
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
        )
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
        )
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
    (
        # Who the customer is, by the word of the shop's own server; NULL where it has said nothing.
        "ALTER TABLE conversations ADD COLUMN customer_id TEXT",
        "ALTER TABLE conversations ADD COLUMN customer_name TEXT",
        "ALTER TABLE conversations ADD COLUMN customer_email TEXT",
    ),
    (
        # The language in which the customer wrote last, as the dialogue told; empty: nobody knows.
        "ALTER TABLE conversations ADD COLUMN language TEXT NOT NULL DEFAULT ''",
    ),
    (
        # One row: the highest number that a conversation had when it was erased. Later ones begin after it.
        "CREATE TABLE erased (id INTEGER PRIMARY KEY CHECK (id = 1), last_seq INTEGER NOT NULL)",
        "INSERT INTO erased (id, last_seq) VALUES (1, 0)",
    ),
    (
        # One row that is written over and over, to see whether the disk still takes a message.
        "CREATE TABLE trial (id INTEGER PRIMARY KEY CHECK (id = 1), filling TEXT NOT NULL)",
        "INSERT INTO trial (id, filling) VALUES (1, '')",
    ),
)


def migrate(engine: Engine, version: Callable[[], int], note: Callable[[int], None], own: Callable[[str], str]) -> None:
    """Run the steps that this ledger has not seen yet.

    Args:
        engine: the opened engine.
        version: returns how many steps have run.
        note: keeps that number, within a transaction.
        own: puts a statement into the engine's own words.

    Raises:
        SettingsError: the ledger was written by a newer version of Frontdesk.
    """
    seen = version()
    if seen > len(MIGRATIONS):
        raise SettingsError(
            f"The ledger has schema {seen}; this version of Frontdesk knows {len(MIGRATIONS)}. "
            "Upgrade Frontdesk, or point FRONTDESK_VAR or FRONTDESK_LEDGER_URL at another one."
        )
    for number, statements in enumerate(MIGRATIONS[seen:], start=seen + 1):
        connection = engine.begin()
        try:
            # Another process may have migrated while this one waited for the lock.
            if version() < number:
                for statement in statements:
                    connection.execute(own(statement))
                note(number)
            engine.commit()
        except BaseException:
            engine.rollback()
            raise
