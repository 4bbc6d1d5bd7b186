"""Dates in Chinese text: 明天, 下周二, 三天前, 3月5日. Knows no lunar calendar and no holidays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from bot.nlu import calendar
from bot.nlu.mentions import Mention

DAYS = {"大前天": -3, "前天": -2, "昨天": -1, "昨晚": -1, "今天": 0, "今晚": 0, "今早": 0}
DAYS |= {"明天": 1, "明早": 1, "后天": 2, "大后天": 3}
STEPS = {"上": -1, "这": 0, "本": 0, "下": 1}
YEARS = {"去": -1, "今": 0, "明": 1}
DIGITS = {digit: number for number, digit in enumerate("零一二三四五六七八九十")} | {"两": 2}
WEEKDAYS = "一二三四五六"
COUNT = r"(?P<count>\d{1,3}|[一二两三四五六七八九十])\s?个?(?P<unit>天|日|周|星期|礼拜|月|年)"
UNITS = {"天": "day", "日": "day", "周": "week", "星期": "week", "礼拜": "week", "月": "month", "年": "year"}

HAN = re.compile(r"[\u4e00-\u9fff]")
NAMED = re.compile("|".join(sorted(DAYS, key=len, reverse=True)))
WEEKDAY = re.compile(r"(?P<step>[上这本下])个?(?:周|星期|礼拜)(?P<day>[一二三四五六日天末])")
PERIOD = re.compile(r"(?P<step>[上这本下])个?(?P<unit>周|星期|礼拜|月)(?![一二三四五六日天末])")
SHIFTED = re.compile(COUNT + r"(?P<way>之?前|以前|之?后|以后)")
CALENDAR = re.compile(r"(?:(?P<year>\d{4})年|(?P<named>[去今明])年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]")


def present(text: str) -> bool:
    """Return whether the text has Chinese characters at all."""
    return HAN.search(text) is not None


def mentions(text: str, today: date) -> Iterator[Mention]:
    """Yield the dates that the text names; a day without a year keeps its readings unless one is near."""
    for match in NAMED.finditer(text):
        yield _resolved(match, (today + timedelta(days=DAYS[match[0]])).isoformat())
    for match in WEEKDAY.finditer(text):
        yield _resolved(match, _weekday(today, STEPS[match["step"]], match["day"]))
    for match in PERIOD.finditer(text):
        yield _resolved(match, calendar.period(today, UNITS[match["unit"]], STEPS[match["step"]]))
    for match in SHIFTED.finditer(text):
        count = int(match["count"]) if match["count"].isdigit() else DIGITS[match["count"]]
        sign = -1 if "前" in match["way"] else 1
        yield _resolved(match, calendar.shifted(today, sign * count, UNITS[match["unit"]]))
    for match in CALENDAR.finditer(text):
        values = _calendar(today, match)
        if values:
            one = values[0] if len(values) == 1 else None
            yield Mention("date", *match.span(), one, () if one else tuple(values))


def _resolved(match: re.Match[str], value: str) -> Mention:
    return Mention("date", *match.span(), value)


def _weekday(today: date, step: int, name: str) -> str:
    if name == "末":
        return calendar.period(today, "weekend", step)
    weekday = WEEKDAYS.find(name) if name in WEEKDAYS else 6
    return calendar.weekday_of_week(today, weekday, step).isoformat()


def _calendar(today: date, match: re.Match[str]) -> list[str]:
    month, number = int(match["month"]), int(match["day"])
    if match["year"] or match["named"]:
        year = int(match["year"]) if match["year"] else today.year + YEARS[match["named"]]
        exact = calendar.day(year, month, number)
        return [exact.isoformat()] if exact else []
    days = calendar.days_of_year(today, month, number) if 1 <= month <= 12 else []
    return [one.isoformat() for one in calendar.around(today, days, None)]
