"""The team's week in words; and the answer about opening hours, which never contradicts the settings."""

import pytest

from bot.desk.hours import read_hours
from bot.desk.telling import week_in_chinese, week_in_english
from bot.dialogue.opening import tell_hours
from bot.settings_desk import DeskSettings

LINES = ("mon-thu 09:00-12:30 13:30-18:00", "fri 09:00-15:00")


@pytest.mark.parametrize(
    ("lines", "english", "chinese"),
    [
        (
            LINES,
            "Our team is here Monday to Thursday 09:00 to 12:30 and 13:30 to 18:00, Friday 09:00 to 15:00"
            " (Europe/Berlin).",
            "客服时间是周一至周四 09:00 到 12:30、13:30 到 18:00，周五 09:00 到 15:00（Europe/Berlin）。",
        ),
        (
            ("mon,wed 8:00-24:00", "sun 10:00-12:00"),
            "Our team is here Monday 08:00 to 24:00, Wednesday 08:00 to 24:00, Sunday 10:00 to 12:00 (Europe/Berlin).",
            "客服时间是周一 08:00 到 24:00，周三 08:00 到 24:00，周日 10:00 到 12:00（Europe/Berlin）。",
        ),
    ],
)
def test_a_week_in_words(lines, english, chinese):
    hours = read_hours(lines, (), "Europe/Berlin")
    assert (week_in_english(hours), week_in_chinese(hours)) == (english, chinese)


def test_a_team_that_is_always_there():
    hours = read_hours(("mon-sun 00:00-24:00",), (), "Europe/Berlin")
    assert week_in_english(hours) == "Our team is here around the clock, every day of the week."
    assert week_in_chinese(hours) == "客服每天 24 小时在线。"


def test_without_a_zone_it_is_utc_and_holidays_are_mentioned():
    hours = read_hours(LINES, ("12-25",), "")
    assert "(UTC)" in week_in_english(hours)
    assert ("Holidays may differ" in week_in_english(hours), "节假日" in week_in_chinese(hours)) == (True, True)


def responses():
    zh = [{"type": "slot", "name": "language", "value": "zh"}]
    return {
        "utter_opening_hours": [{"text": "9 to 18"}, {"condition": zh, "text": "九点"}],
        "utter_greet": [{"text": "Hi"}],
    }


def test_the_answer_about_opening_hours_is_the_settings():
    told = responses()
    tell_hours(told, DeskSettings(hours=LINES))
    assert [one["text"][:8] for one in told["utter_opening_hours"]] == ["Our team", "客服时间是周一至"]
    assert told["utter_opening_hours"][1]["condition"] == responses()["utter_opening_hours"][1]["condition"]
    assert told["utter_greet"] == responses()["utter_greet"]


@pytest.mark.parametrize(("desk", "known"), [(DeskSettings(), True), (DeskSettings(hours=LINES), False)])
def test_without_hours_or_without_the_response_nothing_changes(desk, known):
    told = responses() if known else {"utter_greet": [{"text": "Hi"}]}
    before = {name: list(ones) for name, ones in told.items()}
    tell_hours(told, desk)
    assert told == before


def test_no_other_sentence_of_the_demo_shop_names_the_hours_of_the_team():
    import re
    from pathlib import Path

    import yaml

    domain = yaml.safe_load((Path(__file__).parent.parent / "domain.yml").read_text(encoding="utf-8"))
    # A day of the week beside a time of day; "order by 16:00" is about parcels.
    named = re.compile(r"((mon|tues|wednes|thurs|fri|satur|sun)day|周[一二三四五六日]).{0,40}\d:\d\d", re.IGNORECASE)
    found = {name for name, ones in domain["responses"].items() for one in ones if named.search(one.get("text") or "")}
    assert found == {"utter_opening_hours"}
