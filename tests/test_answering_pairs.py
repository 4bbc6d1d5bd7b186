"""Pairs of solved tickets: what is asked, what is read, what is learned."""

from __future__ import annotations

import pytest
from fakes import KeywordEmbedder
from training_world import THINGS, ticket, tickets, world

from bot.answering.reading import Reader
from bot.answering.training.candidates import candidates
from bot.answering.training.pairs import SENTENCES, Pair, target
from bot.answering.training.splits import SIDES
from retrieval.tickets import Turn


def all_pairs(made, seed=7):
    maker, parted = made.maker(seed)
    found = {name: maker.pairs(name) for name in parted}
    return {name: some for name, some in found.items() if not isinstance(some, str)}, parted


def test_a_pair_asks_what_the_customer_asked_and_learns_general_sentences_alone():
    answer = "Hello Ann, I cancelled your order just now. A tenta can be returned within 30 days. Kind regards, Bo"
    known = [*tickets(), ticket(5, "tenta", id="T-own", answer=answer, question="Hi, may a tenta go back?")]
    with world(known) as made:
        pairs, _ = all_pairs(made)
        row = pairs["T-own"][0].row(made.book)
    assert row.question == "Hi, may a tenta go back?"
    assert row.answer == "A tenta can be returned within 30 days."
    assert not any("cancelled" in passage for passage in row.passages)


def test_a_first_message_that_says_nothing_is_asked_with_its_subject():
    known = [*tickets(), ticket(5, "tenta", id="T-own", question="see above", subject="Can a tenta go back")]
    with world(known) as made:
        assert made.book.question("T-own") == "Can a tenta go back\nsee above"


def test_no_pair_reads_a_ticket_of_a_newer_side():
    twins = []
    for number in range(120):
        both = f"{THINGS[number % 60]} with a {THINGS[(7 * number + 3 + number // 60) % 60]}"
        answer = f"Returning a {both} takes {number} days and the label for it is free."
        twins.append(ticket(number, "tenta", question=f"Can I return a {both}?", answer=answer))
    with world(twins) as made:
        pairs, parted = all_pairs(made)
        side = {name: SIDES.index(found) for name, found in parted.items()}
        read = {(name, other) for name, some in pairs.items() for pair in some for other, _ in pair.read}
        assert {side[name] for name in pairs} == {0, 1, 2}
        assert all(side[other] <= side[name] for name, other in read)
        assert any(side[other] < side[name] == 2 for name, other in read)


def test_what_is_learned_was_read():
    with world(tickets()) as made:
        pairs, _ = all_pairs(made)
        rows = [pair.row(made.book) for some in pairs.values() for pair in some if pair.source == "own"]
        assert len(rows) > 30
        for row in rows:
            read = " ".join(row.passages)
            assert all(f"{sentence.strip()}" in read for sentence in row.answer.split(". "))


def test_without_its_own_answer_only_where_others_support_it():
    def others(words):
        same = ticket(1, "tenta", id="T-same", answer=f"A tenta can be returned within 30 days {words}")
        asked = ticket(2, "tenta", id="T-asked", answer="A tenta can be returned within 30 days of delivery.")
        with world([*tickets(20)[1:], same, asked]) as made:
            maker, _ = made.maker()
            return maker._answered("T-asked", without=True)

    pair = others("after delivery, if it is clean.")
    assert pair.source == "others"
    assert "T-asked" not in [name for name, _ in pair.read]
    assert "T-same" in [name for name, _ in pair.read]
    with world([ticket(2, "tenta", id="T-asked")]) as made:
        maker, _ = made.maker()
        assert maker._answered("T-asked", without=True).source == "own"
        assert maker._answered("T-asked", without=False).source == "own"


@pytest.mark.parametrize(
    ("other", "source"),
    [
        ("A tenta can be returned within 31 days of delivery.", "own"),  # another figure
        ("A tenta is green on both sides and has 30 pegs.", "own"),  # the figure, but other words
    ],
)
def test_a_value_or_words_that_others_do_not_hold_need_the_own_answer(other, source):
    asked = ticket(2, "tenta", id="T-asked", answer="A tenta can be returned within 30 days of delivery.")
    with world([*tickets(20)[1:], ticket(1, "tenta", id="T-same", answer=other), asked]) as made:
        maker, _ = made.maker()
        assert maker._answered("T-asked", without=True).source == source


