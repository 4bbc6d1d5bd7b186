"""What both push channels share: cutting texts, and the short names of buttons."""

import pytest

from bot.channels.push import (
    button_reference,
    can_be_rated,
    rating_reference,
    read_reference,
    sources_title,
    split_text,
    thanks_for_feedback,
)


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("short", 10, ["short"]),
        ("", 10, [""]),
        ("one two three", 8, ["one two", "three"]),
        ("first part.\n\nsecond part.", 20, ["first part.", "second part."]),
        ("line one\nline two", 12, ["line one", "line two"]),
        ("x" * 25, 10, ["x" * 10, "x" * 10, "x" * 5]),
        ("exactly10!", 10, ["exactly10!"]),
    ],
)
def test_texts_are_cut_where_a_reader_would(text, limit, parts):
    assert split_text(text, limit) == parts


def test_nothing_is_lost_by_cutting():
    text = "\n\n".join(f"Paragraph {number} " + "word " * (number * 7) for number in range(40))
    parts = split_text(text, 200)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert max(map(len, parts)) <= 200


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (button_reference(12, 3), (False, 12, "3")),
        (rating_reference(12, "up"), (True, 12, "up")),
        ("b.1.up", None),
        ("r.1.0", None),
        ("b.-1.0", None),
        ("b.1", None),
        ("btn.1.0", None),
        ("b." + "9" * 30 + ".0", None),
        ("", None),
    ],
)
def test_references(text, read):
    assert read_reference(text) == read


@pytest.mark.parametrize(
    ("body", "yes"),
    [
        ({"rung": "ticket", "answer_id": "a"}, True),
        ({"rung": "generated", "answer_id": "a"}, True),
        ({"rung": "template", "answer_id": "a"}, False),
        ({"rung": "generated", "answer_id": ""}, False),
        ({}, False),
    ],
)
def test_only_answers_from_tickets_are_rated(body, yes):
    assert can_be_rated(body) is yes


@pytest.mark.parametrize(
    ("text", "title", "thanks"),
    [
        ("Within 60 days.", "Sources:", "Thank you for the feedback."),
        ("60 天内可以退货。", "来源：", "谢谢您的反馈。"),
        ("注文はこちらです", "Sources:", "Thank you for the feedback."),
    ],
)
def test_small_words_are_in_the_language_of_the_reply(text, title, thanks):
    assert (sources_title(text), thanks_for_feedback(text)) == (title, thanks)
