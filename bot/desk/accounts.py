"""The people of the desk: what a name, a password and a role must be.

Stores nothing and hashes nothing; see ``passwords.py`` and the gateway's ``desk_accounts.py``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from bot.errors import BotError

Role = Literal["agent", "admin"]
ROLES: tuple[str, ...] = get_args(Role)
# Customers read the name; letters of any script, no markup and nothing invisible.
NAME = re.compile(r"\w[\w .'-]{0,39}")
LEAST_PASSWORD = 12
# Hashing is work; nobody types more than this.
MOST_PASSWORD = 256


class AccountError(BotError):
    """An account cannot be made or changed like this."""


class RoleMissing(BotError):
    """The person is logged in and may not do this."""


@dataclass(frozen=True)
class Person:
    """Somebody who works at the desk."""

    name: str
    role: Role

    def need_admin(self) -> None:
        """Do nothing when this person is an admin.

        Raises:
            RoleMissing: they are not.
        """
        if self.role != "admin":
            raise RoleMissing("Only an admin may do this. Ask one, or: frontdesk accounts role NAME admin")


def check_name(name: str) -> str:
    """Return the name as it is stored: one space between words.

    Raises:
        AccountError: it is empty, too long or holds other signs than letters, digits and . ' - _
    """
    tidy = " ".join(name.split())
    if not NAME.fullmatch(tidy):
        raise AccountError(f"The name {name[:60]!r} cannot be used: 1 to 40 letters, digits, spaces and . ' - _")
    return tidy


def check_password(password: str) -> str:
    """Return the password.

    Raises:
        AccountError: it is too short to be safe or too long to be typed.
    """
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        raise AccountError(
            f"The password has {len(password)} characters; it must have {LEAST_PASSWORD} to {MOST_PASSWORD}."
        )
    return password


def key_of(name: str) -> str:
    """Return what a name is found by: upper and lower case are the same person."""
    return " ".join(name.split()).casefold()