def test_what_a_newer_ticket_contradicts_is_not_learned():
    old = ticket(1, "tenta", id="T-old", answer="A tenta can be returned within 30 days of delivery.")
    new = ticket(2, "tenta", id="T-new", answer="A tenta can be returned within 14 days of delivery.")
    with world([*tickets(20)[1:], old, new]) as made:
        pairs, _ = all_pairs(made)
        assert "T-old" not in pairs
        assert pairs["T-new"][0].said == (0,)


def test_a_question_with_answers_of_strangers_is_to_be_refused():
    with world(tickets()) as made:
        pairs, parted = all_pairs(made)
        strange = [pair for some in pairs.values() for pair in some if pair.source == "unrelated"]
        assert 2 <= len(strange) <= 20
        for pair in strange:
            row = pair.row(made.book)
            assert (row.answer, row.group) == ("", "tickets without answer")
            assert row.passages
            assert pair.ticket not in [name for name, _ in pair.read]
            topic = made.book.ticket(pair.ticket).topic
            assert topic not in [made.book.ticket(name).topic for name, _ in pair.read]


def test_chance_hangs_on_seed_and_ticket_alone():
    with world(tickets()) as made:
        first, again, other = (all_pairs(made, seed)[0] for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_a_pair_is_kept_without_words():
    pair = Pair("T-1", (0, 2), (("T-1", (0, 2)), ("T-2", (1,))), "own")
    assert Pair.from_dict(pair.to_dict()) == pair


LONG = [
    f"The {thing} is number {at} of a long list of things that we keep here." for at, thing in enumerate(THINGS[:9])
]


def test_of_a_long_answer_the_sentences_near_the_question_are_learned():
    reader = Reader(KeywordEmbedder(*THINGS))
    assert target("Where is the tentc?", LONG, reader) == (2,)
    assert target("Where is the tentc and the tentf?", LONG, reader) == (2, 5)
    assert target("Where is the tentc?", LONG[:3], reader) == (0, 1, 2)
    several = target(" ".join(THINGS[:9]), LONG, reader)
    assert len(several) == SENTENCES


def test_a_sentence_comes_with_the_one_that_it_points_back_to():
    said = [*LONG[:4], "The tente has a ring of rubber.", "It wears out after a year of tentj use."]
    assert target("Does the tentj wear out?", said, Reader(KeywordEmbedder(*THINGS))) == (4, 5)


def test_no_target_is_longer_than_the_network_writes():
    said = [f"The tenta {'and the very long rope ' * 20}.", *LONG[1:5]]
    assert 0 not in target("tenta", said, Reader(KeywordEmbedder(*THINGS)))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"superseded_by": "T-000"}, "superseded"),
        ({"csat": 2}, "reopened or badly rated"),
        ({"reopened": True}, "reopened or badly rated"),
        ({"tags": ("goodwill",)}, "an exception made for one customer"),
        ({"language": "de"}, "in a language that the model does not read"),
        ({"answer": ""}, "without question or answer"),
        ({"answer": "Done, I sent you the label."}, "no sentence that holds for every customer"),
    ],
)
def test_tickets_that_are_no_example_are_left_out_and_counted(change, reason):
    with world([*tickets(10), ticket(20, "tenta", id="T-bad", **change)]) as made:
        found = candidates(made.store, made.book, 100, ("en",))
    assert found.left_out == {reason: 1}
    assert list(found.ids) == [f"T-{number:03}" for number in range(10)]


def test_the_newest_are_wanted_and_a_ticket_without_a_date_is_the_oldest():
    undated = ticket(0, "ropej", id="T-undated", created_at="", turns=(Turn("customer", "Hello"),))
    with world([*tickets(10), undated]) as made:
        found = candidates(made.store, made.book, 10)
        assert found.ids[0] == "T-000"
        assert found.left_out == {"older than the newest that were asked for": 1}
        assert candidates(made.store, made.book, 11).ids[0] == "T-undated"
        before = found.digest
        made.store.upsert([ticket(3, "lampa", id="T-003")])
        after = candidates(made.store, made.book, 10).digest
        assert after != before
        # Another version may find other sentences in the same tickets; pairs name them by number.
        made.book.sentences = lambda name: ("Another sentence.",)
        assert candidates(made.store, made.book, 10).digest not in (before, after)
