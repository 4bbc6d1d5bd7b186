"""A team's ordinary week in words, for customers who ask when people are there.

Says nothing about this moment: the next opening is computed where a conversation is handed over.
"""

from __future__ import annotations

from bot.desk.hours import DAY, Hours, Interval

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAYS_ZH = tuple(f"周{day}" for day in "一二三四五六日")
DIFFER = " Holidays may differ; when you ask for a person, I tell you when somebody is back."
DIFFER_ZH = "节假日可能不同；您需要人工时，我会告诉您同事什么时候回来。"


def week_in_english(hours: Hours) -> str:
    """Return one or two sentences that name all intervals of the week."""
    if _is_always_open(hours):
        return "Our team is here around the clock, every day of the week." + (DIFFER if hours.holidays else "")
    spans = [f"{_days(first, last, DAYS, ' to ')} {_times(day, ' to ', ' and ')}" for first, last, day in _runs(hours)]
    said = f"Our team is here {', '.join(spans)} ({_zone(hours)})."
    return said + (DIFFER if hours.holidays else "")


def week_in_chinese(hours: Hours) -> str:
    """Return the same in Chinese."""
    if _is_always_open(hours):
        return "客服每天 24 小时在线。" + (DIFFER_ZH if hours.holidays else "")
    spans = [f"{_days(first, last, DAYS_ZH, '至')} {_times(day, ' 到 ', '、')}" for first, last, day in _runs(hours)]
    said = f"客服时间是{'，'.join(spans)}（{_zone(hours)}）。"
    return said + (DIFFER_ZH if hours.holidays else "")


def _is_always_open(hours: Hours) -> bool:
    return all(day == ((0, DAY),) for day in hours.week)


def _runs(hours: Hours) -> list[tuple[int, int, tuple[Interval, ...]]]:
    """Return (first day, last day, intervals) for neighbouring days that are alike, without days off."""
    runs: list[tuple[int, int, tuple[Interval, ...]]] = []
    for number, day in enumerate(hours.week):
        if runs and runs[-1][1] == number - 1 and runs[-1][2] == day:
            runs[-1] = (runs[-1][0], number, day)
        else:
            runs.append((number, number, day))
    return [run for run in runs if run[2]]


def _days(first: int, last: int, names: tuple[str, ...], to: str) -> str:
    return names[first] if first == last else f"{names[first]}{to}{names[last]}"


def _times(day: tuple[Interval, ...], to: str, also: str) -> str:
    return also.join(f"{_clock(start)}{to}{_clock(end)}" for start, end in day)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _zone(hours: Hours) -> str:
    return str(getattr(hours.zone, "key", None) or "UTC")
