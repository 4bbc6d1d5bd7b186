"""The audit: one line for each removal without its value, as true as the ticket it belongs to."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval import importers
from retrieval.audit import Origin, Removed, RowHash
from retrieval.importers import ImportReport, import_tickets
from retrieval.redact import Redacted, redact_all
from retrieval.store import TicketStore
from retrieval.tickets import Ticket

TENT = Ticket("T-1", question="The pole broke", answer="We send a new one.")
MAIL = Removed("question", "EMAIL", "mailbox")
CARD = Removed("answer", "CARD", "check sum")


@pytest.fixture
def store(tmp_path: Path):
    with TicketStore(tmp_path / "tickets.db") as opened:
        yield opened


def run(tmp_path: Path, store: TicketStore, *rows: dict, secret: str = "secret", form: str = "jsonl") -> ImportReport:
    path = tmp_path / "x.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return import_tickets(path, store, form=form, mapping={}, secret=secret)


def test_removals_come_and_go_with_their_ticket(store: TicketStore) -> None:
    store.upsert([TENT], {"T-1": Origin(b"row", (MAIL, CARD, CARD))})
    assert store.audit.of_ticket("T-1") == [MAIL, CARD, CARD]
    assert store.audit.known([b"row", b"other"]) == {b"row"}
    store.upsert([replace(TENT, answer="Ask us.")], {"T-1": Origin(b"new", (MAIL,))})
    assert (store.audit.of_ticket("T-1"), store.audit.known([b"row", b"new"])) == ([MAIL], {b"new"})
    store.erase_ticket("T-1")
    assert (store.audit.summary(), store.audit.known([b"new"])) == ([], set())


def test_a_ticket_that_changes_otherwise_has_no_origin(store: TicketStore) -> None:
    store.upsert([TENT], {"T-1": Origin(b"row", (MAIL,))})
    store.upsert([TENT])
    assert store.audit.known([b"row"]) == {b"row"}
    store.upsert([replace(TENT, answer="Ask us.")])
    assert (store.audit.of_ticket("T-1"), store.audit.known([b"row"])) == ([], set())


def test_the_summary_counts_removals_and_tickets(store: TicketStore) -> None:
    store.upsert(
        [TENT, replace(TENT, id="T-2")], {"T-1": Origin(b"1", (CARD, CARD)), "T-2": Origin(b"2", (CARD, MAIL))}
    )
    assert store.audit.summary() == [
        {"field": "answer", "kind": "CARD", "rule": "check sum", "removals": 3, "tickets": 2},
        {"field": "question", "kind": "EMAIL", "rule": "mailbox", "removals": 1, "tickets": 1},
    ]


def test_a_row_is_known_only_with_the_secret_and_the_rules() -> None:
    hashes = {RowHash(secret, rules)(b"row") for secret in ("a", "b") for rules in ("1", "2")}
    assert len(hashes) == 4
    assert RowHash("a", "1")(b"row") == RowHash("a", "1")(b"row")


ROW = {
    "id": "T-1",
    "subject": "anna@example.org asks",
    "question": "call me at +49 30 1234567, anna@example.org",
    "answer": "We called.",
    "product": "Ridgeline 2",
    "tags": ["vip", "anna@example.org"],
    "turns": [["customer", "call me at +49 30 1234567, anna@example.org"]],
}


def test_an_import_writes_each_removal_once_with_its_field(tmp_path: Path, store: TicketStore) -> None:
    report = run(tmp_path, store, ROW)
    found = [(one.field, one.kind) for one in store.audit.of_ticket("T-1")]
    assert found == [("subject", "EMAIL"), ("question", "PHONE"), ("question", "EMAIL"), ("tags", "EMAIL")]
    assert report.redactions == {"EMAIL": 3, "PHONE": 1}
    ticket = store.get("T-1")
    assert (ticket.subject, ticket.tags, ticket.product) == ("[EMAIL] asks", ("vip", "[EMAIL]"), "Ridgeline 2")
    store.close()
    raw = b"".join(file.read_bytes() for file in tmp_path.glob("tickets.db*"))
    assert b"anna@" not in raw
    assert b"1234567" not in raw


def test_an_unchanged_row_is_not_redacted_again(
    tmp_path: Path, store: TicketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, store, ROW, ROW | {"id": "T-2"})
    seen: list[str] = []

    def watched(texts: list[str], keep: list[str]) -> list[Redacted]:
        seen.extend(texts)
        return redact_all(texts, keep)

    monkeypatch.setattr("retrieval.importing.drafts.redact_all", watched)
    assert run(tmp_path, store, ROW, ROW | {"id": "T-2"}).unchanged == 2
    assert seen == []
    assert run(tmp_path, store, ROW, ROW | {"id": "T-2", "answer": "We wrote."}).updated == 1
    assert "We wrote." in seen


@pytest.mark.parametrize("change", ["secret", "rules", "form"])
def test_another_secret_form_or_rule_reads_all_rows_again(
    tmp_path: Path, store: TicketStore, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    run(tmp_path, store, ROW)
    if change == "rules":
        monkeypatch.setattr(importers, "rules_version", lambda: "new rules")
    secret, form = ("b" if change == "secret" else "secret"), ("json" if change == "form" else "jsonl")
    report = run(tmp_path, store, ROW, secret=secret, form=form)
    assert (report.unchanged, report.redactions["EMAIL"]) == (1, 3)


def test_of_two_rows_with_one_id_the_last_wins_every_time(tmp_path: Path, store: TicketStore) -> None:
    rows = (ROW | {"answer": "First."}, ROW | {"answer": "Second."})
    for _ in range(3):
        run(tmp_path, store, *rows)
        assert store.get("T-1").answer == "Second."
    run(tmp_path, store, *rows[::-1])
    assert store.get("T-1").answer == "First."


def test_a_database_from_before_the_audit_gets_it(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with TicketStore(path) as store:
        store.upsert([TENT])
    with sqlite3.connect(path) as db:
        db.executescript(
            "DROP TRIGGER tickets_forgotten; DROP TABLE origins; DROP TABLE redactions; "
            "DELETE FROM _sqlite_migrations WHERE name = 'm006_record_redactions'"
        )
    with TicketStore(path) as store:
        assert (store.count(), store.audit.summary()) == (1, [])
        assert run(tmp_path, store, ROW).updated == 1
        assert len(store.audit.of_ticket("T-1")) == 4
