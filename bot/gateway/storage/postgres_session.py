"""One session with PostgreSQL: how it is opened, how the gateway's SQL is put to it, what may be said of its errors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, parse_dsn
from psycopg2.extras import DictCursor

from bot.errors import SettingsError
from bot.gateway.storage.engine import Cursor

# A server that is gone is noticed on our side within some 25 s of silence, or 5 s after something was sent to it.
DEFAULTS = {
    "connect_timeout": "3",
    "tcp_user_timeout": "5000",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "application_name": "frontdesk",
}
# A statement waits as long for the lock of another writer as SQLite does; milliseconds.
STATEMENT_TIMEOUT = 5000
# What the session asks of the server. A gateway whose machine is gone loses its locks within some 25 s; and what was
# promised to a customer survives a power cut, whatever the server does for others.
SESSION = {
    "statement_timeout": str(STATEMENT_TIMEOUT),
    "idle_in_transaction_session_timeout": "10000",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "synchronous_commit": "on",
}
# Classes of SQLSTATE whose text is about the server and never about a value: 08 connection, 25 read-only, 42501 rights,
# 53 resources (a full disk), 55 and 57 locks and shutdown, 58 and XX the system.
ABOUT_THE_SERVER = ("08", "25", "42501", "53", "55", "57", "58", "XX")
_QUOTED_OR_MARK = re.compile(r"'(?:[^']|'')*'|\?|%")


class ServedElsewhere(psycopg2.OperationalError):  # type: ignore[misc]  # psycopg2 carries no types
    """Another gateway serves this ledger."""


@lru_cache(maxsize=1024)
def translated(query: str) -> str:
    """Return a statement with psycopg2's marks: ``%s`` for ``?`` but not in a quoted text, ``%%`` for ``%``."""
    return _QUOTED_OR_MARK.sub(lambda found: "%s" if found[0] == "?" else found[0].replace("%", "%%"), query)


class Session:
    """Runs the gateway's statements; each is its own transaction until one is begun."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        """Connect.

        Raises:
            SettingsError: the database is not in UTF-8, or the schema does not exist.
        """
        self._raw: Any = psycopg2.connect(**parameters, cursor_factory=DictCursor)
        try:
            self._raw.autocommit = True
            names = ", ".join("set_config(?, ?, false)" for _ in SESSION)
            self.execute(f"SELECT {names}", [part for pair in SESSION.items() for part in pair])
            query = "SELECT current_schema(), hashtext(current_schema()), current_setting('server_encoding')"
            schema, number, encoding = self.execute(query).fetchone()
            if schema is None or encoding != "UTF8":
                raise SettingsError(
                    f"The ledger's database has the encoding {encoding} and the schema {schema or 'none'}. "
                    "Make one in UTF8, and let FRONTDESK_LEDGER_URL name a schema that exists."
                )
        except BaseException:
            self._raw.close()
            raise
        # Stands for the schema in the keys of advisory locks, so that two ledgers may share a database.
        self.schema = int(number)

    def execute(self, query: str, values: Sequence[Any] = (), /) -> Cursor:
        """Run a statement with a value for each ``?``."""
        cursor = self._raw.cursor()
        cursor.execute(translated(query), tuple(values))
        return cursor  # type: ignore[no-any-return]

    @property
    def ended(self) -> bool:
        """Whether the connection is closed or was lost."""
        return bool(self._raw.closed)

    def commit(self) -> None:
        """End the transaction.

        Raises:
            psycopg2.InternalError: it was undone: PostgreSQL does so, without an error, when one was passed over.
        """
        cursor = self._raw.cursor()
        cursor.execute("COMMIT")
        if cursor.statusmessage != "COMMIT":
            raise psycopg2.InternalError("The transaction was undone.")

    def rollback(self) -> None:
        """Undo the transaction, as far as there is one; a server that is gone has done so itself."""
        try:
            if not self.ended and self._raw.get_transaction_status() != TRANSACTION_STATUS_IDLE:
                self._raw.cursor().execute("ROLLBACK")
        except psycopg2.Error:
            self._raw.close()

    def close(self) -> None:
        """Disconnect."""
        self._raw.close()


def parameters_of(url: str) -> dict[str, str]:
    """Return what libpq reads from an address, with our bounds of time where it sets none."""
    return {**DEFAULTS, **parse_dsn(url.replace("postgresql+psycopg2:", "postgresql:", 1))}


def describe(error: Exception) -> str:
    """Return what went wrong; only PostgreSQL's words about itself are passed on, and no address."""
    code = getattr(error, "pgcode", None)
    if isinstance(error, ServedElsewhere):
        return "another gateway serves it"
    if code is None:
        return "PostgreSQL does not answer"
    said = f"{type(error).__name__} ({code})"
    return f"{said}: {error.diag.message_primary}" if code.startswith(ABOUT_THE_SERVER) else said  # type: ignore[attr-defined]


def reason(error: Exception, parameters: Mapping[str, str]) -> str:
    """Return why there is no connection on one line, without the password, should the driver ever repeat it."""
    said = " ".join(str(error).split())
    password = parameters.get("password")
    return said.replace(password, "...") if password else said
