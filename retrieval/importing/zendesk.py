"""Zendesk: tickets of the JSON export or of the (incremental) ticket API, each with its comments.

Fields as in Zendesk's API documents: Tickets, Ticket Comments, Users, Ticket Metrics. A ticket carries its comments as
``comments`` (a list, or the whole answer of the comments API), or both stand in one object as ``ticket`` and
``comments``. People come from ``requester``, or from ``users`` beside the tickets (``include=users``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from retrieval.importing.documents import SideList, Sides
from retrieval.importing.notices import merged_into
from retrieval.importing.reasons import RowRefused, quoted
from retrieval.importing.shapes import by_name, found_text, listed, mapped, objects
from retrieval.importing.threads import Message, conversation, plain_subject, spoken_language

SOLVED = ("solved", "closed")
SATISFACTION = {"good": 5, "good_with_comment": 5, "bad": 1, "bad_with_comment": 1}
ROLES = {"end-user": "customer", "agent": "agent", "admin": "agent"}
MERGED_TAG = "closed_by_merge"
PERSON = ("id", "role", "email", "locale")


class Zendesk:
    """Reads Zendesk's tickets."""

    side_lists: Sequence[SideList] = (
        SideList("users", "id", PERSON),
        SideList("metric_sets", "ticket_id", ("reopens",)),
    )

    def join(self, row: Mapping[str, Any], sides: Sides) -> dict[str, Any]:
        """Return the ticket with its comments and the people who speak in it."""
        ticket = dict(mapped(row.get("ticket")) or row)
        comments = row.get("comments", ticket.get("comments"))
        inner = [*listed(row, "users"), *listed(mapped(comments), "users")]
        ticket["comments"] = listed(mapped(comments), "comments") or objects(comments)
        ticket["custom_fields"] = by_name(ticket.get("custom_fields"), "id", "value")
        people = {str(user.get("id")): {name: user.get(name) for name in PERSON} for user in inner}
        requester = mapped(ticket.get("requester"))
        ids = (_requester_id(ticket), *(comment.get("author_id") for comment in ticket["comments"]))
        for key in {found_text(found) for found in ids} - {""}:
            people.setdefault(key, sides.find("users", key))
        ticket["people"] = people | ({str(requester["id"]): requester} if requester.get("id") else {})
        ticket.setdefault("metric_set", sides.find("metric_sets", ticket.get("id")))
        return ticket

    def name(self, row: Mapping[str, Any]) -> str:
        """Return the id of a ticket."""
        return found_text(row.get("id"))

    def values(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a solved ticket by field.

        Raises:
            RowRefused: the ticket is not solved, or nothing public was said.
        """
        if row.get("status") not in SOLVED:
            raise RowRefused(f"not solved: its status is {quoted(str(row.get('status')))}")
        if not row["comments"]:
            raise RowRefused("no comments: export them with the tickets, an answer stands nowhere else")
        customer = row["people"].get(found_text(_requester_id(row)), {})
        merged = [merged_into(_body(comment)) for comment in row["comments"]] if MERGED_TAG in _tags(row) else []
        return {
            "id": self.name(row),
            "subject": plain_subject(row.get("subject") or row.get("raw_subject")),
            "created_at": row.get("created_at"),
            "channel": mapped(row.get("via")).get("channel"),
            "language": spoken_language(customer.get("locale")),
            "csat": SATISFACTION.get(str(mapped(row.get("satisfaction_rating")).get("score"))),
            "reopened": bool(mapped(row.get("metric_set")).get("reopens")),
            "superseded_by": next((number for number in reversed(merged) if number), None),
            "customer": customer.get("email") or _sender(row),
            "turns": conversation(_messages(row)),
            "tags": _tags(row),
        }


def _messages(row: Mapping[str, Any]) -> Iterator[Message]:
    comments = sorted(row["comments"], key=lambda comment: str(comment.get("created_at") or ""))
    for comment in comments:
        author = found_text(comment.get("author_id"))
        # Calls are told of, not said; -1 is the system. What is not marked as public is taken as a private note.
        if comment.get("public") is not True or comment.get("type", "Comment") != "Comment" or author in ("-1", ""):
            continue
        yield Message("customer" if _is_customer(row, author) else "agent", _body(comment))


def _is_customer(row: Mapping[str, Any], author: str) -> bool:
    role = ROLES.get(str(row["people"].get(author, {}).get("role")))
    if role is not None:
        return role == "customer"
    copied = (*(row.get("collaborator_ids") or ()), *(row.get("email_cc_ids") or ()))
    return author == found_text(_requester_id(row)) or (
        author in map(found_text, copied) and author != found_text(row.get("assignee_id"))
    )


def _requester_id(row: Mapping[str, Any]) -> Any:
    return row.get("requester_id") or mapped(row.get("requester")).get("id")


def _sender(row: Mapping[str, Any]) -> Any:
    source = mapped(mapped(row.get("via")).get("source"))
    return mapped(source.get("from")).get("address")


def _tags(row: Mapping[str, Any]) -> list[Any]:
    tags = row.get("tags")
    return tags if isinstance(tags, list) else []


def _body(comment: Mapping[str, Any]) -> str:
    return found_text(comment.get("html_body") or comment.get("plain_body") or comment.get("body"))
