"""When people are at the desk: several intervals a weekday, holidays, one time zone; and when they are back.

Knows nothing of customers. No hours at all means that somebody is always there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.errors import SettingsError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60
# How far ahead an opening is looked for: a team that is away longer has no next opening worth telling. Days.
HORIZON = 400
_INTERVAL = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_DATE = re.compile(r"(?:(\d{4})-)?(\d{2})-(\d{2})")

# Minutes since midnight, from and to; the end does not belong to it.
Interval = tuple[int, int]
# A month and a day, with the year 0 for every year.
Holiday = tuple[int, int, int]


@dataclass(frozen=True)
class Hours:
    """The opening hours of one team; ``week`` begins on Monday, and an empty one is open always."""

    week: tuple[tuple[Interval, ...], ...] = ()
    holidays: Mapping[Holiday, tuple[Interval, ...]] = field(default_factory=dict)
    zone: tzinfo = timezone.utc

    def is_open(self, at: datetime) -> bool:
        """Say whether somebody is there at this moment."""
        if not self.week:
            return True
        local = at.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return any(start <= minute < end for start, end in self._on(local.date()))

    def next_opening(self, at: datetime) -> datetime | None:
        """Return when somebody is there again, in the team's time zone; None when no such time is known.

        A time at which somebody is there already is its own answer.
        """
        local = at.astimezone(self.zone)
        if self.is_open(at):
            return local
        return next((begin for begin in self._begins(local.date()) if begin > at), None)

    def _begins(self, first: date) -> Iterator[datetime]:
        for ahead in range(HORIZON):
            day = first + timedelta(days=ahead)
            for start, _ in self._on(day):
                yield self._moment(day, start)

    def _moment(self, day: date, minute: int) -> datetime:
        """Return the moment; a time that the clocks skip in spring is when they have skipped it."""
        local = datetime.combine(day, time(minute // 60, minute % 60), self.zone)
        return local.astimezone(timezone.utc).astimezone(self.zone)

    def _on(self, day: date) -> tuple[Interval, ...]:
        for year in (day.year, 0):
            special = self.holidays.get((year, day.month, day.day))
            if special is not None:
                return special
        return self.week[day.weekday()]


def read_hours(hours: Sequence[str], holidays: Sequence[str], zone: str) -> Hours:
    """Return the hours that settings name, such as ``mon-fri 09:00-12:30 13:30-18:00`` and ``12-25``.

    Raises:
        SettingsError: a line is not of this form, or the time zone is unknown.
    """
    try:
        known = ZoneInfo(zone) if zone else timezone.utc
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise SettingsError(f"desk.time_zone is {zone!r}; it must be a name such as Europe/Berlin.") from exc
    if holidays and not hours:
        raise SettingsError("desk.holidays are set and desk.hours are not. Set the hours of an ordinary week too.")
    return Hours(_week(hours), dict(map(_holiday, holidays)), known)


def _week(lines: Sequence[str]) -> tuple[tuple[Interval, ...], ...]:
    if not lines:
        return ()
    week: list[list[Interval]] = [[] for _ in DAYS]
    for line in lines:
        where = f"desk.hours has {line!r}"
        days, *intervals = line.lower().split() or [""]
        if not intervals:
            raise SettingsError(f"{where}; a line names days and times, such as: mon-fri 09:00-12:30 13:30-18:00")
        for day in _days(days, where):
            week[day] += [_interval(text, where) for text in intervals]
    return tuple(_apart(day, f"desk.hours of {name}") for name, day in zip(DAYS, week, strict=True))


def _days(text: str, where: str) -> list[int]:
    """Return the weekdays in ``mon``, ``mon-fri`` or ``mon,wed,fri``; ``fri-mon`` goes over the weekend."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first[:3] not in DAYS or (last or first)[:3] not in DAYS:
            raise SettingsError(f"{where}; {part!r} is no weekday. There are {', '.join(DAYS)}.")
        begin, end = DAYS.index(first[:3]), DAYS.index((last or first)[:3])
        found += [day % 7 for day in range(begin, (end if end >= begin else end + 7) + 1)]
    return found


def _interval(text: str, where: str) -> Interval:
    match = _INTERVAL.fullmatch(text)
    if match is None:
        raise SettingsError(f"{where}; {text!r} is no interval such as 09:00-18:00.")
    hour, minute, end_hour, end_minute = map(int, match.groups())
    start, end = hour * 60 + minute, end_hour * 60 + end_minute
    if minute > 59 or end_minute > 59 or not 0 <= start < end <= DAY:
        raise SettingsError(
            f"{where}; {text!r} must end after it begins, at 24:00 at the latest. Split it at midnight."
        )
    return start, end


def _holiday(line: str) -> tuple[Holiday, tuple[Interval, ...]]:
    where = f"desk.holidays has {line!r}"
    day, *intervals = line.split() or [""]
    match = _DATE.fullmatch(day)
    if match is None:
        raise SettingsError(f"{where}; it must begin with a date such as 2027-05-13, or 12-25 for every year.")
    year, month, number = (int(part or 0) for part in match.groups())
    try:
        date(year or 2024, month, number)  # A leap year: 29 February may be named.
    except ValueError as exc:
        raise SettingsError(f"{where}; there is no such day.") from exc
    return (year, month, number), _apart([_interval(text, where) for text in intervals], where)


def _apart(intervals: Sequence[Interval], where: str) -> tuple[Interval, ...]:
    ordered = sorted(intervals)
    for (_, end), (start, _) in zip(ordered, ordered[1:], strict=False):
        if start < end:
            raise SettingsError(f"{where}: two intervals overlap. Join them.")
    return tuple(ordered)
