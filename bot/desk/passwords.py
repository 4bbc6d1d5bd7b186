"""Passwords as argon2id hashes; one that belongs to nobody costs as much to check as one that does."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# The library's defaults are the second choice of RFC 9106: 64 MiB and three passes, about 50 ms.
_HASHER = PasswordHasher()


def hashed(password: str) -> str:
    """Return the hash to store."""
    return _HASHER.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Say whether the password is the stored one; None stands for an account that does not exist."""
    try:
        return _HASHER.verify(stored or _nobodys(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    """Return the hash that unknown names are checked against, so that the time does not tell them apart."""
    return _HASHER.hash("the password of nobody")
