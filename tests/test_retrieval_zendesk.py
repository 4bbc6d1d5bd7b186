"""Zendesk's tickets with their comments, in the forms that the export and the API hand them out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from retrieval.importers import ImportReport, import_tickets
from retrieval.redact import customer_key
from retrieval.store import TicketStore
from retrieval.tickets import Ticket, Turn

REQUESTER, AGENT, COLLEAGUE, COPIED = 20978392, 235323, 4410, 98110


def comment(author: int, text: str, minute: int = 0, **others: Any) -> dict[str, Any]:
    return {
        "type": "Comment",
        "author_id": author,
        "plain_body": text,
        "public": True,
        "created_at": f"2026-04-12T09:{minute:02}:00Z",
    } | others


TICKET: dict[str, Any] = {
    "id": 35436,
    "status": "solved",
    "subject": "Re: [ACME #12] Pole",
    "created_at": "2026-04-12T09:31:00Z",
    "requester_id": REQUESTER,
    "assignee_id": AGENT,
    "collaborator_ids": [COPIED],
    "via": {"channel": "email", "source": {"from": {"address": "anna@example.org"}}},
    "tags": ["tents", "spare_part"],
    "custom_fields": [{"id": 27642, "value": "Ridgeline 2"}],
    "satisfaction_rating": {"score": "good"},
    "metric_set": {"reopens": 1},
    "comments": [
        comment(REQUESTER, "the pole of my tent broke, order FH-204817"),
        comment(AGENT, "the customer is impatient, give a discount", 1, public=False),
        comment(AGENT, "Hi Anna,\n\nwe send a new pole within three days.\n\nBest regards,\nTom", 2),
    ],
}
USERS = [
    {"id": REQUESTER, "role": "end-user", "email": "anna@example.org", "locale": "de-AT"},
    {"id": AGENT, "role": "agent", "email": "tom@shop.example"},
]


@pytest.fixture
def store():
    with TicketStore(":memory:") as opened:
        yield opened


def run(tmp_path: Path, store: TicketStore, *documents: Any, indent: int | None = None, **mapping: str) -> ImportReport:
    path = tmp_path / "export.json"
    path.write_text("\n".join(json.dumps(document, indent=indent) for document in documents))
    columns = {column.replace("__", "."): field for column, field in mapping.items()}
    return import_tickets(path, store, form="zendesk", mapping=columns, secret="secret")


def test_a_ticket_is_taken_whole(tmp_path: Path, store: TicketStore) -> None:
    run(tmp_path, store, {"tickets": [TICKET], "users": USERS, "end_of_stream": True}, custom_fields__27642="product")
    turns = (
        Turn("customer", "the pole of my tent broke, order [ORDER]"),
        Turn("agent", "we send a new pole within three days."),
    )
    assert store.get("zendesk-35436") == Ticket(
        id="zendesk-35436",
        subject="Pole",
        question=turns[0].text,
        answer=turns[1].text,
        created_at="2026-04-12T09:31:00Z",
        channel="email",
        language="de",
        product="Ridgeline 2",
        csat=5,
        reopened=True,
        customer_key=customer_key("anna@example.org", "secret"),
        turns=turns,
        tags=("tents", "spare_part"),
    )


FORMS = [
    ([TICKET, TICKET | {"id": 2}], None),
    ([{"tickets": [TICKET, TICKET | {"id": 2}], "users": USERS, "count": 2}], None),
    ([{"users": USERS, "tickets": [TICKET]}, {"tickets": [TICKET | {"id": 2}]}], None),
    ([{"users": USERS, "tickets": [TICKET]}, {"tickets": [TICKET | {"id": 2}]}], 1),
    ([[TICKET, TICKET | {"id": 2}]], None),
    ([[TICKET, TICKET | {"id": 2}]], 2),
    (
        [
            {"ticket": {**TICKET, "comments": None}, "comments": TICKET["comments"]},
            {**TICKET, "id": 2, "comments": {"comments": TICKET["comments"], "users": USERS}},
        ],
        None,
    ),
]


@pytest.mark.parametrize(("documents", "indent"), FORMS)
def test_every_form_of_the_export_gives_the_same_tickets(
    tmp_path: Path, store: TicketStore, documents: list[Any], indent: int | None
) -> None:
    report = run(tmp_path, store, *documents, indent=indent)
    assert (report.read, report.added, report.skipped) == (2, 2, [])
    assert [(ticket.id, ticket.answer) for ticket in store.tickets()] == [
        ("zendesk-35436", "we send a new pole within three days."),
        ("zendesk-2", "we send a new pole within three days."),
    ]


def test_private_notes_calls_and_the_system_are_never_heard(tmp_path: Path, store: TicketStore) -> None:
    unheard = [
        comment(AGENT, "secret note", 3, public=False),
        comment(AGENT, "not marked at all", 3, public=None),
        comment(AGENT, "call of 3 minutes", 3, type="VoiceComment"),
        comment(-1, "the system speaks", 3),
        comment(AGENT, "Your request has been received.", 3),
    ]
    run(tmp_path, store, TICKET | {"comments": [*TICKET["comments"], *unheard]})
    assert store.get("zendesk-35436").answer == "we send a new pole within three days."
    assert len(store.get("zendesk-35436").turns) == 2


@pytest.mark.parametrize(
    ("author", "users", "role"),
    [
        (COLLEAGUE, USERS, "agent"),
        (COPIED, USERS, "customer"),
        (COPIED, [*USERS, {"id": COPIED, "role": "admin"}], "agent"),
        (COLLEAGUE, [*USERS, {"id": COLLEAGUE, "role": "end-user"}], "customer"),
    ],
)
def test_who_speaks_is_told_by_role_and_else_by_place(
    tmp_path: Path, store: TicketStore, author: int, users: list[Any], role: str
) -> None:
    said = comment(author, "the shop in Berlin has one, too.", 4)
    run(tmp_path, store, {"tickets": [TICKET | {"comments": [*TICKET["comments"], said]}], "users": users})
    assert store.get("zendesk-35436").turns[-1] == Turn(role, "the shop in Berlin has one, too.")


def test_comments_are_heard_in_the_order_of_time(tmp_path: Path, store: TicketStore) -> None:
    run(tmp_path, store, TICKET | {"comments": TICKET["comments"][::-1]})
    assert [turn.role for turn in store.get("zendesk-35436").turns] == ["customer", "agent"]


def test_a_merged_ticket_is_superseded(tmp_path: Path, store: TicketStore) -> None:
    merge = comment(AGENT, 'This request was closed and merged into request #99 "Pole"', 5, public=False)
    run(tmp_path, store, TICKET | {"tags": ["closed_by_merge"], "comments": [*TICKET["comments"], merge]})
    assert store.get("zendesk-35436").superseded_by == "zendesk-99"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "open"}, "not solved: its status is 'open'"),
        ({"status": "deleted"}, "not solved"),
        ({"comments": []}, "no comments"),
        ({"comments": TICKET["comments"][:2]}, "no answer"),
        ({"comments": TICKET["comments"][1:]}, "no question"),
        ({"created_at": "soon"}, "created_at is 'soon'"),
    ],
)
def test_what_is_no_solved_ticket_is_reported(
    tmp_path: Path, store: TicketStore, change: dict[str, Any], reason: str
) -> None:
    report = run(tmp_path, store, TICKET | change, TICKET | {"id": 2})
    assert [(skip.line, skip.ticket) for skip in report.skipped] == [(1, "zendesk-35436")]
    assert reason in report.skipped[0].reason
    assert store.count() == 1


def test_odd_shapes_are_no_end(tmp_path: Path, store: TicketStore) -> None:
    odd = {
        "id": 3,
        "status": "solved",
        "comments": [{}, comment(5, "x")],
        "via": [],
        "tags": None,
        "custom_fields": "?",
    }
    report = run(tmp_path, store, odd, TICKET)
    assert (report.added, len(report.skipped)) == (1, 1)
