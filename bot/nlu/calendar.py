"""Days as customers name them relative to today: which day is "next Tuesday", and when is it not known.

A day is ``YYYY-MM-DD``, a week ``YYYY-Www``, a month ``YYYY-MM``, a weekend two days with a slash between (ISO 8601):
no more is stated than was said. Reads no text; :mod:`bot.nlu.dates` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal

from dateutil.relativedelta import relativedelta

Direction = Literal["past", "future"]
# Of "3 March" this year's and last year's may be meant. One within three months is; the other is nine months away.
NEAR_DAYS = 91
YEARS_AROUND = (-1, 0, 1)
# A card that "expires in 2031" and an order "of 2019" are as far as customers go.
YEARS_KNOWN = range(1990, 2060)


def day(year: int, month: int, number: int) -> date | None:
    """Return the day, or None when there is none such (31 June, year 20)."""
    try:
        return date(year, month, number) if year in YEARS_KNOWN else None
    except ValueError:
        return None


def shifted(today: date, count: int, unit: str) -> str:
    """Return the day so many days or weeks from today, the month so many months, the year so many years from it."""
    if unit in ("day", "week"):
        return (today + timedelta(days=count * (7 if unit == "week" else 1))).isoformat()
    moved = today + relativedelta(**{f"{unit}s": count})
    return f"{moved:%Y-%m}" if unit == "month" else f"{moved:%Y}"


def period(today: date, unit: str, step: int) -> str:
    """Return the week, weekend, month or year that is ``step`` away from today's."""
    if unit == "weekend":
        saturday = weekday_of_week(today, 5, step)
        return f"{saturday}/{saturday + timedelta(days=1)}"
    if unit == "week":
        year, week, _ = (today + timedelta(weeks=step)).isocalendar()
        return f"{year}-W{week:02}"
    return shifted(today, step, unit)


def weekday_of_week(today: date, weekday: int, step: int) -> date:
    """Return this weekday (Monday is 0) of the calendar week that is ``step`` weeks away."""
    return today + timedelta(days=weekday - today.weekday(), weeks=step)


def last_weekday(today: date, weekday: int) -> date:
    """Return the latest such day before today."""
    return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)


def around(today: date, days: Iterable[date], direction: Direction | None) -> list[date]:
    """Return which of the days can be meant: the nearest one before or after today, or both when that is not said.

    Today itself counts for both directions. Without a direction a day is only known when it is near and the other not.
    """
    ordered = sorted(days)
    before, after = [one for one in ordered if one <= today][-1:], [one for one in ordered if one >= today][:1]
    if direction:
        return before if direction == "past" else after
    both = sorted({*before, *after})
    near = [one for one in both if abs((one - today).days) <= NEAR_DAYS]
    return near if len(near) == 1 else both


def weekdays(today: date, weekday: int) -> list[date]:
    """Return the last and the next such day; today itself is neither: nobody calls it by its weekday."""
    last = last_weekday(today, weekday)
    return [last, last + timedelta(days=14 if last.weekday() == today.weekday() else 7)]


def days_of_year(today: date, month: int, number: int) -> list[date]:
    """Return this day of the year in the years around today."""
    return [found for step in YEARS_AROUND if (found := day(today.year + step, month, number))]


def days_of_month(today: date, number: int) -> list[date]:
    """Return this day of the months around today's."""
    months = [today.replace(day=1) + relativedelta(months=step) for step in YEARS_AROUND]
    return [found for month in months if (found := day(month.year, month.month, number))]


def months(today: date, month: int) -> list[date]:
    """Return the first days of this month in the years around today; the running month counts from today on."""
    return [
        today if (today.year + step, month) == (today.year, today.month) else date(today.year + step, month, 1)
        for step in YEARS_AROUND
    ]
