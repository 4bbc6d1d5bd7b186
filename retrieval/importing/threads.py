"""From the messages of a help desk's ticket to a conversation between customer and agents.

What nobody wrote, quoted or repeated is left out. Who may be heard is decided by the form: private notes never come
here. Does not redact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from retrieval.importing.mail import JUNK, own_words
from retrieval.importing.mapping import MAX_CHARACTERS
from retrieval.importing.markup import to_text
from retrieval.importing.notices import is_notice, without_surveys
from retrieval.importing.reasons import RowRefused
from retrieval.tickets import Role, Turn

# A mail of more than this is a log or an image in text form; to read it would hold up all others.
MAX_MARKUP = 5 * MAX_CHARACTERS
REPLY_PREFIX = re.compile(
    r"\s*(?:(?:re|aw|antw|fwd?|wg|tr|rv|sv|vs|回复|答复|转发|回覆|轉寄)\s?[:：]|\[[^\]]{0,40}#\d+[^\]]{0,10}\])\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Message:
    """One public message as the export has it: text or HTML."""

    role: Role
    body: str


def conversation(messages: Iterable[Message]) -> tuple[Turn, ...]:
    """Return the turns that people wrote, each in its writer's own words.

    Raises:
        RowRefused: a message is too long to be one.
    """
    turns: list[Turn] = []
    for message in messages:
        if len(message.body) > MAX_MARKUP:
            raise RowRefused(f"a message has {len(message.body)} characters; at most {MAX_MARKUP} are read")
        said = to_text(message.body)
        if is_notice(said):
            continue
        agent = message.role == "agent"
        turn = Turn(message.role, without_surveys(own_words(said, first=not turns, agent=agent)))
        if turn.text and (not turns or turn != turns[-1]):
            turns.append(turn)
    return tuple(turns)


def plain_subject(subject: object) -> str:
    """Return a subject without what mail programs put before it."""
    text = to_text(str(subject or "")).translate(JUNK).strip()
    while found := REPLY_PREFIX.match(text):
        text = text[found.end() :]
    return text


def spoken_language(locale: object) -> str:
    """Return the language of a locale such as ``de-AT``; empty if there is none."""
    return re.split(r"[-_]", str(locale or "").strip().lower(), maxsplit=1)[0]
