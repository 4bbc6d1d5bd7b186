"""Migrations of the ticket database: each once, each whole or not at all."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from retrieval import migrations
from retrieval.store import TicketStore
from retrieval.tickets import Ticket, text_hash

REFUND = Ticket("T-1", question="Where is my refund?", answer="Refunds take 5 working days.")


def test_a_second_opening_runs_no_migration_again(tmp_path: Path) -> None:
    path = tmp_path / "tickets.db"
    with TicketStore(path) as store:
        store.upsert([REFUND])
    with TicketStore(path) as store:
        assert store.count() == 1
    names = [row[0] for row in sqlite3.connect(path).execute("SELECT name FROM _sqlite_migrations ORDER BY rowid")]
    assert names == [step.__name__ for step in migrations.STEPS]


def test_a_migration_that_fails_leaves_nothing_of_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def m999_half(db) -> None:
        db.execute("CREATE TABLE half (x)")
        raise RuntimeError("power cut")

    path = tmp_path / "tickets.db"
    with TicketStore(path) as store:
        store.upsert([REFUND])
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, m999_half))
    with pytest.raises(RuntimeError, match="power cut"):
        TicketStore(path)
    tables = {row[0] for row in sqlite3.connect(path).execute("SELECT name FROM sqlite_master")}
    assert "half" not in tables
    monkeypatch.undo()
    with TicketStore(path) as store:
        assert store.count() == 1


def test_vectors_of_the_problem_alone_are_dropped_and_hashes_renewed(tmp_path: Path) -> None:
    path = tmp_path / "tickets.db"
    bare = Ticket("T-2", subject="Refund", question="Where is it?", product="Ridgeline 2 tent")
    with TicketStore(path) as store:
        store.upsert([REFUND, bare])
        expected = list(store.rows_to_embed("model"))
    with sqlite3.connect(path) as db:
        db.create_function("spaced", 1, lambda text: text)
        db.execute("UPDATE tickets SET text_hash = 'of the problem ' || id")
        db.execute("INSERT INTO vectors SELECT text_hash, 'model', x'00' FROM tickets")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm005_embed_problem_and_solution'")
    with TicketStore(path) as store:
        assert list(store.rows_to_embed("model")) == expected
        assert {key for key, *_ in expected} == {text_hash(ticket.embedding_text) for ticket in (REFUND, bare)}


def test_opening_a_new_database_many_times_at_once_migrates_it_once(tmp_path: Path) -> None:
    path = tmp_path / "tickets.db"

    def open_and_count(_: int) -> int:
        with TicketStore(path) as store:
            return store.count()

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(open_and_count, range(12))) == [0] * 12
    applied = sqlite3.connect(path).execute("SELECT count(*) FROM _sqlite_migrations").fetchone()[0]
    assert applied == len(migrations.STEPS)
