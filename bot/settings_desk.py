"""The desk's section of the settings: when people are there, and how long they stay logged in."""

from __future__ import annotations

from dataclasses import dataclass

from bot.settings_file import number


@dataclass(frozen=True)
class DeskSettings:
    """The people behind the bot; ``hours`` empty means always, ``time_zone`` empty means UTC."""

    hours: tuple[str, ...] = ()
    holidays: tuple[str, ...] = ()
    time_zone: str = ""
    session_hours: int = number(12, 1, 720)
