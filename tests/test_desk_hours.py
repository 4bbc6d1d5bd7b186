"""Business hours: open or not, and when next, around lunch, week-ends, holidays and changes of the clock."""

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from bot.desk.hours import Hours, read_hours
from bot.errors import SettingsError

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = ("mon-thu 09:00-12:30 13:30-18:00", "fri 09:00-15:00", "sat 10:00-14:00")
HOLIDAYS = ("12-25", "12-26", "2026-12-24 09:00-12:00", "2027-03-26")
HOURS = read_hours(WEEK, HOLIDAYS, "Europe/Berlin")


def at(text, zone=BERLIN):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        ("2026-11-23T08:59", "2026-11-23T09:00"),
        ("2026-11-23T09:00", None),
        ("2026-11-23T12:29", None),
        ("2026-11-23T12:30", "2026-11-23T13:30"),
        ("2026-11-23T18:00", "2026-11-24T09:00"),
        ("2026-11-27T15:00", "2026-11-28T10:00"),
        ("2026-11-28T14:00", "2026-11-30T09:00"),
        ("2026-12-24T11:59", None),
        ("2026-12-24T12:00", "2026-12-28T09:00"),
        ("2025-12-24T14:00", None),
        ("2025-12-25T10:00", "2025-12-27T10:00"),
        ("2027-03-26T10:00", "2027-03-27T10:00"),
    ],
)
def test_open_or_when_next(now, opening):
    moment = at(now)
    assert HOURS.is_open(moment) == (opening is None)
    assert HOURS.next_opening(moment) == at(opening or now)


def test_the_team_s_clock_counts_wherever_the_server_stands():
    assert HOURS.is_open(datetime(2026, 11, 23, 8, 0, tzinfo=timezone.utc)), "nine in Berlin, in winter"
    assert HOURS.is_open(datetime(2026, 6, 22, 7, 0, tzinfo=timezone.utc)), "nine in Berlin, in summer"
    assert not HOURS.is_open(datetime(2026, 6, 22, 16, 0, tzinfo=timezone.utc))
    assert HOURS.next_opening(datetime(2026, 11, 23, 3, tzinfo=timezone.utc)).isoformat() == "2026-11-23T09:00:00+01:00"


def test_an_hour_that_the_clocks_skip_begins_when_they_have_skipped_it():
    night = read_hours(("sun 02:30-04:00",), (), "Europe/Berlin")
    assert night.next_opening(at("2026-03-28T12:00")).isoformat() == "2026-03-29T03:30:00+02:00"


def test_no_hours_mean_always():
    assert Hours().is_open(at("2026-12-25T03:00"))
    assert read_hours((), (), "").is_open(at("2026-12-25T03:00"))


def test_a_team_that_never_comes_back_promises_nothing():
    assert read_hours(("mon 09:00-10:00",), (), "UTC").next_opening(at("2026-11-23T10:00")) is not None
    closed = Hours(week=((),) * 7)
    assert not closed.is_open(at("2026-11-23T10:00"))
    assert closed.next_opening(at("2026-11-23T10:00")) is None


def test_days_may_be_listed_and_go_over_the_week_end():
    hours = read_hours(("fri-mon,wed 22:00-24:00",), (), "")
    assert [bool(day) for day in hours.week] == [True, False, True, False, True, True, True]


@pytest.mark.parametrize(
    ("hours", "holidays", "zone", "said"),
    [
        (("mon-fri",), (), "", "names days and times"),
        (("",), (), "", "names days and times"),
        (("mo 09:00-18:00",), (), "", "is no weekday"),
        (("mon 9-18",), (), "", "is no interval"),
        (("mon 18:00-09:00",), (), "", "Split it at midnight"),
        (("mon 09:00-24:30",), (), "", "Split it at midnight"),
        (("mon 09:60-10:00",), (), "", "Split it at midnight"),
        (("mon-fri 09:00-12:00", "tue 11:00-15:00"), (), "", "overlap"),
        (WEEK, ("25.12.",), "", "must begin with a date"),
        (WEEK, ("2026-02-30",), "", "no such day"),
        (WEEK, ("",), "", "must begin with a date"),
        ((), ("12-25",), "", "Set the hours"),
        (WEEK, (), "Berlin", "Europe/Berlin"),
        (WEEK, (), "../etc/passwd", "Europe/Berlin"),
    ],
)
def test_what_cannot_be_meant_is_refused(hours, holidays, zone, said):
    with pytest.raises(SettingsError, match=said):
        read_hours(hours, holidays, zone)
