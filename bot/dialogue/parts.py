"""What one message of the customer is made of: the requests that are worked one after the other.

Reads a message with the trained model and with what was said before. Runs no turn and stores nothing.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.messages import ANOTHER, CUSTOM_KEY, MEANT, WAITING
from bot.nlu.followups import about_the_order, about_the_return, about_the_wish, follows, names_another, resolved
from bot.nlu.masking import EMAIL, ORDER_NUMBER
from bot.nlu.requests import FLOWS, MAX_PIECES, Request, clauses, hidden, pieces, requests
from bot.nlu.sayings import DISTRESS, is_thumb

ParseData = dict[str, Any]
# As long as Rasa's session (session_expiration_time in domain.yml): who comes back later starts anew.
SESSION_SECONDS = 3600.0
# What belongs to a request that was made before.
DETAILS = frozenset({"inform", "affirm", "deny", "correct", "thank"})
# What the classifier has no intent for.
NOT_OURS = frozenset({"nlu_fallback", "out_of_scope"})
# The key under which the pipeline notes the language of a message.
LANGUAGE = "language"
ORDER = frozenset({"order_number", "email"})
RETURN_FORM = "return_form"
WISH_NOTED = frozenset({"action_start_return", "action_report_damage"})
STOPPED = frozenset({"stop", "refuse"})
# What makes the order of one request that of another: "cancel it", "and its invoice", 取消它.
_POINTS = re.compile(r"\b(?:it|its|that|this|them|the same)\b|[它这那该]", re.IGNORECASE)
# After these the customer is done with the bot, or with what was begun: nothing that waits is started.
CLOSING = STOPPED | {"goodbye", "talk_to_person"}


@dataclass(frozen=True)
class Part:
    """One request of a message, parsed."""

    text: str
    parse_data: ParseData

    @property
    def intent(self) -> str:
        """Name of the intent, empty when there is none."""
        return str(self.parse_data["intent"].get("name") or "")

    @property
    def said(self) -> str:
        """The text without its typing errors."""
        return str(self.parse_data.get(MEANT) or self.text)

    def meant_as(self, intent: str, confidence: float | None = None) -> Part:
        """Return the part with another intent, as sure of it as before if no confidence is given."""
        if intent == self.intent:
            return self
        known = {} if confidence is None else {"confidence": confidence}
        return Part(self.text, {**self.parse_data, "intent": {**self.parse_data["intent"], **known, "name": intent}})


class Reader:
    """Reads messages of one conversation."""

    def __init__(
        self,
        parse: Callable[[str, DialogueStateTracker | None], Awaitable[ParseData]],
        tracker: DialogueStateTracker | None,
    ) -> None:
        """Take the model, and the conversation so far; None where it is new or its session is over."""
        self._parse = parse
        self._tracker = tracker

    async def part(self, text: str) -> Part:
        """Return the text as one part, cut no further."""
        parsed = await self._parse(text, self._tracker)
        return Part(text, {**parsed, ANOTHER: True} if names_another(text) else parsed)

    async def parts(self, text: str) -> list[Part]:
        """Return the requests in the order in which they are worked; nearly always there is one."""
        whole = await self.part(text)
        if text.startswith("/") or whole.intent == DISTRESS:
            return [whole]
        return await self._several(whole) or [self._in_context(await self._found_inside(whole))]

    async def _several(self, whole: Part) -> list[Part]:
        cut = pieces(whole.text)
        if not 1 < len(cut) <= MAX_PIECES:
            return []
        parsed = [await self.part(piece.text) for piece in cut]
        found = requests([Request(part.text, part.intent, confidence(part.parse_data)) for part in parsed])
        # In a form that waits for an answer, what looks like two requests may be one answer to it.
        if not found or (self._tracker is not None and self._tracker.active_loop is not None):
            return []
        several = [await self.part(with_details(one, whole.text, numbers_after(one, parsed))) for one in found]
        # One message is answered in one language.
        return [Part(part.text, {**part.parse_data, LANGUAGE: whole.parse_data.get(LANGUAGE)}) for part in several]

    async def _found_inside(self, whole: Part) -> Part:
        """Return the message with the intent of the one request that hides in a long story, else the message."""
        told = whole.intent == "ask_question" and _names_order(whole)  # a story with an order number in it
        if not (told or whole.intent in NOT_OURS) or (self._tracker is not None and self._tracker.active_loop):
            return whole
        parsed = [await self.part(clause) for clause in clauses(whole.text)]
        found = hidden([Request(part.text, part.intent, confidence(part.parse_data)) for part in parsed])
        return whole.meant_as(found.intent, found.confidence) if found else whole

    def _in_context(self, part: Part) -> Part:
        if part.intent == "greet" and _names_order(part):
            return part.meant_as("inform")  # "Hello, I need help with my order FH-204817"
        tracker = self._tracker
        if tracker is None or tracker.latest_message is None:
            return part
        form, before = tracker.active_loop_name, last_request(tracker)
        if part.intent == "thank" and is_thumb(part.text) and tracker.get_slot("requested_slot") == "confirm":
            return part.meant_as("affirm")
        if form is None and has_noted_wish(tracker):
            part = part.meant_as(about_the_wish(part.said, part.intent))
        if form == RETURN_FORM:
            part = part.meant_as(about_the_return(part.said, part.intent))
        elif form is None and tracker.get_slot("order_number"):
            part = part.meant_as(about_the_order(part.said, part.intent, before))
        if not follows(part.said):
            return part
        sure = confidence(part.parse_data)
        return part.meant_as(resolved(part.said, part.intent, sure, before, last_answer(tracker)))


def spoken_in(parts: Sequence[Part], language: str, tracker: DialogueStateTracker | None) -> list[Part]:
    """Return parts that tell no language as parts in this one, as long as the customer has told none before."""
    if not language or (tracker is not None and tracker.get_slot(LANGUAGE)):
        return list(parts)
    return [
        part if part.parse_data.get(LANGUAGE) else Part(part.text, {**part.parse_data, LANGUAGE: language})
        for part in parts
    ]


def _names_order(part: Part) -> bool:
    return any(item["entity"] in ORDER for item in part.parse_data.get("entities") or ())


def confidence(parse_data: ParseData) -> float:
    """Return how sure the classifier is of the intent, 0..1."""
    return float(parse_data["intent"].get("confidence") or 0.0)


def with_details(request: Request, message: str, others: frozenset[str] = frozenset()) -> str:
    """Return the request's words, and the message's only order number and e-mail if its flow needs them.

    A number in ``others`` is named for another request: it is this one's only if this one points to it ("cancel it").
    """
    text = request.text
    if request.intent not in FLOWS:
        return text
    for kind in (ORDER_NUMBER, EMAIL):
        named = _named(kind, message)
        own = len(named) == 1 and not kind.search(text)
        if (
            own
            and (named.isdisjoint(others) or _POINTS.search(request.text))
            and not (kind is ORDER_NUMBER and names_another(request.text))
        ):
            text = f"{text}, {named.pop()}"
    return text


def numbers_after(request: Request, parts: Sequence[Part]) -> frozenset[str]:
    """Return the order numbers that the flows named after a request bring with them."""
    first = next((at for at, part in enumerate(parts) if part.text in request.text), 0)
    later = [part.text for part in parts[first:] if part.intent in FLOWS and part.text not in request.text]
    return frozenset().union(*(_named(ORDER_NUMBER, text) for text in later))


def _named(kind: re.Pattern[str], text: str) -> set[str]:
    return {found.strip(" .,") for found in kind.findall(text)}


def last_request(tracker: DialogueStateTracker) -> str:
    """Return the intent of the customer's last message that asked for something, empty when there is none."""
    for event in reversed(tracker.events):
        name = str(event.intent_name or "") if isinstance(event, UserUttered) else ""
        if name and name not in DETAILS:
            return name
    return ""


