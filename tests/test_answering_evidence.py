"""What of past answers may be used: standing alone, dependence, contradictions, authority."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.answering import evidence as rules
from bot.answering import reactions
from retrieval.tickets import Hit, Ticket, Turn

PLAIN = "Unused goods can be returned within 60 days of delivery. The label is free."


def make(answer: str = PLAIN, **fields: object) -> rules.Evidence:
    ticket = Ticket(**{"id": "T-1", "subject": "return", "answer": answer, "topic": "returns", **fields})
    return rules.evidence_of(Hit(ticket, 0.8, 0.8, 0.8))


def test_a_general_answer_stands_alone():
    assert make(f"Hi Anna,\n{PLAIN}\nBest, Maren").alone == PLAIN


@pytest.mark.parametrize(
    ("answer", "fields"),
    [
        (PLAIN, {"reopened": True}),
        (PLAIN, {"csat": 2}),
        (PLAIN, {"tags": ("goodwill",)}),
        (PLAIN, {"superseded_by": "T-2"}),
        (f"I have refunded your order. {PLAIN}", {}),
        (f"{PLAIN} Your order number is [ORDER].", {}),
        ("It is free, and it takes 5 days until it arrives.", {}),
        ("Done!", {}),
        ("Returns are free for all goods. " * 30, {}),
    ],
)
def test_an_answer_that_does_not_stand_alone_is_not_sent_as_it_is(answer, fields):
    assert make(answer, **fields).alone is None


def test_superseded_tickets_say_nothing():
    assert make(superseded_by="T-2").sentences == ()


def test_a_sentence_goes_with_the_one_it_points_back_to():
    item = make("I have sent the label. It is valid for 60 days. Parcels are dropped at a counter. It costs nothing.")
    assert item.sentences == ("Parcels are dropped at a counter.", "It costs nothing.")


@pytest.mark.parametrize(
    ("answer", "first"),
    [
        ("Not done, only clogged. Backflush the filter with clean water.", "Backflush the filter with clean water."),
        ("What a moment to find out! The pegs sit in a small sleeve.", "The pegs sit in a small sleeve."),
        ("Only 2 days. Norda delivers on working days.", "Only 2 days."),
        ("No charcoal goes into the wood stove. Twigs do well.", "No charcoal goes into the wood stove."),
    ],
)
def test_a_reaction_without_a_fact_does_not_begin_an_answer(answer, first):
    assert make(answer).sentences[0] == first


def test_a_remnant_of_an_answer_about_one_case_is_not_used():
    case = "I have looked at your photo and we have sent a new pole to you today with the morning van. " * 2
    assert make(f"{case} No return of the tent is needed.").sentences == ()
    assert make(f"I have sent the pole. {PLAIN}").sentences != ()


def test_later_turns_reply_to_what_was_said_between_and_are_not_sent_along():
    later = "If it can't be saved, put the tent in the bin."
    turns = (Turn("agent", PLAIN), Turn("customer", "and with holes?"), Turn("agent", later))
    item = make(f"{PLAIN}\n\n{later}", turns=turns)
    assert item.alone == PLAIN
    assert item.sentences == ("Unused goods can be returned within 60 days of delivery.", "The label is free.")


def test_a_correction_in_a_later_turn_takes_back_the_turns_before():
    later = "My colleague's answer was a mistake. The label has been free since March 2026."
    turns = (Turn("agent", PLAIN), Turn("customer", "really?"), Turn("agent", later))
    item = make(f"{PLAIN}\n\n{later}", turns=turns)
    assert (item.alone, item.sentences) == (None, ("The label has been free since March 2026.",))


def test_a_correction_takes_back_what_was_said_before():
    item = make("The label costs 3.95 euro. Sorry, my mistake there. The label has been free since March 2026.")
    assert item.sentences == ("The label has been free since March 2026.",)


@pytest.mark.parametrize(
    ("sentence", "bare"),
    [
        ("Yes, returns are free for you.", "Returns are free for you."),
        ("That is right: the label is free.", "The label is free."),
        ("No need for a chargeback.", "No need for a chargeback."),
        ("No, sorry.", ""),
        ("Not any longer: since March the label is free.", "Since March the label is free."),
        ("You and the label: one dot means tumble dry on low.", "One dot means tumble dry on low."),
        ("Yes to both: we take back tents and bags.", "We take back tents and bags."),
        ("Explained that gift cards are never paid out in cash.", "Gift cards are never paid out in cash."),
        ("Explained that the parcel was packed already.", "Explained that the parcel was packed already."),
        ("Scree boots: 180 cm, Scree Low: 120 cm.", "Scree boots: 180 cm, Scree Low: 120 cm."),
        ("Not covered: wear.", "Not covered: wear."),
        ("You need two things: a photo and the number of the order.",) * 2,
    ],
)
def test_yes_and_no_are_taken_off_without_turning_the_meaning(sentence, bare):
    assert reactions.without_reply(sentence) == bare


@pytest.mark.parametrize(
    ("first", "second", "against"),
    [
        (
            "Goods can be returned within 30 days of delivery.",
            "Goods can be returned within 60 days of delivery.",
            True,
        ),
        (
            "Goods can be returned within 60 days of delivery.",
            "Goods can be returned within 60 days of delivery.",
            False,
        ),
        ("A trace takes 5 working days.", "Goods can be returned within 60 days of delivery.", False),
        ("The label costs 3.95 euro.", "The label weighs 20 g.", False),
    ],
)
def test_contradicts(first, second, against):
    assert rules.contradicts(first, second) is against


def test_the_newest_of_contradicting_tickets_speaks():
    old = make("Goods can be returned within 30 days of delivery.", id="T-1", created_at="2025-05-01T00:00:00Z")
    new = make("Goods can be returned within 60 days of delivery.", id="T-2", created_at="2026-05-01T00:00:00Z")
    assert rules.agreeing([old, new]) == [new]


def test_goodwill_does_not_overrule_a_rule():
    rule = make("Goods can be returned within 60 days of delivery.", id="T-1", created_at="2026-05-01T00:00:00Z")
    favour = make(
        "Goods can be returned within 90 days of delivery.",
        id="T-2",
        created_at="2026-09-01T00:00:00Z",
        tags=("goodwill",),
    )
    assert rules.agreeing([favour, rule]) == [rule]


def test_quantities_are_told_by_unit():
    found = rules.quantities("4.90 euro, 2-4 working days, 10 % and 30 minutes at 16:00")
    assert found == {"euro": {"4.90"}, "working day": {"2"}, "%": {"10"}, "minute": {"30"}}


def test_evidence_is_a_value():
    assert replace(make(), alone=None).alone is None
