"""What the sentence vectors see of a message: the wish, not the digits of an order number."""

from __future__ import annotations

import pytest

from bot.nlu.masking import masked


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("return FH-411222 chen@example.org", "return my order my e-mail"),
        ("track fh 555001, dana.k+shop@example.co.uk", "track my order, my e-mail"),
        ("FH-204818 arrived broken", "my order arrived broken"),
        ("where is #204817?", "where is my order?"),
        ("FH204818/anna@example.org", "my order/my e-mail"),
        ("204818", "my order"),
        ("Anna@Example.org", "my e-mail"),
        ("FH-12", "FH-12"),
        ("12345", "12345"),
        ("1234567", "1234567"),
        ("a gas cartridge for 7.50 and size 43", "a gas cartridge for 7.50 and size 43"),
        ("call 0612345678", "call 0612345678"),
        ("Lindenweg 7, 50667 Köln", "Lindenweg 7, 50667 Köln"),
        ("anna at example dot org", "anna at example dot org"),
        ("", ""),
    ],
)
def test_numbers_and_addresses_become_plain_words(typed, seen):
    assert masked(typed) == seen


def test_a_mask_masks_nothing_more_the_second_time():
    once = masked("cancel FH-204818, anna@example.org")
    assert masked(once) == once
