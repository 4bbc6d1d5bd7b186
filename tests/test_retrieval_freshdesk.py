"""Freshdesk's tickets with their conversations, by the names of its API and of its account export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from retrieval.importers import ImportReport, import_tickets
from retrieval.redact import customer_key
from retrieval.store import TicketStore
from retrieval.tickets import Ticket, Turn


def note(text: str, minute: int = 0, **others: Any) -> dict[str, Any]:
    return {
        "body": f"<div>{text}</div>",
        "body_text": text,
        "incoming": False,
        "private": False,
        "source": 0,
        "created_at": f"2026-04-12T09:{minute:02}:00Z",
    } | others


TICKET: dict[str, Any] = {
    "id": 432,
    "status": 5,
    "source": 1,
    "subject": "Re: Pole",
    "type": "Spare part",
    "product_id": 7,
    "requester_id": 2,
    "created_at": "2026-04-12T09:00:00Z",
    "description": "<div>the pole of my tent broke</div>",
    "description_text": "the pole of my tent broke",
    "requester": {"id": 2, "email": "anna@example.org", "language": "de"},
    "stats": {"reopened_at": "2026-04-13T09:00:00Z"},
    "tags": ["tents"],
    "conversations": [
        note("he is impatient", 1, private=True, source=2),
        note("Hello Anna,<br><br>we send a new pole within three days.<br><br>Kind regards<br>Tom", 2),
    ],
}
SIDES = {
    "products": [{"id": 7, "name": "Ridgeline 2"}],
    "satisfaction_ratings": [{"ticket_id": 432, "ratings": {"default_question": -101}}],
}


@pytest.fixture
def store():
    with TicketStore(":memory:") as opened:
        yield opened


def run(tmp_path: Path, store: TicketStore, document: Any) -> ImportReport:
    path = tmp_path / "export.json"
    path.write_text(json.dumps(document))
    return import_tickets(path, store, form="freshdesk", mapping={}, secret="secret")


def test_a_ticket_is_taken_whole(tmp_path: Path, store: TicketStore) -> None:
    run(tmp_path, store, {"tickets": [TICKET], **SIDES})
    turns = (Turn("customer", "the pole of my tent broke"), Turn("agent", "we send a new pole within three days."))
    assert store.get("freshdesk-432") == Ticket(
        id="freshdesk-432",
        subject="Pole",
        question=turns[0].text,
        answer=turns[1].text,
        created_at="2026-04-12T09:00:00Z",
        channel="email",
        language="de",
        topic="Spare part",
        product="Ridgeline 2",
        csat=2,
        reopened=True,
        customer_key=customer_key("anna@example.org", "secret"),
        turns=turns,
        tags=("tents",),
    )


def test_the_account_export_has_other_names_for_the_same(tmp_path: Path, store: TicketStore) -> None:
    notes = [{"note": {**one, "body_html": one["body"]}} for one in TICKET["conversations"]]
    old = {key: value for key, value in TICKET.items() if key not in ("conversations", "id", "type", "description")}
    old |= {"display_id": 432, "id": 99999, "ticket_type": "Spare part", "notes": notes, "stats": None}
    run(tmp_path, store, [{"helpdesk_ticket": old | {"description_html": TICKET["description"]}}])
    ticket = store.get("freshdesk-432")
    assert (ticket.question, ticket.topic) == ("the pole of my tent broke", "Spare part")
    assert ticket.answer == "we send a new pole within three days."


def test_only_public_words_between_customer_and_agent_are_heard(tmp_path: Path, store: TicketStore) -> None:
    more = [
        note("answer to the survey", 3, incoming=True, source=6),
        note("forwarded to the maker", 4, source=8),
        note("not marked", 5, private=None),
        note("it came, thank you very much", 6, incoming=True),
    ]
    run(tmp_path, store, [TICKET | {"conversations": [*TICKET["conversations"], *more]}])
    assert [turn.text for turn in store.get("freshdesk-432").turns[2:]] == ["it came, thank you very much"]
    assert store.get("freshdesk-432").turns[-1].role == "customer"


def test_an_outbound_mail_is_the_agents(tmp_path: Path, store: TicketStore) -> None:
    answer = note("thanks, where do I send it?", 7, incoming=True)
    run(tmp_path, store, [TICKET | {"source": 10, "conversations": [answer]}])
    assert [turn.role for turn in store.get("freshdesk-432").turns] == ["agent", "customer"]


def test_a_merged_ticket_is_superseded(tmp_path: Path, store: TicketStore) -> None:
    merge = note("This ticket is closed and merged into ticket 433", 8, private=True)
    run(tmp_path, store, [TICKET | {"conversations": [*TICKET["conversations"], merge]}])
    assert store.get("freshdesk-432").superseded_by == "freshdesk-433"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": 2}, "its status is 'open'"),
        ({"status": 12}, "its status is '12'"),
        ({"status": [5]}, "not solved"),
        ({"spam": True}, "spam"),
        ({"conversations": TICKET["conversations"][:1]}, "no answer"),
    ],
)
def test_what_is_no_solved_ticket_is_reported(
    tmp_path: Path, store: TicketStore, change: dict[str, Any], reason: str
) -> None:
    report = run(tmp_path, store, [TICKET, TICKET | {"id": 1} | change])
    assert [(skip.line, skip.ticket) for skip in report.skipped] == [(2, "freshdesk-1")]
    assert reason in report.skipped[0].reason
