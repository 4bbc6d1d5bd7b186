"""Hybrid search with an embedder whose vectors can be checked by eye."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from fakes import KeywordEmbedder

from retrieval.errors import IndexMissing
from retrieval.filters import Filters
from retrieval.index import index_in_memory
from retrieval.ranking import SOLUTION_WEIGHT, fuse, ordered, outcome_factor, successors, term_share
from retrieval.retriever import Retriever
from retrieval.store import TicketStore
from retrieval.terms import informative_terms, stem, words
from retrieval.tickets import Ticket

EMBEDDER = KeywordEmbedder("refund", "tent", "parcel")
TICKETS = [
    Ticket("refund", question="When does my refund arrive?", answer="Within 5 working days."),
    Ticket("tent", question="The tent leaks", answer="Seal the seams."),
    Ticket("parcel", question="My parcel is lost", answer="We trace it with Swiftpost."),
    Ticket("stove", question="Which cartridge fits the Emberlite?", answer="EN 417 cartridges."),
]


def retriever_of(*tickets: Ticket) -> Retriever:
    store = TicketStore(":memory:")
    store.upsert(tickets)
    return Retriever(store, index_in_memory(store, EMBEDDER)[0], EMBEDDER)


@pytest.fixture
def retriever() -> Retriever:
    return retriever_of(*TICKETS)


def ids(hits) -> list[str]:
    return [hit.ticket.id for hit in hits]


@pytest.mark.parametrize("mode", ["hybrid", "dense"])
def test_the_ticket_of_the_same_meaning_comes_first(retriever: Retriever, mode) -> None:
    hits = retriever.search("my refund please", 2, mode)
    assert ids(hits)[0] == "refund"
    assert hits[0].dense == pytest.approx((1.0 + SOLUTION_WEIGHT * hits[0].match.solution) / (1.0 + SOLUTION_WEIGHT))


@pytest.mark.parametrize("mode", ["hybrid", "dense"])
def test_a_ticket_is_found_by_its_solution_and_says_how_near_that_is(mode) -> None:
    remedy = Ticket("remedy", question="What now?", answer="The parcel is traced.")
    found = {hit.ticket.id: hit for hit in retriever_of(*TICKETS, remedy).search("parcel", 5, mode)}
    assert ids(found.values())[:2] == ["parcel", "remedy"]
    assert found["remedy"].match.solution == pytest.approx(1.0)
    assert found["remedy"].match.vector @ EMBEDDER.embed(["parcel"])[0] == pytest.approx(1.0)
    assert 0.3 < found["remedy"].dense < found["parcel"].dense


def test_a_ticket_without_an_answer_is_ranked_by_its_problem_alone() -> None:
    (hit,) = retriever_of(Ticket("bare", question="refund")).search("refund", 1, "dense")
    assert hit.dense == pytest.approx(1.0)


@pytest.mark.parametrize("mode", ["hybrid", "keyword"])
def test_a_word_that_the_embedder_does_not_know_is_found_by_keyword(retriever: Retriever, mode) -> None:
    hits = retriever.search("emberlite", 1, mode)
    assert ids(hits) == ["stove"]
    assert hits[0].keyword == pytest.approx(1.0)


def test_keyword_is_the_share_of_informative_terms(retriever: Retriever) -> None:
    hit = retriever.search("refund zeppelin", 1)[0]
    assert hit.ticket.id == "refund"
    assert 0.2 < hit.keyword < 0.5


def test_scores_fall_and_stay_between_0_and_1(retriever: Retriever) -> None:
    for query in ("refund", "refund refund refund", "When does my refund arrive?", "tent parcel", "zzz"):
        scores = [hit.score for hit in retriever.search(query)]
        assert scores == sorted(scores, reverse=True)
        assert all(0.0 <= score <= 1.0 for score in scores)


@pytest.mark.parametrize("query", ["", "   ", "\n"])
def test_an_empty_query_finds_nothing(retriever: Retriever, query: str) -> None:
    assert retriever.search(query) == []


def test_an_empty_store_finds_nothing() -> None:
    assert retriever_of().search("refund") == []


@pytest.mark.parametrize(("top_k", "mode", "message"), [(0, "hybrid", "top_k"), (5, "magic", "mode")])
def test_wrong_arguments_are_named(retriever: Retriever, top_k: int, mode, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        retriever.search("refund", top_k, mode)


@pytest.mark.parametrize(
    "query", ['"', "refund* OR", "NEAR(", "👍", "x" * 50_000, "a b " * 20_000, "'; DROP TABLE tickets; --"]
)
def test_no_text_breaks_the_search(retriever: Retriever, query: str) -> None:
    retriever.search(query)
    assert retriever.store.count() == 4


def test_equal_scores_keep_the_order_of_storing() -> None:
    twins = [Ticket(f"twin-{n}", question="tent", answer="same") for n in range(6)]
    alone = Retriever(retriever_of(*twins).store, None, None)
    assert ids(alone.search("tent", 4, "keyword")) == ["twin-0", "twin-1", "twin-2", "twin-3"]


def test_of_one_answer_the_best_hit_is_shown_and_names_the_others() -> None:
    twins = [Ticket(f"twin-{n}", question="tent", answer="parcel", csat=n) for n in (3, 5, 4)]
    other = Ticket("other", question="tent", answer="refund", csat=1)
    hits = retriever_of(*twins, other).search("tent", 4)
    assert ids(hits) == ["twin-5", "other"]
    assert hits[0].duplicates == ("twin-4", "twin-3")
    assert hits[1].duplicates == ()


def test_a_superseded_ticket_does_not_stand_for_one_in_force() -> None:
    old = Ticket("old", question="tent", answer="refund", superseded_by="new")
    same, new = Ticket("same", question="tent", answer="refund", csat=1), Ticket("new", question="x", answer="parcel")
    hits = retriever_of(old, same, new).search("tent", 4)
    assert {hit.ticket.id for hit in hits} == {"old", "same", "new"}


def test_filters_limit_both_searches(retriever: Retriever) -> None:
    retriever.store.upsert([Ticket("chat", question="my refund", answer="Soon.", channel="chat")])
    found = retriever.search("refund", 5, filters=Filters(channel="chat"))
    assert ids(found) == ["chat"]
    assert retriever.search("refund", 5, filters=Filters(channel="fax")) == []


def test_earlier_turns_say_what_a_follow_up_is_about(retriever: Retriever) -> None:
    assert ids(retriever.search("how long does it take?", 1, context=["my parcel is lost", "Sorry!"])) == ["parcel"]
    assert ids(retriever.search("how long does it take?", 1, context=["I want my refund", "Sorry!"])) == ["refund"]


def test_the_question_counts_for_more_than_what_was_said_before(retriever: Retriever) -> None:
    assert ids(retriever.search("and the refund?", 1, context=["my parcel is lost"])) == ["refund"]


def test_a_ticket_that_is_not_in_the_index_yet_is_found_by_its_words(retriever: Retriever) -> None:
    retriever.store.upsert([Ticket("new", question="Is the zeppelin insured?", answer="No.")])
    found = {hit.ticket.id: hit for hit in retriever.search("zeppelin", 5)}
    assert (found["new"].dense, found["new"].keyword) == (0.0, pytest.approx(1.0))
    assert found["new"].match.vector is None


def test_an_erased_ticket_is_gone_before_the_index_is_built_again(retriever: Retriever) -> None:
    retriever.store.erase_ticket("refund")
    assert "refund" not in ids(retriever.search("refund"))


def test_a_successor_stands_above_what_it_replaced_even_if_it_was_not_found() -> None:
    old = Ticket("old", question="refund refund delay", answer="14 days.", superseded_by="new", csat=5)
    new = Ticket("new", question="money back", answer="5 days.", csat=3)
    hits = retriever_of(old, new, *TICKETS).search("refund delay", 5)
    assert ids(hits)[:2] == ["new", "old"]
    assert hits[0].score > hits[1].score


def test_the_last_of_a_chain_of_policies_wins() -> None:
    chain = [
        Ticket("a", question="tent rental price", answer="1", superseded_by="b"),
        Ticket("b", question="weekly fee", answer="2", superseded_by="c"),
        Ticket("c", question="deposit", answer="3"),
    ]
    assert ids(retriever_of(*chain).search("tent rental price", 3))[0] == "c"


def test_good_outcomes_decide_between_equals() -> None:
    bad = Ticket("bad", question="tent", answer="x", csat=1, reopened=True)
    good = Ticket("good", question="tent", answer="x", csat=5)
    (hit,) = retriever_of(bad, good).search("tent", 2)
    assert (hit.ticket.id, hit.duplicates) == ("good", ("bad",))


def test_keyword_search_needs_neither_index_nor_embedder(retriever: Retriever) -> None:
    alone = Retriever(retriever.store, None, None)
    assert ids(alone.search("refund", 1, "keyword")) == ["refund"]
    with pytest.raises(IndexMissing, match="embedder"):
        alone.search("refund")
    with pytest.raises(IndexMissing, match="frontdesk index build"):
        Retriever(retriever.store, None, EMBEDDER).search("refund")


def test_threads_share_a_retriever_on_a_file(tmp_path) -> None:
    with TicketStore(tmp_path / "tickets.db") as store:
        store.upsert(TICKETS)
        retriever = Retriever(store, index_in_memory(store, EMBEDDER)[0], EMBEDDER)
        queries = ["refund", "tent", "parcel", "emberlite"] * 10
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda query: ids(retriever.search(query, 1))[0], queries))
    assert found == ["refund", "tent", "parcel", "stove"] * 10


def test_fuse_adds_weighted_scores() -> None:
    found = fuse({1: 0.8, 2: -0.5}, {2: 1.0, 3: 0.5}, dense_share=0.75)
    assert [(candidate.rowid, candidate.score) for candidate in found] == [
        (1, pytest.approx(0.6)),
        (2, pytest.approx(0.25)),
        (3, pytest.approx(0.125)),
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"csat": 5}, 1.0),
        ({"csat": 4}, 1.0),
        ({}, 0.99),
        ({"csat": 1}, 0.96),
        ({"csat": 5, "reopened": True}, 0.97),
        ({"csat": 5, "created_at": "2025-01-01T00:00:00Z"}, 0.99),
        ({"csat": 5, "created_at": "1999-01-01T00:00:00Z"}, 0.97),
        ({"csat": 5, "created_at": "some day"}, 1.0),
    ],
)
def test_outcome_and_age_move_a_score_a_little(change: dict, expected: float) -> None:
    ticket = replace(TICKETS[0], **change)
    assert outcome_factor(ticket, "2026-01-01T00:00:00Z") == pytest.approx(expected, abs=1e-4)


def test_a_circle_of_successors_ends() -> None:
    a, b = Ticket("a", superseded_by="b"), Ticket("b", superseded_by="a")
    assert successors(a, {"a": a, "b": b}) == ["b"]
    assert len(ordered({1: 0.5, 2: 0.4}, {1: a, 2: b})) == 2


def test_term_share_by_weight() -> None:
    assert term_share([("refund", 3.0), ("late", 1.0)], frozenset({"refund"})) == 0.75
    assert term_share([], frozenset({"refund"})) == 0.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Where is my REFUND?", ["refund"]),
        ("I can't open the tent's zip", ["open", "tents", "zip"]),
        ("where is it", ["where", "is", "it"]),
        ("refund refund", ["refund"]),
        ("¿Größe?", ["größe"]),
        ("", []),
    ],
)
def test_informative_terms(text: str, expected: list[str]) -> None:
    assert informative_terms(text) == expected


@pytest.mark.parametrize(
    "pair", ["refunded refund", "poles pole", "shipping shipped", "batteries battery", "leaking leaks"]
)
def test_word_forms_share_a_stem(pair: str) -> None:
    first, second = (stem(word) for word in words(pair))
    assert first[:4] == second[:4]
