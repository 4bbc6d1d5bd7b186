"""A past answer as a draft: nobody signs with a colleague's name."""

import pytest

from bot.answering.letters import draft


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (
            "Hi, the link lives 60 minutes, see e.g. the mail. Copy it by hand. Priya",
            "The link lives 60 minutes, see e.g. the mail. Copy it by hand.",
        ),
        (
            "Hello! The lock lasts 30 minutes.\n\nThen all is well. Maren",
            "The lock lasts 30 minutes.\n\nThen all is well.",
        ),
        (
            "Dear Anna,\n\nThe label is free.\nPack:\n- poles\n- pegs\n\nKind regards\nPriya",
            "The label is free.\nPack:\n- poles\n- pegs",
        ),
        ("Good morning Tom! Wash it at 30 degrees. Best regards, Ilse / Fernhollow", "Wash it at 30 degrees."),
        ("No. Sale items stay with you. Thanks!", "No. Sale items stay with you."),
        ("Within 60 days, unused.", "Within 60 days, unused."),
        ("You can return it. Yes.", "You can return it. Yes."),
        ("The size is S/M\nIt fits most people. ^PK", "The size is S/M\nIt fits most people."),
        (
            "您好，从签收那天算起 60 天内都可以退货。退货标签是免费的。祝您愉快！小王",
            "从签收那天算起 60 天内都可以退货。退货标签是免费的。",
        ),
        (
            "可以退货。祝贺您的订单已经发货，预计明天到达，请留意查收电话。",
            "可以退货。祝贺您的订单已经发货，预计明天到达，请留意查收电话。",
        ),
        ("Hello [NAME], within 30 days. Sorry that I can't do more. [NAME]", "Within 30 days."),
        ("Thank you! Priya", "Thank you! Priya"),
        ("", ""),
    ],
)
def test_what_belongs_to_a_letter_is_left_out_and_the_rest_stays_as_it_was(answer, kept):
    assert draft(answer) == kept


def test_a_draft_is_its_own_draft():
    once = draft("Hello Tom, your pole can be repaired within 30 days. Let me know if you have questions.\nPriya")
    assert once == "Your pole can be repaired within 30 days."
    assert draft(once) == once
