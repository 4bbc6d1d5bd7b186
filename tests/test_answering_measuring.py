"""What a generator is worth, and when a new one is better."""

from __future__ import annotations

import re

import pytest
from fakes import KeywordEmbedder, evidence

from bot.answering.grounding import Grounder
from bot.answering.reading import Reader
from bot.answering.training.judging import verdict
from bot.answering.training.measuring import Figures, Measure, Question, questions_of, rouge_l, verbatim
from bot.answering.training.pairs import Pair
from bot.errors import GenerationError

SAID = "Boots can be returned within 60 days."
OTHER = "The lamp is charged within 3 hours."
QUESTIONS = [
    Question("boots back?", (evidence(SAID, OTHER),), SAID),
    Question("lamp empty?", (evidence(SAID, OTHER),), OTHER),
    Question("tent colour?", (evidence(SAID),), ""),
]


def measure(questions=QUESTIONS):
    return Measure(questions, Reader(KeywordEmbedder("boots", "lamp")), Grounder())


def test_the_right_words_count_and_silence_counts_nothing():
    answers = {"boots back?": (SAID,), "lamp empty?": (), "tent colour?": ()}
    done = []
    found = measure().of(lambda question, items: answers[question], done.append)
    assert done == [1, 2, 3]
    assert (found.questions, found.unanswerable, found.failed) == (2, 1, 0)
    assert (found.answered, found.refused, found.supported, found.made_up) == (0.5, 1.0, 1.0, 0.0)
    assert found.rouge_l == pytest.approx(0.5)
    assert found.likeness == pytest.approx(0.5, abs=0.01)
    assert found.each == (pytest.approx(1.0), 0.0)
    assert "each" not in found.to_dict()


def test_what_no_evidence_holds_is_seen():
    found = measure().of(lambda question, items: ("Boots can be returned within 90 days.", OTHER))
    assert found.supported == 0.5
    assert found.made_up == 1.0
    assert (found.answered, found.refused) == (1.0, 0.0)


def test_an_error_is_no_answer():
    def fails(question, items):
        raise GenerationError("too slow")

    found = measure().of(fails)
    assert (found.failed, found.answered, found.likeness) == (3, 0.0, 0.0)


def test_nothing_to_measure_is_no_error():
    assert measure([]).of(verbatim).questions == 0


def test_the_best_ticket_says_what_the_rung_below_would():
    assert verbatim("boots?", [evidence(SAID, OTHER), evidence("More.")]) == [SAID, OTHER]
    assert verbatim("boots?", []) == ()


@pytest.mark.parametrize(
    ("one", "two", "wanted"),
    [
        ("a b c d", "a b c d", 1.0),
        ("A, b!", "a b", 1.0),
        ("a b", "c d", 0.0),
        ("a x b y", "a b", 2 / 3),
        ("", "a", 0.0),
    ],
)
def test_rouge_l(one, two, wanted):
    assert rouge_l(one, two) == pytest.approx(wanted)


class Shelf:
    """A book of one sentence for each ticket."""

    def question(self, name):
        return f"{name}?"

    def text(self, name, numbers):
        return f"{name}."

    def evidence(self, names):
        return tuple(evidence(name) for name in names)


@pytest.mark.parametrize(("count", "most", "first", "last"), [(10, 20, 0, 9), (100, 10, 0, 90), (3, 3, 0, 2)])
def test_questions_are_spread_over_the_tickets(count, most, first, last):
    pairs = [Pair(f"T-{at}", (0,), ((f"T-{at}", (0,)),), "own") for at in range(count)]
    found = questions_of(pairs, Shelf(), most)
    assert len(found) == min(count, most)
    assert (found[0].text, found[-1].text) == (f"T-{first}?", f"T-{last}?")


def figures(*each: float, **changes: float) -> Figures:
    named = {
        "questions": len(each),
        "answered": 1.0,
        "rouge_l": 0.5,
        "likeness": 0.0,
        "supported": 0.9,
        "made_up": 0.02,
    }
    named |= {"unanswerable": 10, "refused": 0.8, "failed": 0, "milliseconds": 9.0}
    return Figures(**(named | changes), each=each)


CURRENT = figures(*[0.5, 0.6, 0.7, 0.8] * 10)
BETTER = [0.55, 0.66, 0.74, 0.85] * 10


def test_nearer_and_nothing_worse_is_better():
    found = verdict(figures(*BETTER), CURRENT)
    assert found.better
    assert found.gain == pytest.approx(0.05)
    assert found.needed == pytest.approx(0.01)
    assert found.against == ()


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (CURRENT, "likeness gains [+]0.000, 0.010 is needed"),
        (figures(*[0.505, 0.605, 0.705, 0.805] * 10), "likeness gains [+]0.005"),
        (figures(*[0.4, 0.5, 0.6, 0.7] * 10), "likeness gains -0.100"),
        # A gain of 0.02 in the mean that five of forty questions made.
        (figures(*[0.5, 0.6, 0.7, 0.8] * 9, 0.9, 0.2, 1.0, 1.0), "likeness gains [+]0.0[0-9]+, 0.0[1-9]"),
        (figures(*BETTER, supported=0.88), "supported sentences fall from 0.900 to 0.880"),
        (figures(*BETTER, made_up=0.03), "made-up values rise from 0.020 to 0.030"),
        (figures(*BETTER, refused=0.7), "refusals where one is due fall from 0.800 to 0.700"),
    ],
)
def test_what_is_not_better_says_why(new, words):
    found = verdict(new, CURRENT)
    assert not found.better
    assert len(found.against) == 1
    assert re.search(words, found.against[0])
    assert found.to_dict()["better"] is False


def test_a_loss_that_nobody_would_see_is_none():
    assert verdict(figures(*BETTER, supported=0.891, refused=0.795), CURRENT).better
    assert verdict(figures(*BETTER, refused=0.0, unanswerable=0), CURRENT).better
