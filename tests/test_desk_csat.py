"""The question how it was: what counts as an answer, and what does not."""

import pytest

from bot.desk.csat import Rating, buttons, pressed, typed


def test_each_button_carries_its_number():
    found = [pressed({"text": button.title, "payload": button.payload}) for button in buttons("h1")]
    assert found == [Rating("h1", value) for value in (1, 2, 3, 4, 5)]


@pytest.mark.parametrize(
    "payload",
    [
        None,
        "/affirm",
        "/rate_handoff",
        "/rate_handoff{",
        '/rate_handoff{"id":"h"}',
        '/rate_handoff{"id":"h","value":6}',
    ],
)
def test_what_is_no_rating(payload):
    assert pressed({"text": "5", "payload": payload}) is None


@pytest.mark.parametrize(("text", "value"), [("4", 4), (" 5! ", 5), ("3/5", 3), ("1.", 1)])
def test_a_number_that_is_written(text, value):
    assert typed({"text": text}) == value
    assert typed({"text": text, "payload": "/affirm"}) is None


@pytest.mark.parametrize("text", ["0", "6", "45", "4 tents", "five", "FH-204817", ""])
def test_other_words_are_other_words(text):
    assert typed({"text": text}) is None
