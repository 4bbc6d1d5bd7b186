"""Builds the replies of the ladder: texts, sources and buttons. Decides nothing."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence

from bot.answering import personal, sentences
from bot.answering.evidence import Evidence
from bot.answering.grounding import Cited
from bot.messages import Button, Reply, Source
from retrieval.tickets import Hit

CLARIFY = "I want to be sure I answer the right question."
HANDOFF = (
    "I don't have a reliable answer to that, and I'd rather not guess. "
    "I can pass you on to a colleague, or you can put the question in other words."
)
PERSON = Button("Talk to a person", "/talk_to_person")
MAX_TITLE = 60  # characters of a button
_PREFIX = re.compile(r"^(?:(?:call|chat|re|fwd?|aw)\s*:\s*)+", re.IGNORECASE)


def ticket(item: Evidence, probability: float) -> Reply:
    """Return one past answer as it was given."""
    text = item.alone or ""
    return Reply(text, "ticket", _rounded(probability), (source(item.hit, text),), answer_id=_answer_id())


def generated(cited: Sequence[Cited], evidence: Sequence[Evidence], probability: float) -> Reply:
    """Return the cited sentences as one text; the sources are the tickets cited, in the order of the text."""
    hits = {item.ticket.id: item.hit for item in evidence}
    spoken: dict[str, list[str]] = {}
    for part in cited:
        spoken.setdefault(part.ticket_id, []).append(part.text)
    sources = tuple(source(hits[ticket_id], " ".join(texts)) for ticket_id, texts in spoken.items())
    text = " ".join(part.text for part in cited)
    return Reply(text, "generated", _rounded(probability), sources, answer_id=_answer_id())


def clarify(readings: Sequence[Evidence], probability: float) -> Reply:
    """Return one question with a button for each reading; the payload is the plain question."""
    titles = [choice(item.hit) for item in readings]
    text = f"{CLARIFY} Is it about “{titles[0]}” or about “{titles[1]}”?"
    buttons = tuple(Button(title, title) for title in titles)
    sources = tuple(source(item.hit, " ".join(item.sentences)) for item in readings)
    return Reply(text, "clarify", _rounded(probability), sources, buttons, answer_id=_answer_id())


def handoff(probability: float) -> Reply:
    """Return the honest sentence and the offer of a person."""
    return Reply(HANDOFF, "handoff", _rounded(probability), (), (PERSON,), answer_id=_answer_id())


def choice(hit: Hit) -> str:
    """Return a ticket's subject as a question a customer can press, or nothing if it must not be shown."""
    subject = _PREFIX.sub("", sentences.excerpt(hit.ticket.subject, MAX_TITLE)).strip(" .!-–")
    if len(sentences.words(subject)) < 2 or personal.names_a_case(subject) or subject.startswith("/"):
        return ""
    return subject[0].upper() + subject[1:]


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
