"""Freshdesk: tickets of the API (v2, ``include=conversations,requester,stats``) or of the account export (v1 names).

Fields as in Freshdesk's API documents: Tickets, Conversations, Satisfaction Ratings. Products and ratings are joined
where their lists stand beside the tickets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from retrieval.importing.documents import SideList, Sides
from retrieval.importing.notices import merged_into
from retrieval.importing.reasons import RowRefused, quoted
from retrieval.importing.shapes import found_number, found_text, listed, mapped, objects
from retrieval.importing.threads import Message, conversation, plain_subject, spoken_language

STATUSES = {2: "open", 3: "pending", 4: "resolved", 5: "closed"}
SOLVED = (4, 5)
OUTBOUND = 10
CHANNELS = {
    1: "email",
    2: "portal",
    3: "phone",
    4: "forum",
    5: "twitter",
    6: "facebook",
    7: "chat",
    8: "mobihelp",
    9: "feedback_widget",
    OUTBOUND: "outbound_email",
    11: "ecommerce",
    12: "bot",
}
# Conversations that are no words between customer and agent: answers to a survey, mails forwarded to others.
SURVEY_ANSWER, FORWARDED = 6, 8
# Seven faces, from "extremely happy" to "extremely unhappy", on five.
SATISFACTION = {103: 5, 102: 5, 101: 4, 100: 3, -101: 2, -102: 1, -103: 1}


class Freshdesk:
    """Reads Freshdesk's tickets."""

    side_lists: Sequence[SideList] = (
        SideList("products", "id", ("name",)),
        SideList("contacts", "id", ("email", "language")),
        SideList("satisfaction_ratings", "ticket_id", ("ratings",)),
    )

    def join(self, row: Mapping[str, Any], sides: Sides) -> dict[str, Any]:
        """Return the ticket with its product, requester and rating."""
        ticket = dict(mapped(row.get("helpdesk_ticket")) or row)
        notes = ticket.get("conversations") or row.get("conversations") or listed(ticket, "notes")
        ticket["conversations"] = [mapped(note.get("note")) or note for note in objects(notes)]
        contact = sides.find("contacts", ticket.get("requester_id"))
        ticket["requester"] = contact | mapped(ticket.get("requester"))
        ticket.setdefault("product", sides.find("products", ticket.get("product_id")).get("name"))
        rating = sides.find("satisfaction_ratings", ticket.get("id"))
        ticket.setdefault("satisfaction_ratings", [rating] if rating else [])
        return ticket

    def name(self, row: Mapping[str, Any]) -> str:
        """Return the number of a ticket, which is its id in the API and its display id in the export."""
        return found_text(row.get("display_id") or row.get("id"))

    def values(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a solved ticket by field.

        Raises:
            RowRefused: the ticket is not solved, spam or deleted, or nothing public was said.
        """
        status = row.get("status")
        if found_number(status) not in SOLVED:
            raise RowRefused(f"not solved: its status is {quoted(STATUSES.get(found_number(status), str(status)))}")
        if row.get("spam") is True or row.get("deleted") is True:
            raise RowRefused("spam or deleted")
        requester = row["requester"]
        merged = (merged_into(_body(note, "body")) for note in row["conversations"])
        return {
            "id": self.name(row),
            "subject": plain_subject(row.get("subject")),
            "created_at": row.get("created_at"),
            "channel": CHANNELS.get(found_number(row.get("source")), ""),
            "language": spoken_language(requester.get("language")),
            "topic": row.get("type") or row.get("ticket_type"),
            "product": row.get("product") if isinstance(row.get("product"), str) else None,
            "csat": _satisfaction(row),
            "reopened": bool(mapped(row.get("stats")).get("reopened_at")),
            "superseded_by": next(filter(None, merged), None),
            "customer": requester.get("email") or row.get("email"),
            "turns": conversation(_messages(row)),
            "tags": _tags(row.get("tags")),
        }


def _messages(row: Mapping[str, Any]) -> Iterator[Message]:
    yield Message("agent" if row.get("source") == OUTBOUND else "customer", _body(row, "description"))
    for note in sorted(row["conversations"], key=lambda note: str(note.get("created_at") or "")):
        # What is not marked as public is taken as a private note.
        if note.get("private") is not False or note.get("source") in (SURVEY_ANSWER, FORWARDED):
            continue
        yield Message("customer" if note.get("incoming") is True else "agent", _body(note, "body"))


def _satisfaction(row: Mapping[str, Any]) -> int | None:
    given = listed(row, "satisfaction_ratings")
    latest = max(given, key=lambda rating: str(rating.get("created_at") or ""), default={})
    return SATISFACTION.get(found_number(mapped(latest.get("ratings")).get("default_question")))


def _tags(found: Any) -> list[Any]:
    return [mapped(tag).get("name", tag) for tag in found] if isinstance(found, list) else []


def _body(value: Mapping[str, Any], name: str) -> str:
    return found_text(value.get(f"{name}_html") or value.get(name) or value.get(f"{name}_text"))
