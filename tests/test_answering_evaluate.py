"""Measuring the ladder: the question file and the figures, on outcomes whose sums a reader can check."""

from __future__ import annotations

import pytest
from fakes import KeywordEmbedder, ScriptedHits

from bot.answering import evaluate
from bot.answering.confidence import Confidence
from bot.answering.evaluate import Outcome, Question
from bot.answering.extractive import ExtractiveComposer
from bot.answering.ladder import Ladder
from bot.answering.logistic import Logistic
from bot.answering.reading import Reader
from bot.errors import MalformedMessage
from bot.messages import Reply, Source
from bot.settings import Settings
from retrieval.errors import IndexMissing
from retrieval.store import TicketStore
from retrieval.tickets import Hit, Ticket

FREE = Ticket("T-1", "label", "label?", "The label is free for all goods.")


def outcome(rung: str, answerable: bool, ticket: str = "T-1", likeness: float | None = None) -> Outcome:
    sources = (Source(ticket, "label", "", 1.0),) if rung in evaluate.ANSWERED else ()
    text = FREE.answer if sources else "Sorry."
    return Outcome(Question("q", answerable, tickets=("T-1",)), Reply(text, rung, 0.5, sources), 0.01, likeness)


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (outcome("ticket", True), False),
        (outcome("ticket", True, ticket="T-9"), True),
        (outcome("generated", True, ticket="T-9", likeness=0.9), False),
        (outcome("generated", True, ticket="T-9", likeness=0.2), True),
        (outcome("ticket", False), True),
        (outcome("handoff", False), False),
        (outcome("handoff", True), False),
        (outcome("clarify", False), False),
    ],
)
def test_wrong(given, wrong):
    assert given.wrong is wrong


def test_figures():
    store = TicketStore(":memory:")
    store.upsert([FREE])
    outcomes = [outcome("ticket", True, likeness=0.8), outcome("handoff", True), outcome("clarify", True)]
    outcomes += [outcome("handoff", False), outcome("ticket", False)]
    found = evaluate.figures(outcomes, store)
    assert found == {
        "questions": 5,
        "answerable": 3,
        "rungs": {"ticket": 0.4, "clarify": 0.2, "handoff": 0.4},
        "refused_right": 0.5,
        "refused_wrong": 0.3333,
        "answered": 0.4,
        "answered_of_answerable": 0.3333,
        "wrong_of_answered": 0.5,
        "answered_of_unanswerable": 0.5,
        "sentences_supported": 1.0,
        "likeness_to_reference": 0.8,
        "p50_ms": 10.0,
        "p95_ms": 10.0,
    }


def test_figures_of_refusals_alone_have_no_shares_of_answers():
    found = evaluate.figures([outcome("handoff", False)], TicketStore(":memory:"))
    assert (found["wrong_of_answered"], found["likeness_to_reference"], found["refused_wrong"]) == (None, None, None)


def test_run_asks_every_question_and_reports_progress():
    embedder = KeywordEmbedder("label")
    reader = Reader(embedder)
    sure = Confidence(Logistic((), (), (), (), 5.0), 0.5, 0.1, {})
    ladder = Ladder(ScriptedHits(Hit(FREE, 0.9, 0.9, 0.9)), reader, ExtractiveComposer(reader), sure)
    done: list[int] = []
    found = evaluate.run(
        [Question("label?", True, "A label is free."), Question("no", False)], ladder, embedder, done.append
    )
    assert [item.reply.rung for item in found] == ["ticket", "ticket"]
    assert found[0].likeness == pytest.approx(1.0)
    assert found[1].likeness is None
    assert done == [1, 2]


def test_read_questions(tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text(
        '{"question": "a", "answerable": true, "tickets": ["T-1"]}\n\n{"question": "b", "answerable": false}\n'
    )
    assert evaluate.read_questions(path) == [Question("a", True, tickets=("T-1",)), Question("b", False)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "no questions"),
        ("{", ":1:"),
        ('{"question": "a"}', "answerable"),
        ('{"question": 5, "answerable": true}', "must be text"),
        ('{"question": "a", "answerable": "yes"}', "true or false"),
        ("[1]", ":1:"),
    ],
)
def test_a_bad_question_file_is_refused(tmp_path, content, says):
    path = tmp_path / "questions.jsonl"
    path.write_text(content)
    with pytest.raises(MalformedMessage, match=says):
        evaluate.read_questions(path)


def test_a_missing_question_file_is_refused(tmp_path):
    with pytest.raises(MalformedMessage, match="cannot be read"):
        evaluate.read_questions(tmp_path / "none.jsonl")


def test_without_an_index_the_remedy_is_named(tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text('{"question": "a", "answerable": true}\n')
    with pytest.raises(IndexMissing, match="frontdesk index build"):
        evaluate.evaluate_answers(path, Settings(var=tmp_path))
