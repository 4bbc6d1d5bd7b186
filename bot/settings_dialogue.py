"""The dialogue section of the settings: workers, and the databases that several machines can share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.errors import SettingsError
from bot.settings_file import number

TRACKER_SCHEMES = ("postgresql", "postgresql+psycopg2")
LOCK_SCHEMES = ("redis", "rediss")
ELSE = "escape @ : / in its password as %40 %3A %2F, or leave it empty for the built-in one."


@dataclass(frozen=True)
class DialogueSettings:
    """The dialogue workers; ``ports`` empty means free loopback ports.

    ``tracker_url`` empty means SQLite under ``var/``, ``lock_url`` empty means locks in the worker's memory. Both may
    hold a password that came from the environment, so ``repr`` does not show them.
    """

    workers: int = number(1, 1, 64)
    ports: tuple[int, ...] = field(default=(), metadata={"least": 1024, "most": 65535})
    threads: int = number(1, 1, 256)
    tracker_url: str = field(default="", repr=False)
    lock_url: str = field(default="", repr=False)


def with_urls(section: DialogueSettings, env: Mapping[str, str]) -> DialogueSettings:
    """Return the section with the addresses that hold a password put in from the environment.

    ``FRONTDESK_TRACKER_URL`` and ``FRONTDESK_LOCK_URL`` go before the settings file.

    Raises:
        SettingsError: an address is of another kind, names no host, cannot be read, or stands in the settings with its
            password. The address itself is never part of the message.
    """
    for name, value in (("tracker_url", section.tracker_url), ("lock_url", section.lock_url)):
        if holds_password(value):
            raise SettingsError(
                f"dialogue.{name} holds a password. Put the whole address into the environment: "
                f"FRONTDESK_{name.upper()}."
            )
    tracker_url = env.get("FRONTDESK_TRACKER_URL") or section.tracker_url
    lock_url = env.get("FRONTDESK_LOCK_URL") or section.lock_url
    if tracker_url and not _is_tracker(tracker_url):
        raise SettingsError(f"dialogue.tracker_url must be an address such as postgresql://user@host/database; {ELSE}")
    if lock_url and not _is_lock(lock_url):
        raise SettingsError(f"dialogue.lock_url must be an address such as redis://host:6379/0; {ELSE}")
    return replace(section, tracker_url=tracker_url, lock_url=lock_url)


def holds_password(url: str) -> bool:
    """Return whether an address may hold a password, also one that was not escaped as it must be."""
    rest = url.partition("://")[2]
    return ":" in rest.rpartition("@")[0] or "password" in rest.partition("?")[2].lower()


def _is_tracker(url: str) -> bool:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return False
    return parsed.drivername in TRACKER_SCHEMES and bool(parsed.host or parsed.query.get("host"))


def _is_lock(url: str) -> bool:
    from redis.connection import parse_url

    try:
        parsed = parse_url(url)
    except ValueError:
        return False
    return url.partition("://")[0] in LOCK_SCHEMES and bool(parsed.get("host"))
