"""What of a sentence must stand in its evidence exactly."""

from __future__ import annotations

import pytest

from bot.answering.claims import denies, missing, stand
from bot.answering.figures import exact
from bot.answering.limits import turned


@pytest.mark.parametrize(
    ("sentence", "span"),
    [
        ("It takes two weeks.", "Allow 2 weeks for it."),
        ("We open at 2 pm.", "Opening time is 14:00."),
        ("We close at 12 am.", "We close at 00:00."),
        ("It is 39 euro.", "The price is €39."),
        ("It is CHF 12.50.", "The price is 12,50 CHF."),
        ("The limit is 1,000 points.", "Up to 1000 points count."),
        ("You have a 14-day trial.", "The trial ends after 14 calendar days."),
        ("It lasts one week.", "It lasts a week."),
        ("Own cards start from 6 years.", "No cards for children under 6."),
        ("Come from 9 to 6 pm.", "Open 9 am to 6 pm."),
        ("Ring 020 7946-0173.", "Our number is 0207 946 0173."),
        ("Write to help@shop.example.", "The address is HELP@shop.example."),
        ("We are open Monday to Friday.", "We are open on weekdays."),
        ("Closed on Saturdays and Sundays.", "Closed at weekends."),
        ("Come on Wednesday.", "Open Monday-Saturday."),
        ("It's in the Kestrel’s pocket.", "A pocket of the Kestrel holds it."),
        ("Wi-Fi is free.", "Wifi costs nothing."),
        ("Open Account > Returns first.", "Look under Account > Returns."),
        ('Press "Pause plan" there.', "The button 'pause plan' does it."),
        ("About twenty per cent off.", "You get 20% off."),
        ("Here is how: Open the lid.", "The lid opens."),
    ],
)
def test_the_same_in_another_form_is_there(sentence, span):
    assert missing(sentence, span) == set()


@pytest.mark.parametrize(
    ("sentence", "span", "lacks"),
    [
        ("It takes three weeks.", "Allow 2 weeks for it.", {"3", "3 week"}),
        ("It takes 2 weeks.", "It takes 2 days or 3 weeks.", {"2 week"}),
        ("It is 39 dollars.", "The price is €39.", {"39 dollar"}),
        ("We open at 2 am.", "Opening time is 14:00.", {"02:00"}),
        ("Ring 020 7946 0174.", "Ring 020 7946 0173.", {"tel 02079460174"}),
        ("See shop.example/a.", "See shop.example/b.", {"shop.example/a"}),
        ("The Kestrel jacket is warm.", "The jacket is warm.", {"kestrel"}),
        ("DHL brings it.", "The carrier brings it.", {"dhl"}),
        ("X200 is out of stock.", "It is out of stock.", {"200", "x200"}),
        ("Monday is fine.", "Tuesday is fine.", {"monday"}),
        ("Open Account > Orders.", "Open Account > Returns.", {"orders"}),
        ("Press 'Send'.", "Press 'Save'.", {"Send"}),
    ],
)
def test_what_is_made_up_is_named(sentence, span, lacks):
    assert missing(sentence, span) == lacks
    assert not stand(sentence, span)


@pytest.mark.parametrize(
    ("sentence", "span", "denied"),
    [
        ("Labels are not free.", "Labels are free.", True),
        ("You can bring a dog.", "You cannot bring a dog.", True),
        ("Yes, labels are free.", "Labels aren't free.", True),
        ("No, labels are free.", "Labels are free.", False),
        ("Unfortunately not: labels aren't free.", "Labels aren't free.", False),
        ("Labels are free.", "Labels are free. Tape is not free.", False),
        ("The bag is no larger than 40 cm.", "The bag is at most 40 cm larger.", False),
        ("No.", "Labels are free.", False),
        ("Put the cap on the tip last.", "Put the cap on the tip first.", True),
        ("The zip works without oil.", "The zip works with oil.", True),
        ("The zip works with oil before and after.", "The zip works with oil after and before.", False),
        ("You can return it with the label.", "Our shop sells tape without glue.", False),
    ],
)
def test_a_negation_in_one_alone_denies_the_same_words(sentence, span, denied):
    assert denies(sentence, span) is denied


@pytest.mark.parametrize(
    ("sentence", "span", "is_turned"),
    [
        ("An account has at least two holders.", "At most two people share an account.", True),
        ("Guests must be up to 16.", "Guests are 16 years or older.", True),
        ("More than 10 kg may go along.", "You can take up to 10 kg.", True),
        ("The maximum speed for games is 8 Mbit/s.", "Games need at least 8 Mbit/s.", True),
        ("It costs 5 euro per year.", "We charge 5 euro per month.", True),
        ("Pay 5 euro each month.", "The monthly fee is 5 euro.", False),
        ("Pay 5 euro per day.", "It is 5 euro a day.", False),
        ("Pay 5 euro per day.", "It is 5 euro.", False),
        ("No more than two people share it.", "At most two people share it.", False),
        ("Nobody under 16 can ride.", "Riders are at least 16.", False),
        ("Tell us up to 2 days before.", "Tell us at least 2 days in advance.", False),
        ("Up to 35 euro it costs 4 euro, and at least 35 is free.", "It is free from at least 35 euro.", False),
    ],
)
def test_a_limit_or_rate_that_is_turned_around(sentence, span, is_turned):
    assert turned(sentence, span) is is_turned


def test_figures_have_one_form():
    assert exact("Pay £4.90 by 5 p.m. within 3 business days, see www.a.example.") == {
        "4.9", "4.9 pound", "17:00", "3", "3 day", "www.a.example",
    }  # fmt: skip
