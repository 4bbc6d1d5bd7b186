"""The words of a message by which it is understood: the customer's own, or those they meant to type.

What is stored, shown, searched for values or filled into a form are always the customer's own words.
"""

from __future__ import annotations

from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.messages import MEANT


def meant(message: Message) -> str:
    """Return the text of a message without its typing errors, empty where it has no text."""
    return str(message.get(MEANT) or message.get(TEXT) or "")
