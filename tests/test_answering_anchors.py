"""A draft is held to sentences of its evidence."""

from __future__ import annotations

import pytest
from fakes import KeywordEmbedder

from bot.answering.evidence import Evidence
from bot.answering.reading import Reader
from bot.answering.small.anchors import anchored
from retrieval.tickets import Hit, Ticket

WARRANTY = (
    "Poles are repaired free of charge for five years.",
    "It takes about three weeks.",
    "Wash the tent before you send it.",
)
PRICES = ("A pole segment costs 9 euro.", "Don't pay the full sum at once.")


def evidence(*tickets: tuple[str, ...]) -> list[Evidence]:
    return [
        Evidence(Hit(Ticket(f"T-{at}", answer=" ".join(said)), 1.0, 0.0, 0.0), said, None)
        for at, said in enumerate(tickets)
    ]


def held(*draft: str, question: str = "my pole is broken", words: tuple[str, ...] = ("broken",)) -> tuple[str, ...]:
    return anchored(question, draft, evidence(WARRANTY, PRICES), Reader(KeywordEmbedder(*words)))


def test_a_draft_becomes_the_sentence_it_was_made_of():
    assert held("Poles are repaired free for five years.") == (WARRANTY[0],)


@pytest.mark.parametrize(
    "drafted",
    [
        "Poles are repaired to report the full sum at once.",  # of two sentences
        "Your parcel arrives tomorrow morning before nine.",  # of none
        "",
    ],
)
def test_what_no_single_sentence_says_is_left_out(drafted):
    assert held(drafted) == ()


def test_what_points_back_comes_with_what_it_points_to():
    assert held("It takes about three weeks.") == WARRANTY[:2]


def test_sentences_stand_in_their_ticket_s_order_and_the_draft_s_order_of_tickets():
    drafted = ("A pole segment costs 9 euro.", "Poles are repaired free of charge for five years.")
    assert held(*drafted) == (PRICES[0], WARRANTY[0])
    assert held("Wash the tent before you send it.", WARRANTY[0]) == (WARRANTY[0], WARRANTY[2])


def test_the_nearest_other_sentence_of_the_first_ticket_completes_it():
    found = held(WARRANTY[0], question="do I wash it?", words=("wash", "pole"))
    assert found == (WARRANTY[0], WARRANTY[2])


def test_no_evidence_no_answer():
    assert anchored("?", ["Anything."], [], Reader(KeywordEmbedder("x"))) == ()
