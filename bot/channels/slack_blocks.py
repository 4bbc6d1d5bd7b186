"""How a message looks in Slack: blocks of the Block Kit, made from a stored reply.

Text of customers, tickets and people never becomes Slack's markup: what could mention a channel or a person is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.push import Spoken, button_reference, can_be_rated, rating_reference, sources_title, split_text

# Slack's limits: text of a section, of a button, of a context element; elements in an actions block.
SECTION, LABEL, CONTEXT, ELEMENTS = 3000, 75, 2000, 5
# Sections of one message; Slack takes 50 blocks, and the last message carries sources and buttons too.
SECTIONS = 10
MAX_SOURCES = 3
# Without what ends a sentence.
_URL = re.compile(r"https?://[^\s<>|&]+(?:&amp;[^\s<>|&]+)*(?<![.,;:!?)'\"])")


def escape(text: str) -> str:
    """Return text that Slack shows as it is; whole web addresses stay links."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _URL.sub(lambda match: f"<{match[0]}>", escaped)


def parts_of(message: Spoken) -> list[dict[str, Any]]:
    """Return the messages to post, each as the ``text`` and ``blocks`` of chat.postMessage."""
    said = _sections(str(message.body.get("text") or "…"))
    groups = [said[at : at + SECTIONS] for at in range(0, len(said), SECTIONS)] or [["…"]]
    parts = [_part(message, number, texts) for number, texts in enumerate(groups)]
    parts[-1]["blocks"] += [*_sources(message.body), *_buttons(message), *_thumbs(message)]
    return parts


def without(blocks: Sequence[Mapping[str, Any]], group: str, note: str) -> list[dict[str, Any]]:
    """Return blocks in which a line of text stands instead of the buttons of ``group``."""
    kept = [dict(block) for block in blocks if not str(block.get("block_id", "")).startswith(f"{group}.")]
    return [*kept, _context(note)]


def _sections(text: str) -> list[str]:
    """Cut first and escape then, so that no escape is cut in two; escapes may make a part too long: cut finer."""
    for limit in (SECTION, SECTION // 2, SECTION // 6):
        cut = [escape(part) for part in split_text(text, limit)]
        if all(len(part) <= SECTION for part in cut):
            return cut
    return [part[:SECTION] for part in cut]


def _part(message: Spoken, number: int, texts: Sequence[str]) -> dict[str, Any]:
    agent = str(message.body.get("agent") or "")
    head = [_context(f"{agent}:")] if agent and number == 0 else []
    blocks = [
        {"type": "section", "block_id": f"{mark(message, number)}.{place}", "text": _mrkdwn(text)}
        for place, text in enumerate(texts)
    ]
    return {"text": "\n".join(texts), "blocks": [*head, *blocks]}


def mark(message: Spoken, number: int) -> str:
    """Return the beginning of block ids that only this part of this message has."""
    return f"said.{message.seq}.{number}.{message.at}"


def _mrkdwn(text: str) -> dict[str, Any]:
    # verbatim: Slack would turn "@channel" and "#name" in the text into mentions.
    return {"type": "mrkdwn", "text": text or " ", "verbatim": True}


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "plain_text", "text": text[:CONTEXT], "emoji": False}]}


def _sources(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    titles = [str(source.get("title") or source.get("id")) for source in body.get("sources") or ()][:MAX_SOURCES]
    return [_context(f"{sources_title(str(body.get('text') or ''))} {' · '.join(titles)}")] if titles else []


def _buttons(message: Spoken) -> list[dict[str, Any]]:
    elements = [
        _button(str(button["title"]), button_reference(message.seq, index), message.sender_id)
        for index, button in enumerate(message.body.get("buttons") or ())
    ]
    rows = [elements[at : at + ELEMENTS] for at in range(0, len(elements), ELEMENTS)]
    return [{"type": "actions", "block_id": f"ask.{row}", "elements": items} for row, items in enumerate(rows)]


def _thumbs(message: Spoken) -> list[dict[str, Any]]:
    if not can_be_rated(message.body):
        return []
    thumbs = (("👍", "up"), ("👎", "down"))
    elements = [_button(face, rating_reference(message.seq, value), message.sender_id) for face, value in thumbs]
    return [{"type": "actions", "block_id": "rate.0", "elements": elements}]


def _button(title: str, reference: str, sender_id: str) -> dict[str, Any]:
    label = title if len(title) <= LABEL else f"{title[: LABEL - 1]}…"
    text = {"type": "plain_text", "text": label or "…", "emoji": True}
    return {"type": "button", "action_id": reference, "text": text, "value": f"{reference} {sender_id}"}
