"""How composed answers may be said."""

from __future__ import annotations

import logging

import pytest
from fakes import KeywordEmbedder, ScriptedGenerator, ScriptedHits

from bot.answering import replies
from bot.answering.contractions import spelled_out
from bot.answering.opening import make_ladder
from bot.answering.promises import PROMISES
from bot.answering.tone import Tone
from bot.errors import SettingsError
from bot.messages import Supported
from bot.settings import AnswersSettings, Settings
from bot.settings_generator import PROMISES as NAMES
from bot.settings_generator import ToneSettings
from retrieval.tickets import Hit, Ticket


def said(*texts: str) -> list[Supported]:
    return [Supported(text, f"T-{at}", text, 0.9) for at, text in enumerate(texts)]


def apply(*texts: str, **settings) -> list[str]:
    return [part.text for part in Tone(ToneSettings(**settings)).apply(said(*texts))]


def test_without_settings_nothing_changes():
    parts = said("We'll refund you 50 euros tomorrow.", "Das ist ein deutscher Satz.")
    assert Tone().apply(parts) == tuple(parts)


def test_the_names_in_settings_are_those_of_the_rules():
    assert set(NAMES) == set(PROMISES)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("refund_amounts", "You get a refund of $20."),
        ("refund_amounts", "We refund 15% of the price."),
        ("refund_amounts", "The full amount is refunded."),
        ("refund_amounts", "20 euros are paid back to your card."),
        ("refund_amounts", "You will be compensated with 30 EUR."),
        ("refund_amounts", "Your return is fully refunded."),
        ("refund_amounts", "Wir erstatten 50 €."),
        ("legal_advice", "By law you have two years."),
        ("legal_advice", "The seller is liable for that."),
        ("legal_advice", "Your statutory rights are not affected."),
        ("legal_advice", "You can go to court."),
        ("delivery_dates", "It will arrive on Friday."),
        ("delivery_dates", "Parcels are delivered by 24 December."),
        ("delivery_dates", "Your parcel will be with you in 3 days."),
        ("delivery_dates", "We ship it tomorrow."),
        ("delivery_dates", "Delivery is on 2026-12-24."),
    ],
)
def test_a_forbidden_promise_is_dropped(name, text):
    assert apply(text, "Labels are free.", forbidden=(name,)) == ["Labels are free."]
    assert apply(text, forbidden=()) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "Refunds take up to 5 working days.",
        "A label costs 5 euros.",
        "You get your money back through the way you paid.",
        "Delivery takes 3 to 5 working days.",
        "Our shop is open on Friday.",
        "The right boot is on your right.",
        "Orders are shipped from Utrecht.",
        "The tent stands on a tennis court.",
    ],
)
def test_other_sentences_may_be_said(text):
    assert apply(text, forbidden=NAMES) == [text]


def test_what_points_back_to_a_dropped_sentence_goes_too():
    texts = ("We refund 20 euros.", "It takes three days.", "Labels are free.")
    assert apply(*texts, forbidden=("refund_amounts",)) == ["Labels are free."]


def test_a_rule_of_the_teams_own_is_logged_by_its_place_alone(caplog):
    with caplog.at_level(logging.INFO):
        kept = apply("We match PRICES of others.", "Labels are free.", forbidden=("legal_advice", r"/match \w+ of/"))
    assert kept == ["Labels are free."]
    assert caplog.messages == ["a sentence was dropped: tone.forbidden rule 2"]


@pytest.mark.parametrize(("most", "left"), [(0, 3), (3, 0), (4, 1), (8, 1), (9, 2), (13, 3)])
def test_the_length_counts_whole_sentences(most, left):
    texts = ("Labels are always free.", "Print them at any counter.", "Boots go back too.")
    assert apply(*texts, max_words=most) == list(texts[:left])


GERMAN = "Sie können die Schuhe innerhalb von sechzig Tagen zurückschicken, solange sie nicht draußen getragen wurden."
ENGLISH = "You can send the boots back within sixty days as long as they have not been worn outside."


@pytest.mark.parametrize(
    ("text", "languages", "kept"),
    [
        (GERMAN, ("de", "en"), True),
        (GERMAN, ("en",), False),
        (ENGLISH, ("de",), False),
        ("60 Tage.", ("fr",), True),
        ("您可以在六十天内退货。", ("en",), False),
    ],
)
def test_another_language_is_not_answered_in(text, languages, kept):
    assert (apply(text, languages=languages) == [text]) is kept


def test_a_language_that_nothing_can_tell_is_refused():
    with pytest.raises(SettingsError, match=r"tone.languages names xx, .*allowed: ar, cs"):
        Tone(ToneSettings(languages=("en", "xx")))


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("Don't wash it, you can't.", "Do not wash it, you cannot."),
        ("It won't fit and it's been used.", "It will not fit and it has been used."),
        ("We’re glad; I'd like that. They'll ship.", "We are glad; I would like that. They will ship."),
        ("That's all you've to do. Let's see, I'm here.", "That is all you have to do. Let us see, I am here."),
        ("The tent's pole isn't broken.", "The tent's pole is not broken."),
        ("Press “Tell me when it's back”, it's free.", "Press “Tell me when it's back”, it is free."),
        ("Can't you open it? Isn't it there?", "Can't you open it? Isn't it there?"),
        ("She'd gone. Who'd know?", "She'd gone. Who'd know?"),
        ("DON'T", "DON'T"),
        ("Das geht's nicht.", "Das geht's nicht."),
    ],
)
def test_contractions_are_spelled_out(short, full):
    assert spelled_out(short) == full


def test_only_formal_answers_are_spelled_out_and_the_receipt_stays():
    (part,) = Tone(ToneSettings(formality="formal")).apply(said("It's free."))
    assert part == Supported("It is free.", "T-0", "It's free.", 0.9)
    assert apply("It's free.", formality="casual") == apply("It's free.") == ["It's free."]


@pytest.mark.parametrize(
    ("tone", "rung", "text"),
    [
        (ToneSettings(), "generated", "Boots can't go back after 60 days."),
        (ToneSettings(formality="formal"), "generated", "Boots cannot go back after 60 days."),
        (ToneSettings(forbidden=("/after 60/",)), "handoff", replies.HANDOFF),
    ],
)
def test_the_ladder_says_what_the_tone_allows_and_hands_over_what_is_left_empty(tmp_path, tone, rung, text):
    answer = "I have refunded your order. Boots can't go back after 60 days."
    hit = Hit(Ticket("T-1", "Boots", answer=answer, topic="returns"), 0.9, 0.9, 0.9)
    settings = Settings(var=tmp_path, tone=tone, answers=AnswersSettings(evidence_threshold=0.0))
    generator = ScriptedGenerator("Boots can't go back after 60 days.")
    ladder = make_ladder(settings, ScriptedHits(hit), KeywordEmbedder("boots"), generator)
    reply = ladder.answer("how long can I return my boots")
    assert (reply.rung, reply.text) == (rung, text)
