"""Signed button payloads: a customer can press only what the bot has offered to this customer.

A payload such as ``/affirm`` is a command to Rasa. It leaves the gateway signed and bound to one sender; on the way
back it is checked, so that typed text never becomes a command.
"""

from __future__ import annotations

from itsdangerous import BadData, URLSafeSerializer

from bot.channels.channel import ButtonRefused
from bot.messages import Button

PREFIX = "btn."


class Buttons:
    """Signs buttons for a sender and opens them again."""

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeSerializer(secret, salt="frontdesk.button")

    def sign(self, sender_id: str, button: Button) -> Button:
        """Return the button with a payload that only ``sender_id`` can send back."""
        signed = self._serializer.dumps({"s": sender_id, "p": button.payload, "t": button.title})
        return Button(button.title, f"{PREFIX}{signed!s}")

    def open(self, sender_id: str, text: str) -> tuple[str, str] | None:
        """Return payload and title when ``text`` is a pressed button, None when it is something that was typed.

        Raises:
            ButtonRefused: it looks like a button, but its signature is wrong or it belongs to another session.
        """
        if not text.startswith(PREFIX) or len(text.split()) > 1:
            return None
        try:
            data = self._serializer.loads(text[len(PREFIX) :])
            sender, payload, title = data["s"], data["p"], data["t"]
        except (BadData, KeyError, TypeError) as exc:
            raise ButtonRefused("This button was not made by this bot. Type the message instead.") from exc
        if sender != sender_id:
            raise ButtonRefused("This button belongs to another conversation. Type the message instead.")
        return str(payload), str(title)
