"""What the gateway itself says when the bot cannot: calm, honest, and always with a way on.

Everything else that a customer reads comes from ``domain.yml``, from solved tickets or from a person.
"""

from __future__ import annotations

from bot.messages import Button, Reply

TALK_TO_PERSON = "/talk_to_person"
# Handled by the gateway, never sent to Rasa.
BACK_TO_BOT = "/back_to_bot"

PERSON_BUTTON = Button("Talk to a person", TALK_TO_PERSON)
BOT_BUTTON = Button("Back to the bot", BACK_TO_BOT)


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
    "If you would rather go on with me, press the button.",
    BOT_BUTTON,
)
BACK = _calm("You are talking with the bot again. What can I do for you?")
WITH_BOT = _calm("You are talking with the bot. What can I do for you?", PERSON_BUTTON)
CLOSED = _calm("Our colleague has finished here. I am the bot again: just write if there is anything else.")
