"""What counts as the expected reply, and what is said when it is not there."""

import re

import pytest

from bot.messages import Button, Reply, Source
from bot.suite.checks import faults, problems_of
from bot.suite.client import Answer
from bot.suite.story import Expected, Step

REPLY = Reply(
    "Order FH-204817\nis  on its way.",
    rung="ticket",
    sources=(Source("T-1", "Where is it", "with Swiftpost", 0.9), Source("T-2", "b", "c", 0.5)),
    buttons=(Button("Talk to a person", "x"), Button("No", "y")),
)


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        ({"texts": ("fh-204817 IS ON", "way.")}, None),
        ({"texts": ("is on", "refund")}, 'does not say "refund"'),
        ({"pattern": re.compile(r"fh-\d+.is", re.I | re.S)}, None),
        ({"pattern": re.compile("^is")}, "does not match"),
        ({"any_of": ("late", "ON ITS")}, None),
        ({"any_of": ("late", "lost")}, 'says none of "late", "lost"'),
        ({"rungs": ("ticket", "generated")}, None),
        ({"rungs": ("template",)}, "is of the rung ticket, not template"),
        ({"sources": ("T-2", "T-1")}, None),
        ({"sources": ("T-1", "T-9")}, "does not rest on T-9, but on T-1, T-2"),
        ({"any_source": ("T-9", "T-2")}, None),
        ({"any_source": ("T-9",)}, "rests on none of T-9"),
        ({"buttons": ("no", "talk to a person")}, None),
        ({"buttons": ("Talk",)}, 'has no button "Talk"'),
    ],
)
def test_one_reply(expected, says):
    found = faults(Expected(line=1, **expected), REPLY)
    assert (found == []) if says is None else (len(found) == 1 and says in found[0])


def step(**what):
    return Step(line=3, said="hello", **what)


def wants(text):
    return Expected(line=5, texts=(text,))


@pytest.mark.parametrize(
    ("asked", "answer", "says"),
    [
        (step(bot=(wants("one"), wants("three"))), ("one", "two", "three"), None),
        (step(bot=(wants("three"), wants("one"))), ("one", "two", "three"), "line 5: the reply is there, but before"),
        (step(bot=(wants("one"), wants("one"))), ("one", "two"), "the reply is there, but before"),
        (step(bot=(wants("four"),)), ("one",), 'line 5: reply 1 does not say "four"'),
        (step(bot=(wants("one"), wants("two"))), ("one",), "a reply is missing; the bot sent 1"),
        (step(replies=0), (), None),
        (step(replies=2), ("one",), "sent 1 replies, not 2"),
        (step(must_not_say=("TWO",)), ("one", "it is two"), 'reply 2 must not say "TWO" (text)'),
        (step(handoff=True), ("one",), "no person was asked for"),
        (step(within_ms=99), ("one",), "took 100 ms; 99 ms are allowed"),
        (step(within_ms=100), ("one",), None),
        (step(refused="text_too_long"), ("one",), "it should be refused with text_too_long"),
    ],
)
def test_one_step(asked, answer, says):
    found = problems_of(asked, Answer(tuple(Reply(text) for text in answer), milliseconds=100.0))
    assert (found == []) if says is None else (len(found) == 1 and says in found[0])


def test_sources_and_buttons_must_not_say_it_either():
    asked = step(must_not_say=("swiftpost", "person"))
    assert [line.split("(")[1] for line in problems_of(asked, Answer((REPLY,)))] == ["source T-1)", "button)"]


@pytest.mark.parametrize(
    ("wanted", "came", "says"),
    [
        ("text_too_long", "text_too_long", None),
        ("text_too_long", "empty_message", "with empty_message, not with text_too_long: why"),
        ("", "empty_message", "refused with empty_message: why"),
    ],
)
def test_refusals(wanted, came, says):
    found = problems_of(step(refused=wanted), Answer(refused=came, reason="why"))
    assert (found == []) if says is None else (len(found) == 1 and says in found[0])


def test_a_handover_that_was_not_wanted():
    assert problems_of(step(handoff=False), Answer((REPLY,), handed_over=True)) == ["a person was asked for"]
