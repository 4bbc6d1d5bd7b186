"""The answer to "when are you there?": the team's real hours where settings name them, else what domain.yml says."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from bot.desk.hours import read_hours
from bot.desk.telling import week_in_chinese, week_in_english
from bot.settings_desk import DeskSettings

RESPONSE = "utter_opening_hours"


def tell_hours(responses: MutableMapping[str, list[dict[str, Any]]], desk: DeskSettings) -> None:
    """Put the hours of the desk into the response; without hours, or without such a response, change nothing.

    A variation with a condition is the one for Chinese, as everywhere in domain.yml.
    """
    if not desk.hours or RESPONSE not in responses:
        return
    hours = read_hours(desk.hours, desk.holidays, desk.time_zone)
    responses[RESPONSE] = [
        {**one, "text": week_in_chinese(hours) if one.get("condition") else week_in_english(hours)}
        for one in responses[RESPONSE]
    ]
