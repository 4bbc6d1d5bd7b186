"""From the values of a row to a ticket without personal data.

A draft is a ticket as the export has it; it lives in memory until its texts are redacted, some hundred tickets at a
time. Does not store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from retrieval.audit import Removed, RowHash
from retrieval.importing import mapping as fields
from retrieval.importing.reasons import RowRefused
from retrieval.language import language_of
from retrieval.redact import Redacted, customer_key, redact_all
from retrieval.tickets import Ticket, Turn

# Fields of a word or two: what looks like a person there is a product, a team or a place.
LABELS = ("topic", "product", "tags")
NAME = "NAME"


def draft(values: Mapping[str, Any], secret: str) -> Ticket:
    """Return the ticket that a row's values make, still with the personal data in it.

    Raises:
        RowRefused: a value is not what its field holds.
    """
    customer = fields.text(values["customer"], "customer")
    raw = Ticket(
        id=fields.text(values["id"], "id"),
        **{name: fields.text(values[name], name) for name in (*fields.TEXT_FIELDS, "channel", "topic")},
        created_at=fields.moment(values["created_at"]),
        language=fields.text(values["language"], "language"),
        product=fields.text(values["product"], "product") or None,
        csat=fields.rating(values["csat"]),
        reopened=fields.truth(values["reopened"], "reopened"),
        superseded_by=fields.text(values["superseded_by"], "superseded_by") or None,
        customer_key=customer_key(customer, secret) if customer else None,
        turns=fields.turns(values["turns"]),
        tags=fields.tags(values["tags"]),
    )
    return raw if raw.id else replace(raw, id=_own_id(raw, secret))


def _own_id(raw: Ticket, secret: str) -> str:
    """Return the id of a row that has none.

    It is a keyed hash of what was written, not of what redaction leaves of it: new rules of redaction keep the id.
    """
    question, answer = raw.question or fields.opening(raw.turns), raw.answer or fields.solution(raw.turns)
    written = "\0".join((question, answer)).encode()
    return f"auto-{RowHash(secret, 'id')(written).hex()[:16]}" if question and answer else ""


class Redaction:
    """The texts of many drafts, redacted at once; a text that stands in several fields is counted once."""

    def __init__(self, drafts: Iterable[Ticket], keep: Sequence[str] = ()) -> None:
        texts = list(dict.fromkeys(text for one in drafts for _, text in _texts(one)))
        self._found: dict[str, Redacted] = dict(zip(texts, redact_all(texts, keep), strict=True))

    def ticket(self, raw: Ticket) -> Ticket:
        """Return the draft without personal data, with its question and its answer.

        Raises:
            RowRefused: there is no question or no answer in it.
        """
        turns = tuple(Turn(turn.role, self._clean(turn.text)) for turn in raw.turns)
        question, answer = self._clean(raw.question), self._clean(raw.answer)
        if question and turns and question != turns[0].text:
            turns = (Turn("customer", question), *turns)
        question = question or fields.opening(turns)
        answer = answer or fields.solution(turns)
        if not question or not answer:
            raise RowRefused(f"no {'answer' if question else 'question'}: nothing that a next customer could use")
        return replace(
            raw,
            subject=self._clean(raw.subject),
            question=question,
            answer=answer,
            turns=turns,
            language=raw.language or language_of(question),
            topic=self._label(raw.topic),
            product=self._label(raw.product or "") or None,
            tags=tuple(map(self._label, raw.tags)),
        )

    def removed(self, raw: Ticket) -> tuple[Removed, ...]:
        """Return what was taken out of a draft."""
        first: dict[str, str] = {}
        for field, text in _texts(raw):
            first.setdefault(text, field)
        return tuple(
            Removed(field, removal.kind, removal.rule)
            for text, field in first.items()
            if field not in LABELS or self._label(text) != text
            for removal in self._found[text].removals
        )

    def _clean(self, text: str) -> str:
        return self._found[text].text if text else ""

    def _label(self, text: str) -> str:
        if not text or all(removal.kind == NAME for removal in self._found[text].removals):
            return text
        return self._found[text].text


def _texts(raw: Ticket) -> Iterator[tuple[str, str]]:
    """Yield each text of a draft with the field it stands in."""
    for name in fields.TEXT_FIELDS:
        yield name, getattr(raw, name)
    yield from (("turns", turn.text) for turn in raw.turns)
    yield from (("topic", raw.topic), ("product", raw.product or ""))
    yield from (("tags", tag) for tag in raw.tags)
