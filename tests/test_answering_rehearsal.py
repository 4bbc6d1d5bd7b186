"""Rows of fact cards: what they ask is answered by their facts, or is to be refused."""

from __future__ import annotations

from itertools import islice

import pytest
from conftest import need

from bot.answering.small.values import made_up
from bot.answering.training.rehearsal import FOLDER, GROUP, Rehearsal, is_held_out, read_cards

CARD = {
    "id": "one",
    "values": {"days": ["14 days", "30 days"]},
    "facts": [["Boots go back within {days}.", "You have {days} for boots."], ["Lamps are {never} taken back."]],
    "asks": [{"uses": [0], "questions": ["boots back?"], "answers": ["Boots can go back for {days}."]}],
    "unanswered": ["do you sell tents?"],
}
OTHER = CARD | {"id": "two", "facts": [["Stoves need gas."]], "asks": [CARD["asks"][0]]}


def rows(count=400, seed=1, **options):
    cards = [CARD, OTHER]
    picked = [card for card in cards if is_held_out(card) == options.get("held_out", False)]
    assert len(picked) == 2
    return list(islice(Rehearsal(cards, seed, **options), count))


def test_values_are_the_same_in_facts_and_answer():
    answered = [row for row in rows() if row.answer and "boots" in " ".join(row.passages).lower()]
    assert {row.answer for row in answered} == {"Boots can go back for 14 days.", "Boots can go back for 30 days."}
    of_one_card = [row for row in answered if "Stoves" not in " ".join(row.passages)]
    assert len(of_one_card) > 20
    assert all(made_up(row.answer, row.passages) == [] for row in of_one_card)
    assert {row.group for row in answered} == {GROUP}
    # A brace that is no slot stays as it is written.
    assert any("Lamps are {never} taken back." in " ".join(row.passages) for row in answered)


def test_some_are_to_be_refused():
    refused = [row for row in rows() if not row.answer]
    assert 0.1 < len(refused) / 400 < 0.3
    assert {row.question for row in refused} == {"boots back?", "do you sell tents?"}


def test_the_same_seed_gives_the_same_rows():
    assert rows() == rows()
    assert rows() != rows(seed=2)


def test_without_cards_there_is_nothing_to_rehearse(tmp_path):
    assert read_cards(tmp_path / "nothing") == []
    assert not Rehearsal([], 1)


@pytest.mark.parametrize("held_out", [False, True])
def test_the_cards_of_the_repository(held_out):
    need(FOLDER.is_dir(), "the folder of fact cards")
    cards = read_cards()
    some = Rehearsal(cards, 7, held_out=held_out)
    assert some
    found = list(islice(some, 300))
    answered = [row for row in found if row.answer]
    assert len(answered) > 200
    founded = [row for row in answered if not made_up(row.answer, row.passages)]
    assert len(founded) > 0.95 * len(answered)
    assert all("{" not in row.question + row.answer for row in found)
