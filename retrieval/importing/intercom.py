"""Intercom: conversations with their parts, as the API hands them out one by one.

Fields as in Intercom's API documents: Conversations. A list of conversations has no parts, so each is to be retrieved.
Bots are not heard, what they say was not checked by anyone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from retrieval.importing.documents import SideList, Sides
from retrieval.importing.mapping import moment
from retrieval.importing.reasons import RowRefused, quoted
from retrieval.importing.shapes import found_text, listed, mapped
from retrieval.importing.threads import Message, conversation, plain_subject, spoken_language
from retrieval.tickets import Role

# Parts that hold what was said; notes, assignments and changes of attributes are internal.
SPOKEN = ("comment", "open", "close", "quick_reply", "fin_slack_reply")
ROLES: dict[str, Role] = {
    **dict.fromkeys(("user", "lead", "contact", "visitor"), "customer"),
    **dict.fromkeys(("admin", "team"), "agent"),
}


class Intercom:
    """Reads Intercom's conversations."""

    side_lists: Sequence[SideList] = (SideList("contacts", "id", ("email", "language_override", "browser_locale")),)

    def join(self, row: Mapping[str, Any], sides: Sides) -> dict[str, Any]:
        """Return the conversation with the first contact's address."""
        talk = dict(mapped(row.get("conversation")) or row)
        contacts = talk.get("contacts")
        first = next(iter(listed(mapped(contacts), "contacts") or listed(talk, "contacts")), {})
        author = mapped(mapped(talk.get("source")).get("author"))
        author = author if ROLES.get(str(author.get("type"))) == "customer" else {}
        talk["person"] = author | first | sides.find("contacts", first.get("id") or author.get("id"))
        return talk

    def name(self, row: Mapping[str, Any]) -> str:
        """Return the id of a conversation."""
        return found_text(row.get("id"))

    def values(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a closed conversation by field.

        Raises:
            RowRefused: the conversation is not closed, or has no parts.
        """
        state = row.get("state") or ("open" if row.get("open") is not False else "closed")
        if state != "closed":
            raise RowRefused(f"not solved: its state is {quoted(str(state))}")
        if not _parts(row):
            raise RowRefused("no conversation_parts: retrieve each conversation, a list has no answers in it")
        source, person = mapped(row.get("source")), row["person"]
        topics = listed(mapped(row.get("topics")), "topics")
        return {
            "id": self.name(row),
            "subject": plain_subject(row.get("title") or source.get("subject")),
            "created_at": row.get("created_at"),
            "channel": source.get("type"),
            "language": spoken_language(person.get("language_override") or person.get("browser_locale")),
            "topic": next((topic.get("name") for topic in topics), None),
            "csat": mapped(row.get("conversation_rating")).get("rating"),
            "reopened": bool(mapped(row.get("statistics")).get("count_reopens")),
            "customer": person.get("email"),
            "turns": conversation(_messages(row)),
            "tags": [tag.get("name") for tag in listed(mapped(row.get("tags")), "tags")],
        }


def _messages(row: Mapping[str, Any]) -> Iterator[Message]:
    said = sorted(_parts(row), key=lambda part: moment(part.get("created_at")))
    spoken = [part for part in said if part.get("part_type") in SPOKEN]
    for part in (mapped(row.get("source")), *spoken):
        author = mapped(part.get("author"))
        role = ROLES.get(str(author.get("type")))
        by_machine = author.get("from_ai_agent") is True or author.get("is_ai_answer") is True
        if role is not None and not by_machine and part.get("redacted") is not True and part.get("body"):
            yield Message(role, found_text(part["body"]))


def _parts(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    parts = row.get("conversation_parts")
    return listed(mapped(parts), "conversation_parts") or listed(row, "conversation_parts")
