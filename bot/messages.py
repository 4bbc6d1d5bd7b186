"""The words that processes exchange: replies, their sources and their buttons.

Plain data with a dictionary form for JSON. Nothing here reads a file, a socket or the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from bot.errors import MalformedMessage

Rung = Literal["template", "ticket", "generated", "clarify", "handoff"]
RUNGS: tuple[str, ...] = get_args(Rung)

# Key under which a reply travels in a Rasa response's ``custom`` part (``json_message`` of a dispatcher).
CUSTOM_KEY = "frontdesk"


@dataclass(frozen=True)
class Source:
    """A solved ticket that supports a reply; ``score`` is the ticket's relevance, 0..1."""

    id: str
    title: str
    excerpt: str
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
    ``handoff`` holds the reason when the reply asks for a person to take over, else None.
    """

    text: str
    rung: Rung = "template"
    confidence: float = 1.0
    sources: tuple[Source, ...] = ()
    buttons: tuple[Button, ...] = ()
    answer_id: str = ""
    seq: int = 0
    handoff: str | None = field(default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form of the contract (without ``handoff``, which is not the customer's business)."""
        data = asdict(self)
        data["sources"] = [asdict(source) for source in self.sources]
        data["buttons"] = [asdict(button) for button in self.buttons]
        del data["handoff"]
        return data

    def to_custom(self) -> dict[str, Any]:
        """Return what an action attaches to its Rasa response as ``json_message``."""
        inner = {
            "rung": self.rung,
            "confidence": self.confidence,
            "sources": [asdict(source) for source in self.sources],
            "answer_id": self.answer_id,
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
            )
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise MalformedMessage(f"not a reply: {exc!r}") from exc
