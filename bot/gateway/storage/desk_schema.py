"""The step of the ledger's schema that the desk needs: how handoffs end, notes, canned replies, accounts."""

from __future__ import annotations

DESK: tuple[str, ...] = (
    # How many handoffs have ended: the model hears the present chapter only.
    "ALTER TABLE conversations ADD COLUMN chapter INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE conversations ADD COLUMN ended TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE handoffs ADD COLUMN ended TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE handoffs ADD COLUMN outcome TEXT NOT NULL DEFAULT ''",
    # Where the customer wants to be reached when nobody is there.
    "ALTER TABLE handoffs ADD COLUMN contact TEXT NOT NULL DEFAULT ''",
    # The number of the message that asked how it was; NULL: not asked. Then the answer, 1 to 5.
    "ALTER TABLE handoffs ADD COLUMN csat_question INTEGER",
    "ALTER TABLE handoffs ADD COLUMN csat INTEGER",
    "CREATE INDEX handoffs_closed ON handoffs (closed_at) WHERE closed_at IS NOT NULL",
    """
    CREATE TABLE notes (
        id TEXT PRIMARY KEY,
        sender_id TEXT NOT NULL REFERENCES conversations (sender_id) ON DELETE CASCADE,
        seq INTEGER NOT NULL,
        agent TEXT NOT NULL,
        at TEXT NOT NULL,
        text TEXT NOT NULL
    )
    """,
    "CREATE INDEX notes_sender ON notes (sender_id, at)",
    "CREATE TABLE canned (id TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL)",
    """
    CREATE TABLE accounts (
        key TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('agent', 'admin')),
        password TEXT NOT NULL,
        created_at TEXT NOT NULL
    )
    """,
    # The token itself is in the browser alone; here is its SHA-256.
    """
    CREATE TABLE logins (
        token TEXT PRIMARY KEY,
        account TEXT NOT NULL REFERENCES accounts (key) ON DELETE CASCADE,
        expires_at TEXT NOT NULL
    )
    """,
    "CREATE INDEX logins_account ON logins (account)",
)
