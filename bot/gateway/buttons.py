"""Signed button payloads: a customer can press only what the bot has offered to this customer, while it still counts.

A payload such as ``/affirm`` is a command to Rasa. It leaves the gateway signed and bound to one sender; on the way
back it is checked, so that typed text never becomes a command.

One rule about time. A button that opens something (``OPENINGS``) works for ever. Every other button answers a question:
it carries the question's number, and counts only as long as no later turn has offered buttons and nobody else has taken
the conversation (``Ledger.question``). Otherwise the "yes" to an old question would confirm a new one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from itsdangerous import BadData, URLSafeSerializer

from bot.channels.channel import ButtonRefused, Pressed
from bot.messages import Button

PREFIX = "btn."
OPENINGS = frozenset(
    (
        "ask_question",
        "ask_refund_status",
        "back_to_bot",
        "cancel_order",
        "change_address",
        "rate_handoff",
        "report_damage",
        "request_invoice",
        "reset_access",
        "start_return",
        "talk_to_person",
        "track_order",
    )
)
_COMMAND = re.compile(r"/(\w+)(\{.*\})?", re.DOTALL)


def opens(payload: str) -> bool:
    """Say whether a payload begins something new, whatever was asked before."""
    command = _COMMAND.fullmatch(payload)
    return command is not None and command[1] in OPENINGS


class Buttons:
    """Signs buttons for a sender and opens them again."""

    def __init__(self, keys: str | Sequence[str]) -> None:
        """Sign with the first of ``keys``; what the others have signed is opened too."""
        # The library wants the newest last.
        newest_last = keys if isinstance(keys, str) else list(keys)[::-1]
        self._serializer = URLSafeSerializer(newest_last, salt="frontdesk.button")

    def sign(self, sender_id: str, button: Button, question: int) -> Button:
        """Return the button with a payload that only ``sender_id`` can send back; it belongs to ``question``."""
        data = {"s": sender_id, "p": button.payload, "t": button.title, "q": question}
        return Button(button.title, f"{PREFIX}{self._serializer.dumps(data)!s}")

    def open(self, sender_id: str, text: str) -> Pressed | None:
        """Return what was pressed when ``text`` is a button, None when it is something that was typed.

        Raises:
            ButtonRefused: it looks like a button, but its signature is wrong or it belongs to another session.
        """
        if not text.startswith(PREFIX) or len(text.split()) > 1:
            return None
        try:
            data = self._serializer.loads(text[len(PREFIX) :])
            sender, payload, title = data["s"], str(data["p"]), str(data["t"])
            question = int(data["q"])
        except (BadData, KeyError, TypeError, UnicodeError) as exc:  # UnicodeError: half of a surrogate pair
            raise ButtonRefused("This button was not made by this bot. Type the message instead.") from exc
        if sender != sender_id:
            raise ButtonRefused("This button belongs to another conversation. Type the message instead.")
        return Pressed(payload, title, None if opens(payload) else question)
