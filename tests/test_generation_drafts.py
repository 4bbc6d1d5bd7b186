"""What an instruction model wrote, as sentences of a draft."""

from __future__ import annotations

import pytest

from bot.answering.generation.drafts import count_words, draft_of, is_refusal


@pytest.mark.parametrize(
    ("text", "draft"),
    [
        ("Boots can go back. It takes 3 days.", ("Boots can go back.", "It takes 3 days.")),
        ("Sure! Boots can go back [1]. They are free (evidence 2).", ("Boots can go back.", "They are free.")),
        (
            "**Answer:** Boots go back.\n\n- One is free\n- Two cost 3.50",
            ("Boots go back.", "One is free.", "Two cost 3.50."),
        ),
        ("Hello Anna,\nBoots go back.\n\nBest regards,\nTeam", ("Boots go back.",)),
        ("<think>Perhaps NOT_ENOUGH?</think>Boots go back.", ("Boots go back.",)),
        ("One wash is not enough. Wash it twice.", ("One wash is not enough.", "Wash it twice.")),
        ("<think>It never ended. Boots go back.", ()),
        ("Boots go back. NOT_ENOUGH", ()),
        ("NOT ENOUGH evidence.", ()),
        ("Not enough", ()),
        ("You're welcome!", ()),
        ("", ()),
    ],
)
def test_only_sentences_of_an_answer_are_drafted(text, draft):
    assert draft_of(text, finished=True) == draft


@pytest.mark.parametrize(
    ("text", "draft"),
    [
        ("It costs 3.", ()),
        ("Boots go back. It costs 3.", ("Boots go back.",)),
        ("Use a soft brush, e.g. one of horsehair, and", ()),
        ("- One is free\n- Two co", ("One is free.",)),
    ],
)
def test_what_may_go_on_is_left_out(text, draft):
    assert draft_of(text, finished=False) == draft


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("NOT_", False),
        ("NOT_ENOUGH", True),
        ("**NOT_ENOUGH**", True),
        ("not_enough", True),
        ("It says NOT_ENOUGH", True),
        ("NOT ENOUGH", True),
        ("Not enough", False),
        ("<think>NOT_ENOUGH", False),
    ],
)
def test_a_refusal_is_known_before_its_end(text, refused):
    assert is_refusal(text) is refused


def test_thoughts_are_no_words_of_an_answer():
    assert count_words("<think>one two three</think> four five") == 2
    assert count_words("<think>one two three") == 0
