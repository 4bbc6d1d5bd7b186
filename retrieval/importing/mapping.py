"""From a row of any help desk's export to the values of a ticket.

A mapping says which column holds which field; a column of the same name as a field needs none. Does not redact.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from retrieval.errors import ImportRefused
from retrieval.importing.reasons import RowRefused, quoted
from retrieval.tickets import Role, Turn

TEXT_FIELDS = ("subject", "question", "answer")
FIELDS = (
    *("id", *TEXT_FIELDS, "created_at", "channel", "language", "topic", "product", "csat", "reopened"),
    *("superseded_by", "customer", "turns", "tags"),
)
# Column names that are read as a field when no column has the field's own name.
ALIASES = {"question": "text", "subject": "title", "turns": "messages"}

ROLES: dict[str, Role] = {
    **dict.fromkeys(("agent", "assistant", "rep", "staff", "support", "operator", "admin", "bot"), "agent"),
    **dict.fromkeys(("customer", "cust", "user", "client", "end-user", "contact", "requester"), "customer"),
}
ROLE_KEYS, TEXT_KEYS = ("role", "author", "from", "speaker"), ("text", "body", "content", "message")

TRUE, FALSE = ("1", "true", "yes", "y", "t"), ("", "0", "false", "no", "n", "f", "none", "null")
MAX_CHARACTERS = 100_000
# What SQLite cannot hold, and characters without width, which would hide a number from redaction.
UNSEEN = dict.fromkeys(
    [0, 0x00AD, 0x034F, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF]
)
# Numbers from here on are milliseconds since 1970, below it seconds.
MILLISECONDS_FROM = 1e11
# An agent's message of fewer words closes a conversation; it does not solve a problem.
MIN_SOLUTION_WORDS = 6
# Scripts that are written without spaces; two characters make about a word.
KANA, HAN = re.compile(r"[\u3040-\u30ff]"), re.compile(r"[\u3400-\u9fff]")


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Refuse a mapping to fields that do not exist.

    Raises:
        ImportRefused: with the list of fields that do.
    """
    if unknown := sorted(set(mapping.values()) - set(FIELDS)):
        raise ImportRefused(f"There is no field {', '.join(unknown)}. A column can be mapped to: {', '.join(FIELDS)}")


