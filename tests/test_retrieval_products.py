"""Products that a conversation is about, by names that stand in the tickets."""

from __future__ import annotations

import pytest

from retrieval.asking import EARLIER_PRODUCT, Asked
from retrieval.index import index_in_memory
from retrieval.products import MAX_MENTIONED, Products
from retrieval.retriever import Retriever
from retrieval.store import TicketStore
from retrieval.tickets import Ticket

NAMES = ("Ridgeline 2 tent", "Ridgeline 3 tent", "The Tarn 45 backpack", "Good Night pillow", "Tarn 45 backpack")


@pytest.fixture
def store():
    with TicketStore(":memory:") as opened:
        tickets = [
            Ticket(f"{name} {n}", question=f"Is the {name.split()[0]} good?", answer="Yes, it is good.", product=name)
            for name in NAMES
            for n in range(3)
        ]
        opened.upsert(
            [*tickets, Ticket("general", question="Is there a good tent for two?", answer="Yes, a good one.")]
        )
        yield opened


@pytest.mark.parametrize(
    ("turns", "named"),
    [
        (["I have the ridgeline 3 tent", "Nice!"], ["Ridgeline 3 tent"]),
        (["my RIDGELINE leaks"], ["Ridgeline 3 tent", "Ridgeline 2 tent"]),
        (["a Ridgeline 2 tent", "or rather the good night pillow"], ["Good Night pillow", "Ridgeline 2 tent"]),
        (["Ridgeline 2 tent and Ridgeline 3 tent"], ["Ridgeline 3 tent", "Ridgeline 2 tent"]),
        (["my ridgeline 2 tent", "ridgeline!"], ["Ridgeline 2 tent", "Ridgeline 3 tent"]),
        (["is it any good for a night?"], []),
        (["which tent?"], []),
        (["ridgelines"], []),
        ([], []),
    ],
)
def test_the_product_named_last_comes_first(store, turns, named):
    assert sorted(Products.of(store).mentioned(turns)) == sorted(named)
    if len({name.split()[0] for name in named}) > 1:
        assert Products.of(store).mentioned(turns) == named


def test_names_in_full_come_before_beginnings_and_no_more_than_two_count(store):
    found = Products.of(store).mentioned(["Good Night pillow", "the Tarn 45 backpack", "Ridgeline 2 tent", "tarn"])
    assert len(found) == MAX_MENTIONED
    assert found[0] == "Ridgeline 2 tent"


def test_a_store_without_products_recognises_none():
    with TicketStore(":memory:") as empty:
        assert Products.of(empty).mentioned(["Ridgeline 2 tent"]) == []


def test_a_question_is_worded_once_more_for_each_product(store):
    class Recorded:
        texts: tuple[str, ...] = ()

        def embed_queries(self, texts):
            import numpy as np

            self.texts = tuple(texts)
            return np.eye(len(texts), dtype=np.float32)

    embedder = Recorded()
    asked = Asked.of("is it waterproof?", ["my ridgeline leaks", "Oh no."], Products.of(store))
    rows = asked.vectors(embedder)
    assert embedder.texts[:2] == ("is it waterproof?", "my ridgeline leaks\nOh no.\nis it waterproof?")
    assert sorted(embedder.texts[2:]) == [f"Ridgeline {n} tent\nis it waterproof?" for n in (2, 3)]
    assert rows[0].tolist() == pytest.approx([0.7071, 0.7071, 0, 0], abs=1e-3)
    assert asked.penalties == [0.0, 0.0, EARLIER_PRODUCT]


def test_a_question_without_a_conversation_is_asked_as_it_stands(store):
    asked = Asked.of("is the ridgeline waterproof?", [" "], Products.of(store))
    assert (asked.turns, asked.products) == ((), ())
    assert [weight for _, weight in asked.terms()] == [1.0]


def test_the_product_named_before_decides_between_equal_tickets():
    from fakes import KeywordEmbedder

    embedder = KeywordEmbedder("washed", "ridgeline", "tarn")
    with TicketStore(":memory:") as store:
        for name in ("Ridgeline tent", "Tarn backpack"):
            store.upsert([Ticket(name, question="Can it be washed?", answer=f"By hand: {name}.", product=name)])
        retriever = Retriever(store, index_in_memory(store, embedder)[0], embedder)
        for name in ("Ridgeline tent", "Tarn backpack"):
            hits = retriever.search("can I have it washed?", 1, "dense", context=[f"I bought the {name}", "Great!"])
            assert hits[0].ticket.id == name
