"""The ticket store on a real SQLite file: storing, searching words, erasing, migrating, sharing."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.errors import TicketNotFound
from retrieval.store import BATCH, TicketStore, UpsertCounts
from retrieval.tickets import Ticket, Turn

REFUND = Ticket(
    "T-1",
    subject="Refund",
    question="Where is my refund?",
    answer="Refunds take 5 working days.",
    created_at="2026-04-12T09:31:00Z",
    channel="email",
    topic="refunds",
    product="Ridgeline 2 tent",
    csat=5,
    customer_key="key-of-anna",
    turns=(Turn("customer", "Where is my refund?"), Turn("agent", "Refunds take 5 working days.")),
    tags=("money",),
)
POLE = Ticket("T-2", question="The tent pole is broken", answer="A segment costs 9 euro.", topic="tents", reopened=True)


@pytest.fixture
def store(tmp_path: Path):
    with TicketStore(tmp_path / "tickets.db") as opened:
        yield opened


def test_a_ticket_comes_back_as_it_was_stored(store: TicketStore) -> None:
    store.upsert([REFUND])
    assert store.get("T-1") == REFUND
    assert list(store.tickets()) == [REFUND]


def test_upsert_tells_new_changed_and_unchanged_apart(store: TicketStore) -> None:
    assert store.upsert([REFUND, POLE]) == UpsertCounts(added=2)
    assert store.upsert([REFUND, replace(POLE, csat=4)]) == UpsertCounts(updated=1, unchanged=1)
    assert store.count() == 2


def test_an_id_twice_in_one_batch_is_one_ticket_the_last_wins(store: TicketStore) -> None:
    assert store.upsert([POLE, replace(POLE, answer="It is free now.")]) == UpsertCounts(added=1, updated=1)
    assert store.get("T-2").answer == "It is free now."


def test_a_changed_ticket_keeps_its_row_id(store: TicketStore) -> None:
    store.upsert([REFUND, POLE])
    before = store.rowids(["T-2"])
    store.upsert([replace(POLE, question="Pole broke")])
    assert store.rowids(["T-2"]) == before


def test_row_ids_are_never_given_again(store: TicketStore) -> None:
    store.upsert([REFUND, POLE])
    taken = store.rowids(["T-2"])["T-2"]
    store.erase_ticket("T-2")
    store.upsert([replace(POLE, id="T-3")])
    assert store.rowids(["T-3"])["T-3"] > taken
    assert store.by_rowids([taken]) == {}


def test_an_unknown_id_is_named_in_the_error(store: TicketStore) -> None:
    with pytest.raises(TicketNotFound, match="T-9"):
        store.get("T-9")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("refunded", ["T-1"]),
        ("BROKEN poles", ["T-2"]),
        ("ridgeline tent", ["T-1", "T-2"]),
        ("where", ["T-1"]),
        ("", []),
        ("?!", []),
        ("nothing of this kind", []),
    ],
)
def test_keyword_search_finds_word_forms_in_every_text_field(
    store: TicketStore, query: str, expected: list[str]
) -> None:
    store.upsert([REFUND, POLE])
    found = store.by_rowids([rowid for rowid, _ in store.keyword_search(query, 5)])
    assert sorted(ticket.id for ticket in found.values()) == expected


@pytest.mark.parametrize(
    "query",
    [
        'refund"',
        "refund*",
        "NEAR(refund",
        "refund AND",
        "subject:refund",
        "refund NOT tent",
        "^refund",
        "(refund",
        "-refund",
        "{a}:refund",
    ],
)
def test_a_customers_text_is_never_search_syntax(store: TicketStore, query: str) -> None:
    store.upsert([REFUND])
    assert [rowid for rowid, _ in store.keyword_search(query, 5)] == [1]


def test_keyword_search_sees_changes_and_erasures(store: TicketStore) -> None:
    store.upsert([REFUND])
    store.upsert([replace(REFUND, subject="", question="Lost parcel", answer="We trace it.")])
    assert store.keyword_search("refund", 5) == []
    assert len(store.keyword_search("parcel", 5)) == 1
    store.erase_ticket("T-1")
    assert store.keyword_search("parcel", 5) == []


def test_rare_terms_weigh_more_and_unknown_ones_most(store: TicketStore) -> None:
    store.upsert([replace(POLE, id=f"T-{n}", question="tent" if n else "tent gas") for n in range(10)])
    weights = store.term_weights(["tent", "gas", "submarine"])
    assert 0 < weights["tent"] < weights["gas"] < weights["submarine"]


def test_frequent_terms_are_left_out_when_a_rare_one_is_there(
    store: TicketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.upsert([replace(POLE, id=f"T-{n}", question="tent" if n else "tent gas") for n in range(10)])
    monkeypatch.setattr("retrieval.keywords.MAX_POSTINGS", 5)
    assert [rowid for rowid, _ in store.keyword_search("gas tent", 20)] == [1]
    assert len(store.keyword_search("tent", 20)) == 10


def test_each_text_is_to_be_embedded_once_for_each_embedder(store: TicketStore) -> None:
    store.upsert([REFUND, replace(REFUND, id="T-3"), POLE])
    texts = list(store.rows_to_embed("model-a"))
    assert [tuple(parts) for _, *parts in texts] == [
        ("Refund\nWhere is my refund?\nRidgeline 2 tent", REFUND.answer),
        ("The tent pole is broken", POLE.answer),
    ]
    store.add_vectors("model-a", [(key, b"\0\0\0\0") for key, *_ in texts])
    assert list(store.rows_to_embed("model-a")) == []
    assert len(list(store.rows_to_embed("model-b"))) == store.count_to_embed("model-b") == 2
    assert [rowid for rowid, _, _ in store.vectors("model-a")] == [1, 2, 3]


def test_only_a_changed_question_or_answer_needs_a_new_vector(store: TicketStore) -> None:
    store.upsert([REFUND])
    store.add_vectors("model", [(key, b"") for key, *_ in store.rows_to_embed("model")])
    before = store.content_hash()
    store.upsert([replace(REFUND, tags=("late",), csat=2)])
    assert list(store.rows_to_embed("model")) == []
    assert store.content_hash() == before
    for changed in (replace(REFUND, question="Refund?"), replace(REFUND, answer="Refunds take 3 days.")):
        store.upsert([changed])
        assert store.count_to_embed("model") == 1
        assert store.content_hash() != before


def test_erasing_a_customer_takes_tickets_words_and_vectors(store: TicketStore, tmp_path: Path) -> None:
    store.upsert([REFUND, replace(REFUND, id="T-3", question="xylophone"), POLE])
    store.add_vectors("model", [(key, b"vector") for key, *_ in store.rows_to_embed("model")])
    assert store.erase_customer("key-of-anna") == 2
    assert [ticket.id for ticket in store.tickets()] == ["T-2"]
    assert len(store.vectors("model")) == 1
    assert store.stats()["erasures"] == 1
    store.close()
    assert all(b"xylophone" not in file.read_bytes() for file in tmp_path.iterdir())


def test_what_was_erased_does_not_come_back_with_an_old_export(store: TicketStore) -> None:
    store.upsert([REFUND, POLE])
    store.erase_customer("key-of-anna")
    store.erase_ticket("T-2")
    assert store.upsert([REFUND, POLE]) == UpsertCounts(erased=("T-1", "T-2"))
    later = replace(REFUND, id="T-9", created_at="2999-01-01T00:00:00Z")
    assert store.upsert([later]) == UpsertCounts(added=1)


def test_erasing_what_is_not_there_is_logged_all_the_same(store: TicketStore) -> None:
    assert store.erase_customer("nobody") == 0
    assert store.erase_ticket("T-9") == 0
    assert store.stats()["erasures"] == 2


def test_stats(store: TicketStore) -> None:
    store.upsert([REFUND, POLE])
    assert store.stats() == {
        "tickets": 2,
        "csat": 5.0,
        "reopened": 1,
        "superseded": 0,
        "customers": 1,
        "oldest": "2026-04-12T09:31:00Z",
        "newest": "2026-04-12T09:31:00Z",
        "erasures": 0,
        "topics": {"refunds": 1, "tents": 1},
        "channels": {"": 1, "email": 1},
        "languages": {"en": 2},
    }


def test_an_error_in_the_middle_loses_only_what_was_not_committed(store: TicketStore) -> None:
    def rows():
        for n in range(BATCH + 10):
            yield replace(POLE, id=f"T-{n}")
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        store.upsert(rows())
    assert store.count() == BATCH


def test_readers_in_other_threads_see_what_is_committed_while_a_writer_works(store: TicketStore) -> None:
    store.upsert([REFUND])
    seen: list[int] = []

    def rows():
        for n in range(BATCH + 1):
            yield replace(POLE, id=f"W-{n}")
        reader = threading.Thread(target=lambda: seen.append(store.count()))
        reader.start()
        reader.join()

    store.upsert(rows())
    assert seen == [BATCH + 1]


def test_many_threads_may_search_a_store_in_memory() -> None:
    with TicketStore(":memory:") as store:
        store.upsert([REFUND, POLE])
        found: list[int] = []
        threads = [
            threading.Thread(target=lambda: found.append(len(store.keyword_search("tent", 5)))) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [2] * 8