def last_answer(tracker: DialogueStateTracker) -> str:
    """Return what the bot has said since the customer's last message."""
    said: list[str] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, BotUttered):
            said.append(event.text or "")
    return " ".join(reversed(said))


def has_noted_wish(tracker: DialogueStateTracker) -> bool:
    """Return whether the bot's last turn has noted a return or a damage with what the customer wishes."""
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted) and event.action_name in WISH_NOTED:
            return True
    return False


def is_open(tracker: DialogueStateTracker | None) -> bool:
    """Return whether the bot is still at work for the customer: nobody has taken over and nobody said stop."""
    if tracker is None or tracker.latest_message is None:
        return False
    if (tracker.latest_message.intent or {}).get("name") in CLOSING:
        return False
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        custom = event.data.get("custom") or {} if isinstance(event, BotUttered) else {}
        if custom.get(CUSTOM_KEY, {}).get("handoff"):
            return False
    return True


def may_go_on(tracker: DialogueStateTracker | None) -> bool:
    """Return whether a request that waits may be worked now: the bot is at work and no form waits for an answer."""
    return tracker is not None and tracker.active_loop is None and is_open(tracker)


def intent_of(message: Mapping[str, Any]) -> str:
    """Return the intent of a message as the tracker store keeps it, empty when there is none."""
    return str(((message.get("parse_data") or {}).get("intent") or {}).get("name") or "")


def is_over(message: Mapping[str, Any], now: float) -> bool:
    """Return whether the session of a stored message has ended; ``now`` in seconds since the epoch."""
    return now - float(message.get("timestamp") or 0.0) > SESSION_SECONDS


def waiting(message: Mapping[str, Any], now: float) -> list[str]:
    """Return the requests that were left when a stored message was worked; none of a session that has ended."""
    if is_over(message, now):
        return []
    return [str(text) for text in (message.get("metadata") or {}).get(WAITING) or ()]
