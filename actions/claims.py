"""What a customer has named since a flow began: products, amounts, days. Compared with the order, never believed.

A question in between ("is the Kestrel waterproof?") is no part of the flow, and the last message that names something
counts: who says "no, the stove" has changed their mind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from rasa_sdk import Tracker

from actions.done import active_form, intent
from actions.vat import vat_numbers

Message = Mapping[str, Any]

QUESTIONS = frozenset({"ask_question", "nlu_fallback", "out_of_scope", "unsure"})
FLOW_QUESTIONS = frozenset({"ask_refund_status", "ask_return_number"})
# "exchange it for the Tarn 65": the product that is wished for is not the one that was ordered.
WISHED = re.compile(r"\b(?:for|instead of|to|get|want)\s+(?:an?\s+|the\s+|my\s+|one\s+)?$", re.IGNORECASE)
EXCHANGE = re.compile(r"\b(?:exchang\w+|swap\w*|instead)\b", re.IGNORECASE)
EXPECTED = re.compile(
    r"\b(?:supposed|should|promised|expected|due|estimated|was to)\b|应该|说好|承诺|预计", re.IGNORECASE
)


def since_begun(tracker: Tracker, form: str) -> list[Message]:
    """Return the customer's parsed messages from the one that began the form's last run, without questions."""
    begun = [at for at, event in enumerate(tracker.events) if event["event"] == "active_loop" and event["name"] == form]
    users = [at for at, event in enumerate(tracker.events) if event["event"] == "user"]
    ended = active_form(tracker) != form and not _just_ended(tracker, form)
    if not begun or not users or ended:
        return [tracker.latest_message]
    first = max((at for at in users if at < begun[-1]), default=users[0])
    said = [tracker.events[at].get("parse_data") or {} for at in users if at >= first]
    return [message for message in said if not _is_question(message)]


def other_product(items: Sequence[str], tracker: Tracker, form: str) -> str:
    """Return a product that the customer means in this flow although the order does not hold it, else nothing."""
    held = " ".join(items).casefold()
    for message in reversed(since_begun(tracker, form)):
        named = products(message)
        if named:
            return "" if any(name.casefold() in held for name in named) else named[0]
    return ""


def products(message: Message) -> list[str]:
    """Return the products that a message is about, without one that is wished for in exchange."""
    text = str(message.get("text") or "")
    exchanged = EXCHANGE.search(text) is not None
    return [
        str(entity["value"])
        for entity in message.get("entities") or []
        if entity["entity"] == "product" and not (exchanged and WISHED.search(text[: entity.get("start", 0)]))
    ]


def other_amount(amount: str, tracker: Tracker, form: str) -> str:
    """Return the one amount in euro that the customer names in this flow if it is not ``amount``, else nothing."""
    named = {str(value) for message in since_begun(tracker, form) for value in _values(message, "amount")}
    euro = [value.removesuffix(" EUR") for value in named if value.endswith(" EUR")]
    return euro[0] if len(euro) == 1 and Decimal(euro[0]) != Decimal(amount) else ""


def vat_named(tracker: Tracker, form: str) -> set[str]:
    """Return the VAT numbers in the last message of this flow that has any."""
    named = [vat_numbers(str(message.get("text") or "")) for message in since_begun(tracker, form)]
    return next((numbers for numbers in reversed(named) if numbers), set())


def missed_day(tracker: Tracker, form: str, today: date) -> date | None:
    """Return the past day by which the customer says that something was due, None where that is not certain."""
    days: set[date] = set()
    for message in since_begun(tracker, form):
        if EXPECTED.search(str(message.get("text") or "")):
            days |= {day for value in _values(message, "date") if (day := _day(str(value)))}
    return days.pop() if len(days) == 1 and max(days) < today else None


def _values(message: Message, kind: str) -> list[Any]:
    return [entity["value"] for entity in message.get("entities") or [] if entity["entity"] == kind]


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:  # a week, a month, or words that can be read in several ways
        return None


def _is_question(message: Message) -> bool:
    name = str(intent(dict(message)) or "")
    return name in QUESTIONS or (name.startswith("ask_") and name not in FLOW_QUESTIONS)


def _just_ended(tracker: Tracker, form: str) -> bool:
    """Return whether the form ran in this turn, so that the action behind it still speaks of it."""
    for event in reversed(tracker.events):
        if event["event"] == "user":
            return False
        if event["event"] == "action" and event["name"] == form:
            return True
    return False
