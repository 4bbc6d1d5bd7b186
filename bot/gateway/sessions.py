"""Visitor sessions: anonymous, signed, stored nowhere.

A token names one sender and its age; it carries no rights beyond that one conversation.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from bot.errors import InvalidSignature

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class Session:
    """A visitor's session; ``session_id`` is the conversation's sender_id."""

    session_id: str
    token: str = field(repr=False)


class Sessions:
    """Makes session tokens and reads them back."""

    def __init__(self, secret: str, days: int) -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt="frontdesk.session")
        self._days = days

    def create(self) -> Session:
        """Return a new session with an unguessable id."""
        session_id = f"web-{secrets.token_hex(16)}"
        return Session(session_id, str(self._serializer.dumps(session_id)))

    def read(self, token: str) -> str:
        """Return the session id that ``token`` was made for.

        Raises:
            InvalidSignature: the token is forged, damaged or too old.
        """
        try:
            session_id = self._serializer.loads(token, max_age=self._days * SECONDS_PER_DAY)
        except SignatureExpired as exc:
            raise InvalidSignature(
                f"The session token is older than {self._days} days. Start a new session: POST /api/v1/sessions."
            ) from exc
        except (BadData, UnicodeError) as exc:  # UnicodeError: bytes of the header that are no UTF-8
            raise InvalidSignature(
                "The session token is not one of ours. Start a new session: POST /api/v1/sessions."
            ) from exc
        return str(session_id)
