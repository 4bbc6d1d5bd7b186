"""Dates in a message: "next Tuesday", "in two weeks", "3 March", "03/04", relative to the day it was written.

Words that can be read in several ways keep all readings and are not resolved. A library that reads dates out of texts
(dateparser 1.2) was tried and left: it takes 03/04 for one of its readings, 12.04.2026 for December, knows no "next
Tuesday" and no 下周二; see docs/understanding.md. Reads no times of day, no durations ("for two weeks") and no repeated
days ("every Monday").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from bot.nlu import calendar, chinese_dates
from bot.nlu.calendar import Direction
from bot.nlu.date_words import CLAUSE, CUES, FIXED, MONTHS, NUMBERS, PATTERNS, RANGE, SENTENCE, STEPS, WEEKDAYS
from bot.nlu.mentions import Mention, longest

Match = re.Match[str]
STEP_SIDES: dict[str, Direction | None] = {"last": "past", "past": "past", "next": "future", "coming": "future"}
# What "Friday" means without any word about past or future: asked, or always the next one (a hotel's customers).
Habit = Literal["ask", "future", "past"]


@dataclass(frozen=True)
class Reader:
    """Reads the dates of messages; ``day_first`` says how 03/04 is meant, None that it is not known."""

    day_first: bool | None = None
    habit: Habit = "ask"

    def mentions(self, text: str, today: date) -> list[Mention]:
        """Return the dates that the text names, in order, none overlapping another."""
        found: list[Mention] = [*chinese_dates.mentions(text, today)] if chinese_dates.present(text) else []
        for name, pattern in PATTERNS.items():
            for match in pattern.finditer(text):
                values = READERS[name](_Said(match, text, today, self))
                if values:
                    found.append(_mention(match, values))
        return longest(found)


@dataclass(frozen=True)
class _Said:
    """One match with what is needed to understand it."""

    match: Match
    text: str
    today: date
    reader: Reader

    def group(self, *names: str) -> str:
        named = self.match.groupdict()
        return next((named[name].lower() for name in names if named.get(name)), "")

    @property
    def direction(self) -> Direction | None:
        start = max((cut.end() for cut in SENTENCE.finditer(self.text, 0, self.match.start())), default=0)
        end = next((cut.start() for cut in SENTENCE.finditer(self.text, self.match.end())), len(self.text))
        before = list(CUES.finditer(self.text, start, self.match.start()))
        clause = CLAUSE.search(self.text, self.match.end(), end)
        end = clause.start() if clause else end
        cue = before[-1] if before else next(CUES.finditer(self.text, self.match.end(), end), None)
        if cue is None:
            return None if self.reader.habit == "ask" else self.reader.habit
        return "past" if cue["past"] else "future"

    def meant(self, days: list[date]) -> list[str]:
        return [one.isoformat() for one in calendar.around(self.today, days, self.direction)]


def _mention(match: Match, values: list[str]) -> Mention:
    start, end = match.span("date")
    one = values[0] if len(values) == 1 else None
    return Mention("date", start, end, one, () if one else tuple(values))


def _exact(said: _Said) -> list[str]:
    found = calendar.day(int(said.group("year")), int(said.group("month")), int(said.group("day")))
    return [found.isoformat()] if found else []


def _dotted(said: _Said) -> list[str]:
    return _numeric(said, True)


def _slashed(said: _Said) -> list[str]:
    # "1/2 of the parts", "house 12/14": two numbers alone are a date after a word that leads to one, or on their own.
    alone = said.group("date") == said.text.strip()
    return _dashed(said) if said.group("year") or said.group("lead") or alone else []


def _dashed(said: _Said) -> list[str]:
    return _numeric(said, said.reader.day_first)


def _numeric(said: _Said, day_first: bool | None) -> list[str]:
    one, two = int(said.group("one")), int(said.group("two"))
    orders = {True: [(two, one)], False: [(one, two)], None: [(two, one), (one, two)]}[day_first]
    year = int(said.group("year") or 0)
    year += 2000 if 0 < year < 100 else 0
    values: list[str] = []
    for month, number in dict.fromkeys(orders):
        exact = calendar.day(year, month, number) if year else None
        values += [exact.isoformat()] if exact else [] if year else said.meant(_of_year(said, month, number))
    return values


def _of_year(said: _Said, month: int, number: int) -> list[date]:
    return calendar.days_of_year(said.today, month, number) if 1 <= month <= 12 else []


def _day_and_month(said: _Said) -> list[str]:
    month, number = MONTHS.index(said.group("month")[:3]) + 1, int(said.group("day"))
    if said.group("year"):
        exact = calendar.day(int(said.group("year")), month, number)
        return [exact.isoformat()] if exact else []
    days = _of_year(said, month, number)
    weekday = said.group("weekday")
    if weekday:
        fitting = [one for one in days if one.weekday() == WEEKDAYS.index(weekday[:3])]
        # "Saturday 26 October" in a year when that is a Monday: one of the two is wrong, nobody knows which.
        return [one.isoformat() for one in fitting or days]
    return said.meant(days)


def _ago(said: _Said) -> list[str]:
    return _shift(said, -1)


def _ahead(said: _Said) -> list[str]:
    # "it broke in two weeks" is a duration.
    return [] if said.direction == "past" else _shift(said, 1)


def _shift(said: _Said, sign: int) -> list[str]:
    count, unit = _counted(said.group("count", "other_count")), said.group("unit", "other_unit")
    if unit == "fortnight":
        count, unit = 2 * count, "week"
    return [calendar.shifted(said.today, sign * count, unit)]


def _counted(words: str) -> int:
    first = words.split()[0]
    return int(first) if first.isdigit() else 2 if "couple" in words else NUMBERS[first]


def _named(said: _Said) -> list[str]:
    word = said.group("date")
    days = 2 if "day after" in word else -2 if "day before" in word else 1 if word.startswith(("tom", "tmr")) else 0
    days = -1 if word.startswith(("yest", "last")) else days
    return [(said.today + timedelta(days=days)).isoformat()]


def _weekday(said: _Said) -> list[str]:
    weekday = WEEKDAYS.index(said.group("weekday")[:3])
    step, week = said.group("step"), said.group("week", "week_after")
    if said.group("every") or RANGE.search(said.text, 0, said.match.start()):
        return []
    if said.group("count"):
        return [calendar.weekday_of_week(said.today, weekday, _counted(said.group("count"))).isoformat()]
    if week:
        return [calendar.weekday_of_week(said.today, weekday, STEPS[week]).isoformat()]
    if step in ("last", "past", "previous"):
        return [calendar.last_weekday(said.today, weekday).isoformat()]
    if step == "coming":
        return [calendar.weekdays(said.today, weekday)[1].isoformat()]
    if step:
        return [calendar.weekday_of_week(said.today, weekday, STEPS[step]).isoformat()]
    pair = calendar.weekdays(said.today, weekday)
    side = said.direction
    return [one.isoformat() for one in pair] if side is None else [pair[0 if side == "past" else 1].isoformat()]


def _period(said: _Said) -> list[str]:
    return [calendar.period(said.today, said.group("unit"), STEPS[said.group("step")])]


def _month(said: _Said) -> list[str]:
    month = MONTHS.index(said.group("month")[:3]) + 1
    if said.group("year"):
        return [f"{said.group('year')}-{month:02}"]
    step = said.group("step")
    side = STEP_SIDES.get(step, said.direction)
    days = [one for one in calendar.months(said.today, month) if not step or one != said.today]
    return [f"{one:%Y-%m}" for one in calendar.around(said.today, days, side)]


def _ordinal(said: _Said) -> list[str]:
    number = int(said.group("day"))
    return said.meant(calendar.days_of_month(said.today, number)) if 1 <= number <= 31 else []


def _fixed(said: _Said) -> list[str]:
    word = said.group("date").replace("\u2019", "'")
    month, number = next(at for name, at in FIXED.items() if word.startswith(name))
    return said.meant(calendar.days_of_year(said.today, month, number))


READERS: dict[str, Callable[[_Said], list[str]]] = {
    "iso": _exact,
    "dotted": _dotted,
    "slashed": _slashed,
    "dashed": _dashed,
    "day_month": _day_and_month,
    "month_day": _day_and_month,
    "ago": _ago,
    "ahead": _ahead,
    "named": _named,
    "weekday": _weekday,
    "short_weekday": _weekday,
    "period": _period,
    "weekend": _period,
    "month": _month,
    "month_step": _month,
    "ordinal": _ordinal,
    "fixed": _fixed,
}
