"""Values of foreign columns as ticket fields: paths, dates, flags and conversations."""

from __future__ import annotations

import pytest

from retrieval.importing.mapping import lookup, moment, opening, solution, truth, turns
from retrieval.importing.reasons import RowRefused
from retrieval.tickets import Turn


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.b", "dotted"),
        ("c.d", 1),
        ("c.list[1].x", 2),
        ("c.list.-1.x", 2),
        ("c.list[9]", None),
        ("c.d.e", None),
        ("z", None),
    ],
)
def test_paths_into_a_row(path: str, expected: object) -> None:
    assert lookup({"a.b": "dotted", "c": {"d": 1, "list": [{"x": 1}, {"x": 2}]}}, path) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-04-12T09:31:00Z", "2026-04-12T09:31:00Z"),
        ("2026-04-12 11:31:00+02:00", "2026-04-12T09:31:00Z"),
        ("2026-04-12", "2026-04-12T00:00:00Z"),
        ("2026-04-12 09:31:00.123456789 UTC", "2026-04-12T09:31:00Z"),
        (1775986260, "2026-04-12T09:31:00Z"),
        ("1775986260000", "2026-04-12T09:31:00Z"),
        ("Sun, 12 Apr 2026 09:31:00 +0000", "2026-04-12T09:31:00Z"),
        ("0001-01-01T00:00:00", "0001-01-01T00:00:00Z"),
        (None, ""),
        ("", ""),
    ],
)
def test_dates_as_systems_write_them(written: object, expected: str) -> None:
    assert moment(written) == expected


ODD_DATES = ["yesterday", "2026-13-40", "12/04/2026", "99999999999999999", "-1"]
BEYOND_THE_CALENDAR = ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-05:00"]


@pytest.mark.parametrize("written", [*ODD_DATES, *BEYOND_THE_CALENDAR])
def test_dates_that_could_mean_anything_are_refused(written: str) -> None:
    with pytest.raises(RowRefused, match="ISO 8601"):
        moment(written)


@pytest.mark.parametrize(("value", "expected"), [(True, True), ("Yes", True), ("0", False), (None, False), ("", False)])
def test_truth(value: object, expected: bool) -> None:
    assert truth(value, "reopened") is expected


def test_opening_and_solution_of_conversations() -> None:
    talk = (
        Turn("agent", "Hello, how can I help?"),
        Turn("customer", "tent broke"),
        Turn("agent", "Which tent is it, please tell me?"),
        Turn("customer", "ridgeline"),
        Turn("agent", "We will send you a new pole."),
        Turn("customer", "thx"),
        Turn("agent", "You're welcome!"),
    )
    assert opening(talk) == "tent broke"
    assert solution(talk) == "We will send you a new pole."
    assert solution((Turn("agent", "Yes."),)) == "Yes."


def test_turns_in_both_forms() -> None:
    assert turns([["cust", "a"], {"author": "Rep", "body": "b"}, ["rep", " "]]) == (
        Turn("customer", "a"),
        Turn("agent", "b"),
    )
