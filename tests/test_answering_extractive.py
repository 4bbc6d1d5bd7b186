"""The extractive composer and the reader behind it."""

from __future__ import annotations

import numpy as np
import pytest
from fakes import KeywordEmbedder

from bot.answering.evidence import MAX_ANSWER, Evidence, evidence_of
from bot.answering.extractive import MAX_SENTENCES, ExtractiveComposer
from bot.answering.reading import Reader, in_order
from retrieval.tickets import Hit, Match, Ticket


def item(answer: str, ticket_id: str = "T-1") -> Evidence:
    return evidence_of(Hit(Ticket(ticket_id, "subject", answer=answer, topic="t"), 0.9, 0.9, 0.9))


def composer(*keywords: str) -> ExtractiveComposer:
    return ExtractiveComposer(Reader(KeywordEmbedder(*keywords)))


def test_sentences_keep_their_order():
    evidence = [item("Labels are made in the account. The weather was fine. A label can be printed at any counter.")]
    draft = composer("label", "weather").compose("where is my label", evidence)
    assert draft == ("Labels are made in the account.", "A label can be printed at any counter.")


def test_other_tickets_add_what_is_new_and_nothing_twice():
    evidence = [
        item("The label is free for every single customer."),
        item("The label is free for every customer. A lost label is printed again at the counter.", "T-2"),
    ]
    draft = composer("label").compose("label?", evidence)
    assert draft == (
        "The label is free for every single customer.",
        "A lost label is printed again at the counter.",
    )


def test_contradicting_sentences_are_not_joined():
    evidence = [
        item("Goods with a label can be returned within 60 days of delivery."),
        item("Goods with a label can be returned within 30 days of delivery.", "T-2"),
    ]
    (only,) = composer("label").compose("label?", evidence)
    assert "60 days" in only


def test_a_draft_stays_within_its_bounds():
    long = " ".join(f"Label number {name} goes on the box with tape and {'care ' * 20}always." for name in "abcdefgh")
    draft = composer("label").compose("label?", [item(long)])
    assert 0 < len(draft) <= MAX_SENTENCES
    assert len(" ".join(draft)) <= MAX_ANSWER


def test_a_pointing_sentence_brings_what_it_points_to():
    evidence = [item("The account page shows a form. It holds the label and the address of the warehouse.")]
    draft = composer("label").compose("label?", evidence)
    assert draft == ("The account page shows a form.", "It holds the label and the address of the warehouse.")


def test_nothing_near_the_question_gives_no_draft():
    assert composer("label", "weather").compose("label?", [item("The weather was fine for all of us there.")]) == ()
    assert composer("label").compose("label?", []) == ()
    assert composer("label").compose("label?", [item("Label it.")]) == ()


def test_the_reader_embeds_a_text_once_and_forgets_the_oldest():
    class Counting(KeywordEmbedder):
        seen: list[str] = []

        def embed(self, texts, *, progress=None):
            self.seen.extend(texts)
            return super().embed(texts)

    embedder = Counting("label")
    reader = Reader(embedder, kept=2)
    reader.vectors(["a", "b", "a"])
    reader.vectors(["a"])
    assert embedder.seen == ["a", "b"]
    reader.vectors(["c"])
    reader.vectors(["b"])
    assert embedder.seen == ["a", "b", "c", "b"]


def test_reading_leaves_out_what_has_nothing_to_say():
    hits = [
        Hit(Ticket("T-1", "s", answer="I have sent it to [EMAIL]."), 0.9, 0.9, 0.9),
        Hit(Ticket("T-2", "s", answer="The label is free for all."), 0.8, 0.8, 0.8),
    ]
    (reading,) = Reader(KeywordEmbedder("label")).read("label", hits)
    assert reading.hit.ticket.id == "T-2"
    assert reading.sentence > 0.99
    assert not reading.is_rival


def test_answers_that_say_the_same_agree_and_a_limit_is_kept():
    texts = ["The label is free for all.", "A label is free for everybody.", "The weather was fine for everybody."]
    hits = [Hit(Ticket(f"T-{at}", "s", answer=text), 0.9, 0.9, 0.9) for at, text in enumerate(texts)]
    reader = Reader(KeywordEmbedder("label", "weather"))
    label, same, weather = reader.read("label", hits)
    assert [reading.hit.ticket.id for reading in reader.read("label", hits, 2)] == ["T-0", "T-1"]
    first, *others = in_order([weather, label, same], [0.1, 0.9, 0.5])
    assert (first.hit.ticket.id, first.rank, first.likeness) == ("T-0", 0.9, 1.0)
    assert [(other.hit.ticket.id, other.is_rival) for other in others] == [("T-1", False), ("T-2", True)]
    assert in_order([], []) == []


def test_the_vector_of_the_index_is_used_where_there_is_one():
    given = np.array([0.6, 0.8], dtype=np.float32)
    hits = [Hit(Ticket("T-1", "s", answer="The label is free."), 0.9, 0.9, 0.9, Match(vector=given))]
    (reading,) = Reader(KeywordEmbedder("label")).read("label", hits)
    assert reading.vector.tolist() == pytest.approx([0.6, 0.8])


def test_of_a_long_answer_the_sentences_with_words_of_the_question_are_compared():
    filler = " ".join(f"Sentence {name} speaks of other things." for name in ("one", "two", "three", "four", "five"))
    hits = [Hit(Ticket("T-1", "s", answer=f"{filler} Any label is free of charge."), 0.9, 0.9, 0.9)]
    (reading,) = Reader(KeywordEmbedder("label")).read("what does a label cost", hits)
    assert reading.sentence > 0.99
