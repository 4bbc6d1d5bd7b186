"""Builds the replies of the ladder: texts, sources and buttons. Decides nothing."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence

from bot.answering import personal, sentences
from bot.answering.evidence import Evidence, content_words
from bot.messages import Button, Reply, Source, Supported
from retrieval.tickets import Hit

CLARIFY = "I want to be sure I answer the right question."
HANDOFF = (
    "I don't have a reliable answer to that, and I'd rather not guess. "
    "I can pass you on to a colleague, or you can put the question in other words."
)
# How replies begin that state nothing.
EMPTY = (CLARIFY, HANDOFF)
PERSON = Button("Talk to a person", "/talk_to_person")
MAX_TITLE = 75  # characters of a button
MIN_TITLE = 2  # words that carry meaning
# What is meant stands elsewhere in the ticket.
_POINTS = re.compile(r"\b(?:it|they|them|that|this|these|those|one|here|there)\b", re.IGNORECASE)
_PREFIX = re.compile(r"^(?:(?:chat|re|fwd?|aw)\s*:\s*)+", re.IGNORECASE)
_NOTE = re.compile(r"^(?:phone )?call\b\W", re.IGNORECASE)
# What a question may begin with and means without.
_OPENING = re.compile(
    r"^(?:(?:hi|hello|hey|dear all|good (?:day|morning|evening)|and|but|so|or|also|ok)\b[\s,.!:]*)+", re.IGNORECASE
)


def ticket(item: Evidence, probability: float) -> Reply:
    """Return one past answer as it was given."""
    text = item.alone or ""
    receipt = tuple(Supported(sentence, item.ticket.id, sentence, 1.0) for sentence in sentences.split(text))
    sources = (source(item.hit, text),)
    return Reply(text, "ticket", _rounded(probability), sources, answer_id=_answer_id(), receipt=receipt)


def generated(supported: Sequence[Supported], evidence: Sequence[Evidence], probability: float) -> Reply:
    """Return the sentences as one text; the sources are the tickets they rest on, in the order of the text."""
    hits = {item.ticket.id: item.hit for item in evidence}
    spoken: dict[str, list[str]] = {}
    for part in supported:
        spoken.setdefault(part.ticket_id, []).append(part.span)
    sources = tuple(source(hits[ticket_id], " ".join(texts)) for ticket_id, texts in spoken.items())
    text = " ".join(part.text for part in supported)
    receipt = tuple(supported)
    return Reply(text, "generated", _rounded(probability), sources, answer_id=_answer_id(), receipt=receipt)


def clarify(readings: Sequence[Evidence], probability: float) -> Reply:
    """Return one question with a button for each reading; the payload is the plain question."""
    titles = [choice(item.hit) for item in readings]
    text = f"{CLARIFY} Do you mean “{titles[0]}” or “{titles[1]}”?"
    buttons = tuple(Button(title, title) for title in titles)
    sources = tuple(source(item.hit, " ".join(item.sentences)) for item in readings)
    return Reply(text, "clarify", _rounded(probability), sources, buttons, answer_id=_answer_id())


def handoff(probability: float) -> Reply:
    """Return the honest sentence and the offer of a person."""
    return Reply(HANDOFF, "handoff", _rounded(probability), (), (PERSON,), answer_id=_answer_id())


def choice(hit: Hit) -> str:
    """Return what was asked in a ticket as a question a customer can press, or nothing if it must not be shown.

    The first short question of the ticket, else a subject that is one. Notes of phone calls are written about a
    customer, not by one, and are never shown.
    """
    if _NOTE.match(hit.ticket.subject):
        return ""
    asked = [*sentences.split(hit.ticket.question), _PREFIX.sub("", hit.ticket.subject).strip()]
    return next((title for text in asked if text.endswith("?") and (title := _title(text))), "")


def _title(text: str) -> str:
    """Return a text as a title with one end mark, or nothing if it says too little by itself or too much."""
    bare = _OPENING.sub("", re.sub(r"[?!.\s]+$", "?", text))
    unfit = personal.names_a_case(bare) or bare.startswith("/") or len(bare) > MAX_TITLE or _POINTS.search(bare)
    return "" if unfit or len(content_words(bare)) < MIN_TITLE else bare[0].upper() + bare[1:]


def source(hit: Hit, said: str) -> Source:
    """Return the ticket as a source; the excerpt is the part of its answer that supports the reply.

    A subject that names somebody's case is not shown.
    """
    title = "Solved ticket" if personal.names_a_case(hit.ticket.subject) else hit.ticket.subject
    return Source(hit.ticket.id, title, sentences.excerpt(said), round(max(0.0, min(1.0, hit.dense)), 4))


def _rounded(probability: float) -> float:
    return round(probability, 4)


def _answer_id() -> str:
    return uuid.uuid4().hex
