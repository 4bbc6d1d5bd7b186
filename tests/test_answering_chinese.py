"""Chinese questions are answered from Chinese tickets or not at all."""

from __future__ import annotations

import json

import pytest
from conftest import ROOT

from bot.answering.chinese import HANDOFF, ChineseAnswers, probability_of, said
from bot.answering.ladder import Ladder
from bot.answering.reading import Reader
from bot.answering.tone import Tone
from bot.messages import Reply
from bot.settings import load_settings
from bot.settings_generator import ToneSettings
from retrieval.embedder import MULTILINGUAL, load_embedder
from retrieval.errors import EmbedderUnavailable
from retrieval.importers import import_tickets
from retrieval.language import is_chinese
from retrieval.retriever import Retriever
from retrieval.store import TicketStore
from retrieval.tickets import Ticket, Turn

QUESTIONS = ROOT / "tests" / "chinese" / "shop_questions.jsonl"


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chinese")
    store = TicketStore(folder / "tickets.db")
    for path in sorted((ROOT / "training_data" / "tickets").glob("*.jsonl")):
        import_tickets(path, store, form="jsonl", mapping={}, secret="of the test")
    reader = Reader(load_embedder(MULTILINGUAL, load_settings().embedder_dir, 1, "onnx-int8"))
    return ChineseAnswers(Retriever(store, None, None), lambda: reader)


def questions():
    return [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]


def test_the_right_ticket_is_found_and_the_wrong_one_seldom_said(answers):
    first = five = answerable = answered = wrong = 0
    for asked in questions():
        found = [one.hit.ticket.id for one in answers.ranked(asked["question"])]
        if asked["ticket"]:
            answerable += 1
            first += found[:1] == [asked["ticket"]]
            five += asked["ticket"] in found[:5]
        reply = answers.answer(asked["question"])
        if reply.rung == "ticket":
            answered += asked["split"] == "test"
            wrong += asked["split"] == "test" and reply.sources[0].id != asked["ticket"]
    print(f"answerable {answerable}, right first {first}, among five {five}, answered {answered}, wrong {wrong}")
    assert first >= 0.8 * answerable
    assert five >= 0.9 * answerable
    assert answered >= 14
    assert wrong <= 2


@pytest.mark.parametrize("question", ["怎么做番茄炒蛋", "比特币现在多少钱", "@@@@", "你"])
def test_without_evidence_a_chinese_sentence_offers_a_person(answers, question):
    reply = answers.answer(question)
    assert (reply.rung, reply.text, reply.sources) == ("handoff", HANDOFF, ())
    assert [button.title for button in reply.buttons] == ["转人工"]


def test_an_answer_is_said_as_the_ticket_has_it(answers):
    reply = answers.answer("头灯充一次电能亮多久")
    assert reply.rung == "ticket"
    assert "60 小时" in reply.text
    assert reply.sources[0].id == "T-1653"


def test_without_a_model_that_reads_chinese_a_person_is_offered(answers):
    def refuse():
        raise EmbedderUnavailable("not installed")

    assert ChineseAnswers(answers._search, refuse).answer("头灯充一次电能亮多久").rung == "handoff"


class NothingFound:
    """A search that finds nothing, and remembers what it was asked."""

    def __init__(self):
        self.calls = []

    def search(self, query, top_k=10, mode="hybrid", context=(), filters=None):
        self.calls.append((query, mode, filters.language if filters else None))
        return []


def no_reader():
    raise AssertionError("no model may be loaded where no ticket was found")


def test_english_tickets_are_never_asked_and_no_model_is_loaded_for_nothing():
    search = NothingFound()
    ladder = Ladder(search, None, None, _no_confidence(), chinese=ChineseAnswers(search, no_reader))
    assert ladder.answer("羽绒睡袋怎么洗").text == HANDOFF
    assert search.calls == [("羽绒睡袋怎么洗", "keyword", "zh")]


@pytest.mark.parametrize(
    ("tone", "answered"),
    [
        ({}, True),
        ({"languages": ("en", "zh")}, True),
        ({"languages": ("en",)}, False),
        ({"forbidden": ("/一定/",)}, False),
        ({"forbidden": ("/certainly/",)}, True),
    ],
)
def test_the_tone_of_the_settings_holds_for_a_past_answer(tone, answered):
    class OneAnswer:
        def answer(self, question: str, before: str = "") -> Reply:
            return Reply("明天一定送到。", rung="ticket", confidence=0.9)

    ladder = Ladder(NothingFound(), None, None, _no_confidence(), tone=Tone(ToneSettings(**tone)), chinese=OneAnswer())
    reply = ladder.answer("什么时候送到")
    assert (reply.text, reply.rung) == (("明天一定送到。", "ticket") if answered else (HANDOFF, "handoff"))


def _no_confidence():
    from bot.answering.confidence import load_confidence

    return load_confidence()


def test_a_short_question_follows_the_one_before():
    search = NothingFound()
    ChineseAnswers(search, no_reader).answer("那运费呢", "帐篷可以租吗")
    assert search.calls[0][0] == "帐篷可以租吗 那运费呢"


@pytest.mark.parametrize(
    ("text", "yes"),
    [("帐篷多重", True), ("Ridgeline 2多重", True), ("how heavy is the tent", False), ("テントの重さは", False)],
)
def test_which_questions_are_chinese(text, yes):
    assert is_chinese(text) is yes


def ticket(answer: str, **changes: object) -> Ticket:
    fields = {
        "id": "T-1",
        "subject": "退货",
        "question": "怎么退",
        "answer": answer,
        "created_at": "2026-05-01T00:00:00Z",
    }
    fields |= {"channel": "chat", "language": "zh", "topic": "returns", "product": None, "csat": 5, "reopened": False}
    fields |= {"superseded_by": None, "customer_key": None, "turns": (Turn("agent", answer),), "tags": ()}
    return Ticket(**(fields | changes))


@pytest.mark.parametrize(
    ("answer", "changes"),
    [
        ("您的订单今天已经发出，请留意短信。", {}),
        ("我已经为您取消了订单，请放心。", {}),
        ("[NAME]您好，款项已退。", {}),
        ("订单 FH-204817 可以退货，请寄回。", {}),
        ("60 天内可以退货。", {"reopened": True}),
        ("60 天内可以退货。", {"csat": 1}),
        ("60 天内可以退货。", {"superseded_by": "T-2"}),
        ("60 天内可以退货。", {"tags": ("goodwill",)}),
    ],
)
def test_what_was_said_to_one_customer_alone_is_not_said_again(answer, changes):
    assert said(ticket(answer, **changes)) == ""


def test_a_general_answer_may_be_said():
    assert said(ticket("60 天内可以退货。")) == "60 天内可以退货。"


def test_nothing_found_is_no_probability():
    assert probability_of([]) == 0.0