def values_of(row: Mapping[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """Return the row's values by field; several columns of one field are joined as paragraphs."""
    values: dict[str, Any] = {}
    for column, field in mapping.items():
        value = lookup(row, column)
        if value not in (None, "") and isinstance(values.get(field), str):
            value = f"{values[field]}\n\n{value}"
        values[field] = values.get(field) if value in (None, "") else value
    for field in FIELDS:
        if field not in mapping.values():
            own = row.get(field)
            values[field] = row.get(ALIASES[field]) if own in (None, "") and field in ALIASES else own
    return values


def lookup(row: Mapping[str, Any], path: str) -> Any:
    """Return what stands at a column or a path such as ``ticket.comments[0].body``; None if nothing does."""
    if path in row:
        return row[path]
    value: Any = row
    for step in re.findall(r"[^.\[\]]+", path):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and re.fullmatch(r"-?\d+", step) and -len(value) <= int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def text(value: Any, field: str) -> str:
    """Return a text without what SQLite cannot hold.

    Raises:
        RowRefused: it is a list or an object, or too long.
    """
    if value is None:
        return ""
    if isinstance(value, (list, dict)):
        raise RowRefused(f"{field} is a {type(value).__name__}, not a text; map a path into it, such as column[0].body")
    plain = str(value).translate(UNSEEN).encode("utf-8", "replace").decode("utf-8").strip()
    if len(plain) > MAX_CHARACTERS:
        raise RowRefused(f"{field} has {len(plain)} characters; at most {MAX_CHARACTERS} are stored")
    return plain


def turns(value: Any) -> tuple[Turn, ...]:
    """Return a conversation from a list of ``[role, text]`` or ``{"role": ..., "text": ...}``; turns as they are."""
    if value in (None, "", []):
        return ()
    if isinstance(value, tuple):
        return value
    if not isinstance(value, list):
        raise RowRefused(f"turns is a {type(value).__name__}, not a list of [role, text]")
    found = [_turn(item) for item in value]
    return tuple(turn for turn in found if turn.text)


def _turn(item: Any) -> Turn:
    if isinstance(item, dict):
        role, said = (next((item[key] for key in keys if item.get(key)), "") for keys in (ROLE_KEYS, TEXT_KEYS))
    elif isinstance(item, list) and len(item) == 2:
        role, said = item
    else:
        raise RowRefused("turns has an item that is neither [role, text] nor an object with role and text")
    known = ROLES.get(str(role).strip().lower())
    if known is None:
        raise RowRefused(f"turns has the role {quoted(str(role))}; known are: {', '.join(ROLES)}")
    return Turn(known, text(said, "turns"))


def opening(conversation: Sequence[Turn]) -> str:
    """Return what the customer wrote before an agent said anything, or first of all."""
    first: list[str] = []
    for turn in conversation:
        if turn.role == "customer":
            first.append(turn.text)
        elif first:
            break
    return "\n".join(first)


def solution(conversation: Sequence[Turn]) -> str:
    """Return what the agent said without questions back to the customer and closing words."""
    said = [
        (turn.text, any(later.role == "customer" for later in conversation[at + 1 :]))
        for at, turn in enumerate(conversation)
        if turn.role == "agent"
    ]
    solving = [
        part
        for part, answered in said
        if words(part) >= MIN_SOLUTION_WORDS and not (answered and part.endswith(("?", "？")))
    ]
    return "\n\n".join(solving or [part for part, _ in said])


def words(part: str) -> int:
    """Return about how many words a text has, in scripts with and without spaces."""
    return len(part.split()) + (len(HAN.findall(part)) + len(KANA.findall(part))) // 2


def moment(value: Any) -> str:
    """Return a date as ISO 8601 in UTC; a date without a zone is taken as UTC, none as unknown (empty)."""
    written = str(value).strip() if value is not None else ""
    if not written:
        return ""
    try:
        found = _parse_moment(written)
        found = (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (ValueError, TypeError, OverflowError, OSError, IndexError):
        raise RowRefused(f"created_at is {quoted(written)}; expected ISO 8601 such as 2026-04-12T09:31:00Z") from None
    return f"{found.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _parse_moment(written: str) -> datetime:
    if re.fullmatch(r"\d{9,13}(\.\d+)?", written):
        seconds = float(written)
        return datetime.fromtimestamp(seconds / 1000 if seconds >= MILLISECONDS_FROM else seconds, timezone.utc)
    if written[0].isdigit() and len(written) > 4 and written[4] == "-":
        iso = re.sub(r"(\.\d{1,6})\d*", lambda match: match.group(1).ljust(7, "0"), written)
        return datetime.fromisoformat(iso.replace("Z", "+00:00").replace(" UTC", "+00:00"))
    return parsedate_to_datetime(written)


def rating(value: Any) -> int | None:
    """Return a satisfaction of 1 to 5, or None where there is none."""
    written = str(value).strip() if value is not None else ""
    if not written:
        return None
    if not re.fullmatch(r"[1-5](\.0+)?", written):
        raise RowRefused(f"csat is {quoted(written)}; expected 1 to 5 or nothing")
    return int(written[0])


def truth(value: Any, field: str) -> bool:
    """Return a yes or a no."""
    written = "" if value is None else str(value).strip().lower()
    if written not in TRUE + FALSE:
        raise RowRefused(f"{field} is {quoted(written)}; expected true or false")
    return written in TRUE


def tags(value: Any) -> tuple[str, ...]:
    """Return tags from a list or a text with commas or semicolons between them."""
    if isinstance(value, list):
        return tuple(text(item, "tags") for item in value if text(item, "tags"))
    return tuple(part.strip() for part in re.split(r"[,;]", text(value, "tags")) if part.strip())
