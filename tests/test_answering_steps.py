"""Instructions are told whole or not at all."""

from __future__ import annotations

import pytest

from bot.answering.evidence import evidence_of
from bot.answering.steps import whole_instruction
from bot.answering.tasks import asks_for_steps
from bot.messages import Supported
from retrieval.tickets import Hit, Ticket, Turn

WASH = (
    "Front-loader with a big drum, 30 degrees on the delicate cycle, down soap. Rinse one time more, spin low. "
    "Tumble dry on low with tennis balls until nothing feels clumped. Store the bag loose afterwards."
)
LATER = "A laundrette with a big dryer is quicker and better for the down."


def lead(*turns, identity="T-1"):
    said = tuple(Turn("agent", text) for text in turns)
    return evidence_of(Hit(Ticket(identity, answer="\n\n".join(turns), turns=said), 1.0, 0.0, 0.0))


def quote(text, identity="T-1"):
    return Supported(text, identity, text, 1.0)


@pytest.mark.parametrize(
    ("question", "steps"),
    [
        ("How do I wash a down sleeping bag?", True),
        ("Can I wash it in the machine", True),
        ("what is the best way to store a tent", True),
        ("My tent leaks at the seams", True),
        ("my stove hisses and smells of gas", True),
        ("How long does a repair take?", False),
        ("where is the repair form", False),
        ("do you repair boots", False),
        ("how do I return my boots", False),
        ("when do my points expire", False),
    ],
)
def test_what_asks_for_steps(question, steps):
    assert asks_for_steps(question) is steps


def test_what_begins_in_the_middle_becomes_the_whole_first_turn():
    said = whole_instruction([quote("Rinse one time more, spin low.")], lead(WASH, LATER))
    assert " ".join(part.text for part in said) == WASH
    assert {(part.ticket_id, part.score) for part in said} == {("T-1", 1.0)}


def test_a_later_turn_is_told_where_it_is_quoted_and_other_tickets_are_not():
    said = whole_instruction([quote(LATER), quote("Press the water out.", "T-2")], lead(WASH, LATER))
    assert " ".join(part.text for part in said) == f"{WASH} {LATER}"


@pytest.mark.parametrize("said", [[], [quote("Press the water out.", "T-2")], [quote("Spin it low, please.")]])
def test_without_a_quotation_of_the_first_ticket_nothing_is_put_together(said):
    assert whole_instruction(said, lead(WASH)) == tuple(said)


def test_a_diagnosis_of_one_customers_case_that_is_lost_leaves_no_answer():
    case = lead("Then it is condensation and not a leak. Open both roof vents and leave the door open at the top.")
    assert case.sentences == ("Open both roof vents and leave the door open at the top.",)
    assert whole_instruction([quote(case.sentences[0])], case) == ()


def test_what_is_too_long_is_left_to_a_person():
    long = lead(
        " ".join(f"Pull the {word} lumps of the wet down apart by hand with patience." for word in "abcdefghijklmnopq")
    )
    assert whole_instruction([quote(long.sentences[-1])], long) == ()
