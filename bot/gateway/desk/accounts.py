"""Accounts of the desk at rest, and who is logged in; the command line and the log-in page use the same functions.

A log-in is a random token in the browser and its hash here, so that whoever reads the file cannot log in with it.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from bot.desk import passwords
from bot.desk.accounts import AccountError, Person, Role, check_name, check_password, key_of
from bot.errors import BotError
from bot.gateway.storage.database import Database
from bot.gateway.storage.engine import Connection
from bot.gateway.transcript import now

# Each check takes 64 MiB for a moment; more than these wait.
CHECKS_AT_ONCE = 2
REFUSED = "Name and password do not belong together."


class LoginRefused(BotError):
    """Name and password do not belong together; which of them is wrong is not said."""


class LoginNeeded(BotError):
    """The call needs somebody who is logged in."""


@dataclass(frozen=True)
class Account:
    """One account as the command line lists it."""

    name: str
    role: str
    created_at: str


class Accounts:
    """Who may work at the desk."""

    def __init__(self, database: Database, session_hours: int) -> None:
        self._database = database
        self._life = timedelta(hours=session_hours)
        self._checks = asyncio.Semaphore(CHECKS_AT_ONCE)

    async def add(self, name: str, password: str, role: Role) -> str:
        """Make an account and return its name as stored.

        Raises:
            AccountError: the name is taken, or name or password cannot be used.
        """
        tidy, stored = check_name(name), await asyncio.to_thread(passwords.hashed, check_password(password))

        def work(connection: Connection) -> str:
            if connection.execute("SELECT 1 FROM accounts WHERE key = ?", (key_of(tidy),)).fetchone():
                raise AccountError(f"There is an account {tidy!r} already. See: frontdesk accounts list")
            connection.execute(
                "INSERT INTO accounts (key, name, role, password, created_at) VALUES (?, ?, ?, ?, ?)",
                (key_of(tidy), tidy, role, stored, now()),
            )
            return tidy

        return await self._database.write(work)

    async def list_all(self) -> list[Account]:
        """Return all accounts by name."""
        query = "SELECT name, role, created_at FROM accounts ORDER BY key"
        rows = await self._database.read(lambda connection: connection.execute(query).fetchall())
        return [Account(row["name"], row["role"], row["created_at"]) for row in rows]

    async def remove(self, name: str) -> None:
        """Remove an account; whoever is logged in with it is no longer.

        Raises:
            AccountError: there is none of this name.
        """
        await self._change("DELETE FROM accounts WHERE key = ?", (key_of(name),), name)

    async def set_role(self, name: str, role: Role) -> None:
        """Give an account another role.

        Raises:
            AccountError: there is none of this name.
        """
        await self._change("UPDATE accounts SET role = ? WHERE key = ?", (role, key_of(name)), name)

    async def set_password(self, name: str, password: str) -> None:
        """Give an account another password, and log it out everywhere.

        Raises:
            AccountError: there is none of this name, or the password cannot be used.
        """
        stored = await asyncio.to_thread(passwords.hashed, check_password(password))
        await self._change("UPDATE accounts SET password = ? WHERE key = ?", (stored, key_of(name)), name)

    async def log_in(self, name: str, password: str) -> tuple[Person, str]:
        """Return who this is and a new token.

        Raises:
            LoginRefused: no such account, or another password; both take the same time.
        """
        query, key = "SELECT * FROM accounts WHERE key = ?", key_of(name)
        row = await self._database.read(lambda connection: connection.execute(query, (key,)).fetchone())
        async with self._checks:
            right = await asyncio.to_thread(passwords.matches, None if row is None else row["password"], password)
        if not right:
            raise LoginRefused(REFUSED)
        token = secrets.token_urlsafe(32)
        expires = (datetime.now(timezone.utc) + self._life).isoformat(timespec="milliseconds")

        def work(connection: Connection) -> None:
            connection.execute("DELETE FROM logins WHERE expires_at < ?", (now(),))
            # The check took its time; who was given another password meanwhile does not get in with the old one.
            opened = connection.execute(
                "INSERT INTO logins (token, account, expires_at) SELECT ?, key, ? FROM accounts"
                " WHERE key = ? AND password = ?",
                (_stored(token), expires, key, row["password"]),
            )
            if opened.rowcount == 0:
                raise LoginRefused(REFUSED)

        await self._database.write(work)
        return Person(row["name"], row["role"]), token

    async def who(self, token: str) -> Person:
        """Return who is logged in with this token.

        Raises:
            LoginNeeded: nobody, or no longer.
        """
        query = (
            "SELECT a.name, a.role FROM logins l JOIN accounts a ON a.key = l.account"
            " WHERE l.token = ? AND l.expires_at > ?"
        )
        values = (_stored(token), now())
        row = await self._database.read(lambda connection: connection.execute(query, values).fetchone())
        if row is None:
            raise LoginNeeded("You are not logged in, or no longer. Log in at /desk.")
        return Person(row["name"], row["role"])

    async def log_out(self, token: str) -> None:
        """Forget a token."""
        values = (_stored(token),)
        await self._database.write(lambda connection: connection.execute("DELETE FROM logins WHERE token = ?", values))

    async def _change(self, query: str, values: tuple[str, ...], name: str) -> None:
        def work(connection: Connection) -> None:
            if connection.execute(query, values).rowcount == 0:
                raise AccountError(f"There is no account {name!r}. See: frontdesk accounts list")
            if "role" not in query:
                connection.execute("DELETE FROM logins WHERE account = ?", (key_of(name),))

        await self._database.write(work)


def _stored(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
