"""What stands for a message that the bot cannot read: the gateway answers it itself, Rasa never sees it.

The payloads cannot be typed, and no button carries them.
"""

from __future__ import annotations

UNREAD_EMPTY = "/no_text"
UNREAD_LONG = "/text_too_long"
