"""A customer of a running gateway who plays a story: remembers buttons, and takes a refusal as an answer."""

from __future__ import annotations

from dataclasses import dataclass

from bot.client import Client, RequestRefused, Session
from bot.messages import Reply

# How long a rate limit may keep one message waiting, and how long a gateway may be away; seconds.
PATIENCE = 180.0
OUTAGE = 1.0


@dataclass(frozen=True)
class Answer:
    """What came of one message: replies in order, or the code and reason of a refusal. Time is of the last attempt."""

    replies: tuple[Reply, ...] = ()
    handed_over: bool = False
    milliseconds: float = 0.0
    refused: str = ""
    reason: str = ""


def gateway(url: str) -> Client:
    """Return a client that waits where the gateway asks for it, and not for one that is away."""
    return Client(url, patience=PATIENCE, outage=OUTAGE)


class Visitor:
    """One visitor session, which remembers the buttons that it was shown last."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._buttons: dict[str, str] = {}

    async def say(self, text: str) -> Answer:
        """Send a text and return the answer.

        Raises:
            ServiceUnavailable: the gateway does not answer, or not as a gateway does.
        """
        try:
            answer = await self._session.say(text)
        except RequestRefused as exc:
            return Answer(refused=exc.code, reason=exc.message, milliseconds=exc.seconds * 1000)
        self._buttons = {
            button.title.casefold(): button.payload for reply in answer.replies for button in reply.buttons
        }
        return Answer(answer.replies, answer.owner != "bot", answer.seconds * 1000)

    def payload(self, title: str) -> str | None:
        """Return what the button of this title sends, None when the last replies have shown no such button."""
        return self._buttons.get(title.casefold())
