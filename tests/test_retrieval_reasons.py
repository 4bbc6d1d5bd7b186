"""Rows that no form foresees: each is left out by itself, for a reason that anyone may read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from retrieval.importers import RULES, ImportReport, import_tickets
from retrieval.importing.reasons import RowRefused, one_row, quoted
from retrieval.redact import Redacted, redact_all
from retrieval.store import TicketStore

ROW = {"id": 1, "question": "The pole of Anna Miller broke", "answer": "We send a new one."}
SAID = {"plain_body": "the pole broke", "public": True, "author_id": 1}
SOLVED = {"plain_body": "we send a new pole within three days.", "public": True, "author_id": 2}
ZENDESK = {"id": 12, "status": "solved", "requester_id": 1, "comments": [SAID, SOLVED]}
FRESHDESK = {
    "id": 12,
    "status": 5,
    "description": "the pole broke",
    "conversations": [{"body": "we send a new pole within three days.", "private": False}],
}
PART = {"part_type": "comment", "author": {"type": "admin"}, "body": "we send a new pole within three days."}
INTERCOM = {
    "id": 12,
    "state": "closed",
    "source": {"author": {"type": "user"}, "body": "the pole broke"},
    "conversation_parts": {"conversation_parts": [PART | {"created_at": 1775986260}]},
}
DESKS = {"zendesk": ZENDESK, "freshdesk": FRESHDESK, "intercom": INTERCOM}


@pytest.fixture
def store():
    with TicketStore(":memory:") as opened:
        yield opened


def run(tmp_path: Path, store: TicketStore, form: str, *rows: Any, **mapping: str) -> ImportReport:
    path = tmp_path / "x.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return import_tickets(path, store, form=form, mapping=mapping, secret="secret")


def parts(*created: Any) -> dict[str, Any]:
    return {"conversation_parts": {"conversation_parts": [PART | {"created_at": at} for at in created]}}


LEFT_OUT = [
    ("jsonl", ROW | {"created_at": "0001-01-01T00:00:00+01:00"}, "created_at is '0001-01-01T00:00:00+01:00'"),
    ("jsonl", ROW | {"created_at": "9999-12-31T23:59:59-05:00"}, "created_at is"),
    ("zendesk", ZENDESK | {"comments": ["x"]}, "no comments"),
    ("zendesk", ZENDESK | {"comments": [SAID, SOLVED | {"author_id": {"id": 2}}]}, "no answer"),
    ("zendesk", ZENDESK | {"collaborator_ids": 5}, "TypeError"),
    ("freshdesk", FRESHDESK | {"conversations": 5}, "no answer"),
    ("intercom", INTERCOM | parts(1775986260, [1]), "created_at is '[1]'"),
]


@pytest.mark.parametrize(("form", "row", "reason"), LEFT_OUT)
def test_a_row_of_another_shape_is_left_out_alone(
    tmp_path: Path, store: TicketStore, form: str, row: dict[str, Any], reason: str
) -> None:
    good = DESKS.get(form, ROW) | {"id": 2}
    report = run(tmp_path, store, form, row, good)
    assert ([skip.line for skip in report.skipped], report.added) == ([1], 1)
    assert reason in report.skipped[0].reason


STORED = [
    ("zendesk", ZENDESK | {"tags": 5}),
    ("zendesk", ZENDESK | {"comments": ["x", SAID, SOLVED]}),
    ("freshdesk", FRESHDESK | {"tags": True}),
    ("intercom", INTERCOM | parts("2026-04-12T09:31:00Z", 1775986260)),
    ("zendesk", {"tickets": [ZENDESK], "users": 5}),
]


@pytest.mark.parametrize(("form", "row"), STORED)
def test_what_matters_little_is_passed_over(tmp_path: Path, store: TicketStore, form: str, row: dict[str, Any]) -> None:
    report = run(tmp_path, store, form, row)
    assert (report.added, report.skipped) == (1, [])
    assert next(store.tickets()).tags == ()


@pytest.mark.parametrize("rows", ['[{"id": 1, "x": DEEP}, GOOD]', "[DEEP, GOOD]"])
def test_values_inside_of_each_other_are_no_end(tmp_path: Path, store: TicketStore, rows: str) -> None:
    path = tmp_path / "x.json"
    deep = "[" * 20_000 + "]" * 20_000
    path.write_text(rows.replace("DEEP", deep).replace("GOOD", json.dumps(ROW)))
    report = import_tickets(path, store, form="json", mapping={}, secret="secret")
    assert ([skip.line for skip in report.skipped], report.added) == ([1], 1)


@pytest.mark.parametrize(
    "error", [TypeError("x"), AttributeError("x"), KeyError("x"), ValueError("x"), OverflowError("x"), RecursionError()]
)
def test_whatever_a_form_stumbles_over_is_a_refusal(error: Exception) -> None:
    with pytest.raises(RowRefused), one_row():
        raise error


def test_other_errors_and_refusals_stay_what_they_are() -> None:
    with pytest.raises(OSError, match="disk"), one_row():
        raise OSError("disk")
    with pytest.raises(RowRefused, match="^not solved$"), one_row():
        raise RowRefused("not solved")


def test_a_reason_shows_no_personal_data_and_little_of_the_rest(tmp_path: Path, store: TicketStore) -> None:
    mail = "a-very-long-name-of-somebody.else@example.org"
    assert quoted(f"on {mail}") == "'on [EMAIL]'"
    assert quoted("x" * 5000) == repr("x" * 40)
    report = run(tmp_path, store, "jsonl", ROW | {"created_at": mail}, ROW | {"csat": mail}, ROW | {"reopened": mail})
    assert all("[EMAIL]" in skip.reason and "somebody" not in skip.reason for skip in report.skipped)
    assert len(report.skipped) == 3


def test_an_id_of_half_a_character_can_be_shown(tmp_path: Path, store: TicketStore) -> None:
    report = run(tmp_path, store, "jsonl", {"id": "T\ud800", "question": "q", "csat": 9})
    assert report.skipped[0].ticket == "T\\ud800"


def test_tickets_of_two_help_desks_stay_apart(tmp_path: Path, store: TicketStore) -> None:
    for form, row in DESKS.items():
        run(tmp_path, store, form, row)
    assert [ticket.id for ticket in store.tickets()] == ["zendesk-12", "freshdesk-12", "intercom-12"]


def test_a_mapped_id_is_the_help_desks_too(tmp_path: Path, store: TicketStore) -> None:
    row = ZENDESK | {"external_id": "A7"}
    for answer in ("we sent a new pole, it is on its way.", "we send a new pole within three days."):
        run(tmp_path, store, "zendesk", row | {"comments": [SAID, SOLVED | {"plain_body": answer}]}, external_id="id")
    assert [ticket.id for ticket in store.tickets()] == ["zendesk-A7"]
    left_out = run(tmp_path, store, "zendesk", row | {"status": "open"}, external_id="id").skipped
    assert [skip.ticket for skip in left_out] == ["zendesk-A7"]


def own_id(tmp_path: Path, secret: str = "secret", **change: str) -> str:
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps({"question": ROW["question"], "answer": ROW["answer"]} | change))
    with TicketStore(":memory:") as store:
        import_tickets(path, store, form="jsonl", mapping={}, secret=secret)
        return next(store.tickets()).id


def test_an_id_made_from_a_row_outlasts_the_rules_of_redaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = own_id(tmp_path)
    assert before.startswith("auto-")
    assert len(before) == len("auto-") + 16
    monkeypatch.setattr(
        "retrieval.importing.drafts.redact_all", lambda texts, keep: [Redacted(f"{text}!", {}, ()) for text in texts]
    )
    assert own_id(tmp_path) == before


def test_an_id_made_from_a_row_is_keyed_and_tells_rows_apart(tmp_path: Path) -> None:
    ids = {own_id(tmp_path), own_id(tmp_path, "other"), own_id(tmp_path, answer="No."), own_id(tmp_path, question="?")}
    assert len(ids) == 4


def test_names_of_products_are_read_once_and_kept_in_later_batches(
    tmp_path: Path, store: TicketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path, store, "jsonl", ROW | {"id": "old", "product": "Ridgeline 2"})
    asked: list[str] = []
    kept: list[list[str]] = []

    def watched(texts: list[str], keep: list[str]) -> list[Redacted]:
        kept.append(list(keep))
        return redact_all(texts, keep)

    names = type(store.filtered).names
    monkeypatch.setattr(type(store.filtered), "names", lambda self, column: asked.append(column) or names(self, column))
    monkeypatch.setattr("retrieval.importing.drafts.redact_all", watched)
    first = {"id": "0", "question": "q", "answer": "a", "product": "Anna tent"}
    run(tmp_path, store, "jsonl", first, *({"id": str(n), "question": "q", "answer": "a"} for n in range(1, 600)))
    assert asked == ["product"]
    assert kept == [["Anna tent", "Ridgeline 2"]] * 2


def test_all_that_makes_a_ticket_of_a_row_counts_as_its_rules() -> None:
    assert {"importing", "redaction", "redact.py", "language.py"} <= set(RULES)
