"""The words that processes exchange: replies, their sources and their buttons.

Plain data with a dictionary form for JSON. Nothing here reads a file, a socket or the environment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from bot.errors import MalformedMessage

Rung = Literal["template", "ticket", "generated", "clarify", "handoff"]
RUNGS: tuple[str, ...] = get_args(Rung)

# Key under which a reply travels in a Rasa response's ``custom`` part (``json_message`` of a dispatcher).
CUSTOM_KEY = "frontdesk"

# Keys under which the worker tells the actions about a message: in its metadata the words of requests that wait behind
# a form, and on the parsed message that it means another order ("and the other one?") without its number.
WAITING = "waiting"
# And who has written it, by the word of the shop's own server: user_id, name and email.
CUSTOMER = "customer"
ANOTHER = "another_order"
# The key under which the pipeline notes what a mistyped message means.
MEANT = "meant"
# The key of a message that holds no word: a person is offered for it, but nobody is queued without being asked.
SENSELESS = "senseless"

# A letter or digit of any script, or a sign of agreement.
_SAYS_SOMETHING = re.compile(r"[^\W_]|[\U0001F44D\U0001F44C\U0001F197\U0001F4AF\u2705\u2714\u2611]")


@dataclass(frozen=True)
class Source:
    """A solved ticket that supports a reply; ``score`` is the ticket's relevance, 0..1."""

    id: str
    title: str
    excerpt: str
    score: float


@dataclass(frozen=True)
class Supported:
    """One sentence of a composed reply and what it rests on: its receipt.

    ``span`` is the sentence or sentences of the past answer that state it, joined with " … " where they stand in two
    tickets; ``ticket_id`` is then the one with the larger share. ``score`` is 0..1, 1 for a quotation.
    """

    text: str
    ticket_id: str
    span: str
    score: float


@dataclass(frozen=True)
class Button:
    """A quick reply: what the customer reads and what is sent back when it is pressed."""

    title: str
    payload: str


@dataclass(frozen=True)
class Reply:
    """One message of the bot to the customer.

    ``confidence`` is 0..1. ``seq`` is the place in the conversation, 0 until the ledger has stored the reply.
    ``handoff`` holds the reason when the reply asks for a person to take over, else None. ``receipt`` says what each
    sentence rests on; it is kept for the team and never sent to a customer. ``language`` is the code of the language in
    which the customer wrote, as far as the dialogue can tell.
    """

    text: str
    rung: Rung = "template"
    confidence: float = 1.0
    sources: tuple[Source, ...] = ()
    buttons: tuple[Button, ...] = ()
    answer_id: str = ""
    seq: int = 0
    handoff: str | None = field(default=None)
    receipt: tuple[Supported, ...] = ()
    language: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form of the contract, without what is not the customer's business."""
        data = self.to_inner()
        del data["handoff"], data["receipt"], data["language"]
        return data

    def to_inner(self) -> dict[str, Any]:
        """Return the JSON form that our own processes exchange: all fields."""
        data = asdict(self)
        for name in ("sources", "buttons", "receipt"):
            data[name] = list(data[name])
        return data

    def to_custom(self) -> dict[str, Any]:
        """Return what an action attaches to its Rasa response as ``json_message``."""
        inner = {
            "rung": self.rung,
            "confidence": self.confidence,
            "sources": [asdict(source) for source in self.sources],
            "answer_id": self.answer_id,
            "receipt": [asdict(one) for one in self.receipt],
        }
        if self.handoff is not None:
            inner["handoff"] = self.handoff
        return {CUSTOM_KEY: inner}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Reply:
        """Build a reply from its JSON form.

        Raises:
            MalformedMessage: a field is missing or of the wrong kind.
        """
        try:
            rung = data.get("rung", "template")
            if rung not in RUNGS:
                raise MalformedMessage(f"rung is {rung!r}; it must be one of {', '.join(RUNGS)}")
            return cls(
                text=str(data["text"]),
                rung=rung,
                confidence=float(data.get("confidence", 1.0)),
                sources=tuple(Source(**source) for source in data.get("sources", ())),
                buttons=tuple(Button(**button) for button in data.get("buttons", ())),
                answer_id=str(data.get("answer_id", "")),
                seq=int(data.get("seq", 0)),
                handoff=data.get("handoff"),
                receipt=tuple(Supported(**one) for one in data.get("receipt", ())),
                language=str(data.get("language") or ""),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise MalformedMessage(f"not a reply: {exc!r}") from exc


def is_wordless(text: str) -> bool:
    """Return whether a customer's message says nothing at all, such as "?", "..." or a face: it is never a yes."""
    return not _SAYS_SOMETHING.search(text)
