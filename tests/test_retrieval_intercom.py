"""Intercom's conversations with their parts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from retrieval.importers import ImportReport, import_tickets
from retrieval.redact import customer_key
from retrieval.store import TicketStore
from retrieval.tickets import Ticket, Turn

CONTACT = {"type": "user", "id": "5bc8f7", "email": "anna@example.org"}
ADMIN = {"type": "admin", "id": "814860"}


def part(author: dict[str, Any], text: str, at: int, kind: str = "comment", **others: Any) -> dict[str, Any]:
    return {"part_type": kind, "author": author, "body": f"<p>{text}</p>", "created_at": 1775986260 + at} | others


PARTS = [
    part({"type": "bot", "id": "1"}, "Typically replies in a few hours", 1),
    part(ADMIN, "he is impatient", 2, "note"),
    part(ADMIN, "we send a new pole within three days.", 3),
    part(CONTACT, "thank you", 4),
    part(ADMIN, "", 5, "close", body=None),
]
TALK: dict[str, Any] = {
    "type": "conversation",
    "id": "1911149811",
    "created_at": 1775986260,
    "state": "closed",
    "title": None,
    "source": {"type": "email", "subject": "<p>Re: Pole</p>", "body": "<p>the pole broke</p>", "author": CONTACT},
    "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": "5bc8f7"}]},
    "tags": {"type": "tag.list", "tags": [{"type": "tag", "name": "tents"}]},
    "topics": {"topics": [{"name": "Spare parts"}]},
    "conversation_rating": {"rating": 4},
    "statistics": {"count_reopens": 2},
    "conversation_parts": {"type": "conversation_part.list", "conversation_parts": PARTS},
}


@pytest.fixture
def store():
    with TicketStore(":memory:") as opened:
        yield opened


def run(tmp_path: Path, store: TicketStore, document: Any) -> ImportReport:
    path = tmp_path / "export.json"
    path.write_text(json.dumps(document))
    return import_tickets(path, store, form="intercom", mapping={}, secret="secret")


def parts(*more: dict[str, Any]) -> dict[str, Any]:
    return {"conversation_parts": {"conversation_parts": [*PARTS, *more]}}


def test_a_conversation_is_taken_whole(tmp_path: Path, store: TicketStore) -> None:
    run(tmp_path, store, TALK)
    turns = (
        Turn("customer", "the pole broke"),
        Turn("agent", "we send a new pole within three days."),
        Turn("customer", "thank you"),
    )
    assert store.get("intercom-1911149811") == Ticket(
        id="intercom-1911149811",
        subject="Pole",
        question="the pole broke",
        answer=turns[1].text,
        created_at="2026-04-12T09:31:00Z",
        channel="email",
        language="en",
        topic="Spare parts",
        csat=4,
        reopened=True,
        customer_key=customer_key("anna@example.org", "secret"),
        turns=turns,
        tags=("tents",),
    )


def test_contacts_beside_the_conversations_say_the_language(tmp_path: Path, store: TicketStore) -> None:
    contact = {"id": "5bc8f7", "email": "anna@example.org", "language_override": None, "browser_locale": "fr-FR"}
    run(tmp_path, store, {"conversations": [TALK], "contacts": [contact]})
    assert store.get("intercom-1911149811").language == "fr"


@pytest.mark.parametrize(
    "unheard",
    [
        part(ADMIN, "internal", 6, "note"),
        part(ADMIN, "assigned to the warehouse", 6, "assignment"),
        part({"type": "bot"}, "an answer of a machine", 6),
        part(ADMIN | {"from_ai_agent": True}, "an answer of a machine", 6),
        part(ADMIN, "taken back", 6, redacted=True),
        part({}, "nobody", 6),
    ],
)
def test_only_people_in_public_are_heard(tmp_path: Path, store: TicketStore, unheard: dict[str, Any]) -> None:
    run(tmp_path, store, [TALK | parts(unheard)])
    assert len(store.get("intercom-1911149811").turns) == 3


def test_a_closing_comment_is_heard(tmp_path: Path, store: TicketStore) -> None:
    run(tmp_path, store, [TALK | parts(part(ADMIN, "the parcel was sent today", 6, "close"))])
    assert store.get("intercom-1911149811").turns[-1] == Turn("agent", "the parcel was sent today")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": "open"}, "its state is 'open'"),
        ({"state": "snoozed"}, "its state is 'snoozed'"),
        ({"state": None, "open": True}, "its state is 'open'"),
        ({"conversation_parts": None}, "no conversation_parts"),
        ({"conversation_parts": {"conversation_parts": PARTS[:2]}}, "no answer"),
    ],
)
def test_what_is_no_solved_conversation_is_reported(
    tmp_path: Path, store: TicketStore, change: dict[str, Any], reason: str
) -> None:
    report = run(tmp_path, store, [TALK | {"id": "9"} | change, TALK])
    assert [(skip.line, skip.ticket) for skip in report.skipped] == [(1, "intercom-9")]
    assert reason in report.skipped[0].reason
