"""All pairs of an installation: counted, gone on with after a kill, made anew for other tickets."""

from __future__ import annotations

import json

import pytest
from training_world import tickets, world

from bot.answering.training.candidates import Candidates
from bot.answering.training.corpus import LEAST_JUDGED, Corpus, make_corpus, refuse_if_too_few
from bot.answering.training.pairs import Pair
from bot.answering.training.parts import MOST_OF, thinned
from bot.errors import TrainingError


class Maker:
    """Makes one pair of each ticket, and none of T-1; remembers what it was asked."""

    def __init__(self, fails_at: str = "") -> None:
        self.asked: list[str] = []
        self._fails_at = fails_at

    def pairs(self, name):
        if name == self._fails_at:
            raise KeyboardInterrupt
        self.asked.append(name)
        return (
            "no reason"
            if name == "T-1"
            else (Pair(name, (0,), ((name, (0,)),), "own"), Pair(name, (), (), "unrelated"))
        )


NAMES = tuple(f"T-{at}" for at in range(6))
PARTED = dict(zip(NAMES, ["training"] * 4 + ["check", "held out"], strict=True))
WANTED = Candidates(NAMES, {"superseded": 2})


def test_pairs_are_parted_and_counted():
    found = make_corpus(Candidates((*NAMES, "T-new"), {"superseded": 2}), Maker(), PARTED)
    assert found.counts() == {
        "training": {"own": 3, "unrelated": 3},
        "check": {"own": 1, "unrelated": 1},
        "held out": {"own": 1, "unrelated": 1},
        "left out": {"superseded": 2, "no reason": 1, "not in the index yet: frontdesk index build": 1},
        "near-duplicates moved": 0,
    }
    assert [pair.ticket for pair in found.answered("training")] == ["T-0", "T-2", "T-3"]


@pytest.mark.parametrize("cut", [0, 9])
def test_after_a_kill_only_what_is_missing_is_made(tmp_path, cut):
    path = tmp_path / "work" / "pairs.jsonl"
    with pytest.raises(KeyboardInterrupt):
        make_corpus(WANTED, Maker(fails_at="T-3"), PARTED, path, "key")
    # A kill may come within a line.
    path.write_bytes(path.read_bytes()[: -cut or None])
    second = Maker()
    found = make_corpus(WANTED, second, PARTED, path, "key")
    assert second.asked == ["T-2", "T-3", "T-4", "T-5"][not cut :]
    assert found == make_corpus(WANTED, Maker(), PARTED)
    third = Maker()
    assert make_corpus(WANTED, third, PARTED, path, "key") == found
    assert third.asked == []
    make_corpus(WANTED, third, PARTED, path, "another key")
    assert third.asked == list(NAMES)


def test_the_file_holds_no_words_of_customers(tmp_path):
    with world(tickets(20)) as made:
        maker, parted = made.maker()
        make_corpus(Candidates(tuple(parted)), maker, parted, tmp_path / "pairs.jsonl", "key")
        lines = (tmp_path / "pairs.jsonl").read_text().splitlines()
    assert len(lines) == 21
    for line in lines[1:]:
        for pair in json.loads(line)["pairs"]:
            assert set(pair) == {"ticket", "said", "read", "source"}
            assert all(isinstance(number, int) for number in pair["said"])
            assert all(name.startswith("T-") and all(type(n) is int for n in numbers) for name, numbers in pair["read"])


def corpus(training: int, held_out: int) -> Corpus:
    def pairs(count):
        return [Pair(f"T-{at}", (0,), (), "own") for at in range(count)]

    return Corpus({"training": pairs(training), "check": [], "held out": pairs(held_out)}, {"superseded": 3})


@pytest.mark.parametrize(
    ("training", "held_out", "words"),
    [
        (44, 5, "Only 49 tickets can be learned from .*3 superseded.*frontdesk tickets import"),
        (90, LEAST_JUDGED - 1, "Only 4 of the newest tickets say something.*frontdesk tickets import"),
    ],
)
def test_too_few_are_refused_with_the_remedy(training, held_out, words):
    with pytest.raises(TrainingError, match=words):
        corpus(training, held_out).refuse_if_too_small()


def test_fifty_are_enough():
    corpus(45, 5).refuse_if_too_small()
    refuse_if_too_few(50, {})


def test_of_the_newer_sides_only_what_is_used_is_searched_for():
    ids = [f"T-{at}" for at in range(2000)]
    parted = {name: "training" if at < 1000 else "held out" for at, name in enumerate(ids[:-1])}
    kept = thinned(ids, parted, ("training", "held out"))
    assert kept[:1000] == tuple(ids[:1000])
    assert kept[-1] == ids[-1]  # not in the index: to be counted
    assert len(kept) == 1000 + MOST_OF["held out"] + 1
    assert thinned(ids, parted, ("held out",))[0] == "T-1000"
    assert thinned(ids[:5], parted, ("held out",)) == ()
