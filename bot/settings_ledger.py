"""The address of the gateway's ledger when it is on PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping

from bot.errors import SettingsError
from bot.settings_dialogue import ELSE, TRACKER_SCHEMES, holds_password


def ledger_url(value: str, env: Mapping[str, str]) -> str:
    """Return the address with its password: ``FRONTDESK_LEDGER_URL`` goes before ``gateway.ledger_url``.

    Raises:
        SettingsError: it is of another kind, names no host, cannot be read, or stands in the settings with its
            password. The address itself is never part of the message.
    """
    if holds_password(value):
        raise SettingsError(
            "gateway.ledger_url holds a password. Put the whole address into the environment: FRONTDESK_LEDGER_URL."
        )
    url = env.get("FRONTDESK_LEDGER_URL") or value
    if url and not _is_postgres(url):
        raise SettingsError(f"gateway.ledger_url must be an address such as postgresql://user@host/database; {ELSE}")
    return url


def _is_postgres(url: str) -> bool:
    # Only an installation that names such an address needs the driver.
    import psycopg2
    from psycopg2.extensions import parse_dsn

    scheme, _, rest = url.partition("://")
    if scheme not in TRACKER_SCHEMES:
        return False
    try:
        parsed = parse_dsn(f"postgresql://{rest}")
    except psycopg2.Error:
        return False
    # What is no port belongs to a password that was not escaped, and would be repeated in errors.
    return bool(parsed.get("host")) and parsed.get("port", "5432").replace(",", "").isdecimal()
