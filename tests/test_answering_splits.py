"""No ticket, and no near-duplicate of one, is both learned from and judged by."""

from __future__ import annotations

import numpy as np
import pytest
from training_world import ticket, tickets, world

from bot.answering.training.splits import SAME, Vectors, sides, vectors_of


def vectors(count: int, *alike: tuple[int, int], of: str = "problems") -> Vectors:
    """Tickets at right angles, but for pairs that are near-duplicates in one of the two texts."""
    rows = {name: np.eye(2 * count, dtype=np.float32)[:count] for name in ("problems", "solutions")}
    for first, second in alike:
        mixed = SAME * rows[of][first] + np.sqrt(1 - SAME**2) * np.eye(2 * count, dtype=np.float32)[count + second]
        rows[of][second] = 1.0001 * mixed
    return Vectors([f"T-{at}" for at in range(count)], rows["problems"], rows["solutions"])


def test_the_newest_are_held_out_and_those_before_them_tell_when_to_stop():
    parted, moved = sides(vectors(200))
    order = [parted[f"T-{at}"] for at in range(200)]
    assert order == ["training"] * 150 + ["check"] * 20 + ["held out"] * 30
    assert moved == 0


@pytest.mark.parametrize("of", ["problems", "solutions"])
@pytest.mark.parametrize(
    ("alike", "moved"),
    [
        ([(3, 199)], {"T-199": "training"}),
        ([(155, 199)], {"T-199": "check"}),
        ([(3, 155)], {"T-155": "training"}),
        ([(190, 199)], {}),
        ([(3, 4)], {}),
        # What is near a ticket that moved moves with it, however far it is from the first.
        ([(3, 160), (160, 190), (190, 195)], {"T-160": "training", "T-190": "training", "T-195": "training"}),
        ([(160, 190), (190, 195)], {"T-190": "check", "T-195": "check"}),
    ],
)
def test_near_duplicates_are_on_one_side_the_older_one(alike, moved, of):
    plain, _ = sides(vectors(200))
    parted, count = sides(vectors(200, *alike, of=of))
    assert parted == plain | moved
    assert count == len(moved)


def test_what_is_a_little_less_alike_stays():
    some = vectors(200)
    some.problems[199] = 0.94 * some.problems[3] + np.sqrt(1 - 0.94**2) * some.problems[199]
    assert sides(some)[1] == 0


def test_where_most_of_the_newest_repeat_older_ones_more_are_held_out():
    alike = [(at, at + 170) for at in range(25)]
    parted, _ = sides(vectors(200, *alike))
    held_out = [name for name, side in parted.items() if side == "held out"]
    assert len(held_out) >= 20
    assert not {f"T-{at + 170}" for at in range(25)} & set(held_out)


def test_vectors_are_those_of_the_index_and_tickets_without_one_are_left_out():
    known = [*tickets(30), ticket(40, "tenta", id="T-other", question="Is there a tenta?")]
    with world(known) as made:
        made.store.upsert([ticket(50, "ropej", id="T-new")])
        found = vectors_of(made.store, made.embedder.fingerprint, ["T-002", "T-new", "T-other", "T-000"])
        assert found.ids == ("T-002", "T-other", "T-000")
        assert found.problems[1] == pytest.approx(found.problems[2])
        assert found.problems[0] @ found.problems[2] < 0.1
        assert sides(vectors_of(made.store, made.embedder.fingerprint, ["T-new"])) == ({}, 0)
