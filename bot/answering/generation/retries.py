"""What a server's status means for the next attempt, and how long to wait before it."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

from bot.errors import GenerationError

FIRST_PAUSE = 0.25  # seconds; doubled each time
BUSY = (429, 503)
REMEDIES = {
    400: "It does not accept the request: the model's context may be too small, or it is not made for chats",
    401: "Set FRONTDESK_GENERATOR_KEY to a valid key",
    403: "Set FRONTDESK_GENERATOR_KEY to a key that may use this model",
    404: "Check generator.url (it often ends with /v1) and generator.model; frontdesk doctor shows what is there",
    429: "It has too much to do",
    503: "It has too much to do, or is still loading the model",
}


class TryAgain(GenerationError):
    """What may work a moment later; ``after`` is what the server asks to wait (seconds), None if it does not say."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


def refusal_of(status: int, retry_after: str, url: str) -> GenerationError:
    """Return the error for a status other than 200, with its remedy."""
    if 300 <= status < 400:
        # The key must not follow to wherever that is.
        return GenerationError(f"{url} answered {status}, a redirect. Set generator.url to the final address.")
    remedy = REMEDIES.get(status, "See the server's log")
    message = f"{url} answered {status}. {remedy}."
    return TryAgain(message, seconds_of(retry_after)) if status in BUSY else GenerationError(message)


def seconds_of(retry_after: str, now: float | None = None) -> float | None:
    """Return the seconds that a Retry-After header names, as a number or as a date; None when it names none."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        at = parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0.0, at - (time.time() if now is None else now))


def pause(attempt: int, asked: float | None) -> float:
    """Return the seconds before the next attempt: doubled each time, and never less than the server asks."""
    return max(FIRST_PAUSE * float(2**attempt), asked or 0.0)
