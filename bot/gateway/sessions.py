"""Visitor sessions: anonymous, signed, stored nowhere.

A token names one sender and its age; it carries no rights beyond that one conversation. Whoever comes with a token that
is past half its life gets a fresh one for the same conversation, so that only who stays away has to start again.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from itsdangerous import BadData, BadSignature, SignatureExpired, URLSafeTimedSerializer

from bot.errors import InvalidSignature

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class Session:
    """A visitor's session; ``session_id`` is the conversation's sender_id."""

    session_id: str
    token: str = field(repr=False)


class Sessions:
    """Makes session tokens and reads them back."""

    def __init__(self, keys: str | Sequence[str], days: int) -> None:
        """Sign with the first of ``keys``; what the others have signed is read too."""
        self._keys = [keys] if isinstance(keys, str) else list(keys)
        self._newest = self._serializer(self._keys[:1])
        self._all = self._serializer(self._keys)
        self._days = days

    def create(self) -> Session:
        """Return a new session with an unguessable id."""
        return self._sign(f"web-{secrets.token_hex(16)}")

    def read(self, token: str) -> str:
        """Return the session id that ``token`` was made for.

        Raises:
            InvalidSignature: the token is forged, damaged or too old.
        """
        return self._read(token)[0]

    def renew(self, token: str) -> Session | None:
        """Return a fresh token for the same session, None when the old one is good for a long time.

        Raises:
            InvalidSignature: the token is forged, damaged or too old.
        """
        session_id, made_at = self._read(token)
        past_half = time.time() - made_at.timestamp() > self._days * SECONDS_PER_DAY / 2
        return self._sign(session_id) if past_half or not self._is_of_newest_key(token) else None

    def _sign(self, session_id: str) -> Session:
        return Session(session_id, str(self._newest.dumps(session_id)))

    def _is_of_newest_key(self, token: str) -> bool:
        try:
            self._newest.loads(token)
        except BadSignature:
            return False
        return True

    def _read(self, token: str) -> tuple[str, datetime]:
        try:
            session_id, made_at = self._all.loads(token, max_age=self._days * SECONDS_PER_DAY, return_timestamp=True)
        except SignatureExpired as exc:
            raise InvalidSignature(
                f"The session token is older than {self._days} days. Start a new session: POST /api/v1/sessions."
            ) from exc
        except (BadData, UnicodeError) as exc:  # UnicodeError: bytes of the header that are no UTF-8
            raise InvalidSignature(
                "The session token is not one of ours. Start a new session: POST /api/v1/sessions."
            ) from exc
        return str(session_id), made_at

    @staticmethod
    def _serializer(keys: Sequence[str]) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(list(keys), salt="frontdesk.session")
