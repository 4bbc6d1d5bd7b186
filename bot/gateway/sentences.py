"""What the gateway itself says when the bot cannot: calm, honest, and always with a way on.

Everything else that a customer reads comes from ``domain.yml``, from solved tickets or from a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.messages import Button, Reply

TALK_TO_PERSON = "/talk_to_person"
# Handled by the gateway, never sent to Rasa.
BACK_TO_BOT = "/back_to_bot"

PERSON_BUTTON = Button("Talk to a person", TALK_TO_PERSON)
BOT_BUTTON = Button("Back to the bot", BACK_TO_BOT)
# What a waiting customer may write instead of pressing the button.
BACK_WORDS = frozenset((BOT_BUTTON.title.lower(), "bot", "nevermind", "never mind"))


def wants_bot(body: Mapping[str, Any]) -> bool:
    """Say whether a customer's message, pressed or typed, asks to go back to the bot."""
    words = " ".join(str(body["text"]).lower().strip(" \n\t.,!").split())
    return body.get("payload") == BACK_TO_BOT or (body.get("payload") is None and words in BACK_WORDS)


def with_way_back(reply: Reply) -> Reply:
    """Return a reply that hands over, with a button that takes the customer back to the bot."""
    if any(button.payload == BACK_TO_BOT for button in reply.buttons):
        return reply
    return replace(reply, buttons=(*reply.buttons, BOT_BUTTON))


def _calm(text: str, *buttons: Button) -> Reply:
    return Reply(text, rung="handoff", confidence=0.0, buttons=buttons)


FAILED = _calm(
    "Sorry, something went wrong on our side and I could not answer that. "
    "Your message is safe. Please try again in a moment, or talk to a person.",
    PERSON_BUTTON,
)
TOO_SLOW = _calm(
    "Sorry, this is taking longer than it should. Your message is safe. "
    "Please try again in a moment, or talk to a person.",
    PERSON_BUTTON,
)
QUEUED = _calm("I have asked a person to take over. They will answer you right here.", BOT_BUTTON)
KEPT = _calm(
    "Thank you, I have added that for the person who will answer you right here. "
    "If you would rather go on with me, press the button or write: back to the bot.",
    BOT_BUTTON,
)
BACK = _calm("You are talking with the bot again. What can I do for you?")
WITH_BOT = _calm("You are talking with the bot. What can I do for you?", PERSON_BUTTON)
NOT_OPEN = Reply("That question is no longer open. Just write what you would like to do.")
CLOSED = _calm("Our colleague has finished here. I am the bot again: just write if there is anything else.")
