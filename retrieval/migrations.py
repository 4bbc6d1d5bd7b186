"""The numbered steps that bring a ticket database to its present form.

A step is never edited once it has been released: a new form is a new step. Each runs in one transaction with the
record that it ran. Does not open or close databases.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

FTS_COLUMNS = ("subject", "question", "answer", "product")


def m001_create_tickets(db: Database) -> None:
    """Create the tickets; AUTOINCREMENT, so that a row id in an old index never means another ticket."""
    db.execute(
        """
        CREATE TABLE tickets (
            rowid INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            subject TEXT NOT NULL,
            question TEXT NOT NULL,
            answer TEXT NOT NULL,
            created_at TEXT NOT NULL,
            channel TEXT NOT NULL,
            language TEXT NOT NULL,
            topic TEXT NOT NULL,
            product TEXT,
            csat INTEGER,
            reopened INTEGER NOT NULL,
            superseded_by TEXT,
            customer_key TEXT,
            turns TEXT NOT NULL,
            tags TEXT NOT NULL,
            content_hash TEXT NOT NULL,
            text_hash TEXT NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX tickets_customer_key ON tickets (customer_key) WHERE customer_key IS NOT NULL")
    db.execute("CREATE INDEX tickets_text_hash ON tickets (text_hash)")


def m002_create_keyword_index(db: Database) -> None:
    """Create the full-text index over the tickets and the triggers that keep it in step."""
    columns = ", ".join(FTS_COLUMNS)
    old = ", ".join(f"old.{name}" for name in FTS_COLUMNS)
    new = ", ".join(f"new.{name}" for name in FTS_COLUMNS)
    remove = f"INSERT INTO tickets_fts (tickets_fts, rowid, {columns}) VALUES ('delete', old.rowid, {old});"
    insert = f"INSERT INTO tickets_fts (rowid, {columns}) VALUES (new.rowid, {new});"
    db.execute(
        f"CREATE VIRTUAL TABLE tickets_fts USING fts5 ({columns}, content='tickets', content_rowid='rowid', "
        "tokenize='porter unicode61 remove_diacritics 2')"
    )
    db.execute(f"CREATE TRIGGER tickets_added AFTER INSERT ON tickets BEGIN {insert} END")
    db.execute(f"CREATE TRIGGER tickets_removed AFTER DELETE ON tickets BEGIN {remove} END")
    db.execute(f"CREATE TRIGGER tickets_changed AFTER UPDATE ON tickets BEGIN {remove} {insert} END")


def m003_create_vectors(db: Database) -> None:
    """Create the vectors, kept by text and embedder, so that building an index again costs nothing."""
    db.execute(
        """
        CREATE TABLE vectors (
            text_hash TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            vector BLOB NOT NULL,
            PRIMARY KEY (text_hash, fingerprint)
        )
        """
    )


def m004_create_erasure_log(db: Database) -> None:
    """Create the log of erasures: what was asked for and when, not what was erased."""
    db.execute(
        """
        CREATE TABLE erasures (
            kind TEXT NOT NULL CHECK (kind IN ('customer', 'ticket')),
            name TEXT NOT NULL,
            tickets INTEGER NOT NULL,
            erased_at TEXT NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX erasures_name ON erasures (kind, name)")


def m005_embed_problem_and_solution(db: Database) -> None:
    """Hash what is embedded now, the problem and the solution, and drop the vectors of the question alone."""
    db.execute("DELETE FROM vectors")
    for rowid, answer, *parts in db.execute("SELECT rowid, answer, subject, question, product FROM tickets").fetchall():
        problem = "\n".join(part.strip() for part in parts if part and part.strip())
        key = hashlib.sha256(f"{problem}\x1f{answer.strip() or problem}".encode()).hexdigest()
        db.execute("UPDATE tickets SET text_hash = ? WHERE rowid = ?", [key, rowid])


def m006_record_redactions(db: Database) -> None:
    """Create the audit of redaction and the hashes of imported rows; both go with their ticket."""
    db.execute(
        """
        CREATE TABLE redactions (
            rowid INTEGER PRIMARY KEY,
            ticket_rowid INTEGER NOT NULL,
            field TEXT NOT NULL,
            kind TEXT NOT NULL,
            rule TEXT NOT NULL
        )
        """
    )
    db.execute("CREATE INDEX redactions_ticket ON redactions (ticket_rowid)")
    db.execute("CREATE TABLE origins (ticket_rowid INTEGER PRIMARY KEY, row_hash BLOB NOT NULL)")
    db.execute("CREATE INDEX origins_row_hash ON origins (row_hash)")
    db.execute(
        "CREATE TRIGGER tickets_forgotten AFTER DELETE ON tickets BEGIN "
        "DELETE FROM redactions WHERE ticket_rowid = old.rowid; DELETE FROM origins WHERE ticket_rowid = old.rowid; END"
    )


def m007_index_unspaced_words(db: Database) -> None:
    """Index the terms of Chinese, Japanese and Korean, which FTS5 takes for one long word, in place of the texts.

    ``spaced`` is a function that every connection brings. The view keeps the text in one place, the tickets.
    """
    old, new = (", ".join(f"spaced({row}.{name})" for name in FTS_COLUMNS) for row in ("old", "new"))
    columns = ", ".join(FTS_COLUMNS)
    for name in ("added", "removed", "changed"):
        db.execute(f"DROP TRIGGER tickets_{name}")
    db.execute("DROP TABLE tickets_fts")
    shown = ", ".join(f"spaced({name}) AS {name}" for name in FTS_COLUMNS)
    db.execute(f"CREATE VIEW tickets_terms AS SELECT rowid, {shown} FROM tickets")
    db.execute(
        f"CREATE VIRTUAL TABLE tickets_fts USING fts5 ({columns}, content='tickets_terms', content_rowid='rowid', "
        "tokenize='porter unicode61 remove_diacritics 2')"
    )
    remove = f"INSERT INTO tickets_fts (tickets_fts, rowid, {columns}) VALUES ('delete', old.rowid, {old});"
    insert = f"INSERT INTO tickets_fts (rowid, {columns}) VALUES (new.rowid, {new});"
    db.execute(f"CREATE TRIGGER tickets_added AFTER INSERT ON tickets BEGIN {insert} END")
    db.execute(f"CREATE TRIGGER tickets_removed AFTER DELETE ON tickets BEGIN {remove} END")
    db.execute(f"CREATE TRIGGER tickets_changed AFTER UPDATE ON tickets BEGIN {remove} {insert} END")
    db.execute("INSERT INTO tickets_fts (tickets_fts) VALUES ('rebuild')")


def m008_index_filters(db: Database) -> None:
    """Index what searches are limited to. Each index holds all of it, so that no ticket is read to check the rest."""
    names = [f"{column} COLLATE NOCASE" for column in ("product", "topic", "channel", "language")] + ["created_at"]
    for at, name in enumerate(names):
        columns = ", ".join(names[at:] + names[:at])
        db.execute(f"CREATE INDEX tickets_{name.split()[0]} ON tickets ({columns})")


STEPS = (
    *(m001_create_tickets, m002_create_keyword_index, m003_create_vectors, m004_create_erasure_log),
    m005_embed_problem_and_solution,
    m006_record_redactions,
    m007_index_unspaced_words,
    m008_index_filters,
)


def migrate(db: Database) -> None:
    """Run the steps that this database has not seen; two processes that open it at once do not run one twice."""
    from sqlite_utils.migrations import Migrations

    migrations = Migrations("retrieval")
    for step in STEPS:
        migrations()(step)
    if not migrations.pending(db):
        return
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        migrations.apply(db)
    except BaseException:
        db.conn.rollback()
        raise
    db.conn.commit()
