"""The small generator, trained on from random weights for a step or two, measured and installed."""

from __future__ import annotations

import json
import random

import pytest
from conftest import needs_torch
from training_world import Quiet, parts_of, tickets, world

from bot.answering.generation.small import SmallGenerator
from bot.answering.small import network as stored_network
from bot.answering.small.reading import NOT_ENOUGH, SEP, Tokens
from bot.answering.training import course, installing
from bot.answering.training.parts import Wish
from bot.answering.training.rehearsal import Rehearsal
from bot.answering.training.rows import Row
from bot.errors import GenerationError, TrainingError
from bot.settings import AnswersSettings, Settings

CARDS = [
    {
        "id": f"card-{number}",
        "values": {"days": ["14", "30"]},
        "facts": [["It can be returned within {days} days."], ["The label is free."]],
        "asks": [{"uses": [0], "questions": ["Can I return it?"], "answers": ["Within {days} days."]}],
        "unanswered": ["Can I buy a label?"],
    }
    for number in range(20)
]
WORDS = "can be returned within days the label for it is free hello , . a ? i that bought"


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Random weights of the right form."""
    needs_torch()
    import torch
    from safetensors.numpy import save_file

    from bot.answering.training.network import Network

    torch.manual_seed(3)
    common = list(dict.fromkeys([SEP, NOT_ENOUGH, *Tokens.packaged()._plain(WORDS)]))
    made = {name: value.numpy() for name, value in Network(torch.tensor(common)).state_dict().items()}
    path = tmp_path_factory.mktemp("weights") / "generator.safetensors"
    save_file(stored_network.stored(made), str(path))
    return path


def rows(count=40):
    said = [f"A tent can be returned within {number} days." for number in range(count)]
    found = [Row(f"Can I return a tent? {at}", (text, "The label is free."), text) for at, text in enumerate(said)]
    return [*found, Row("Is it free?", ("A tent can be returned.",), "", "tickets without answer")]


def finetuned(weights, folder, **options):
    from bot.answering.training.finetune import finetune

    return finetune(weights, rows(), rows(6), folder, **({"seconds": 120, "threads": 1} | options))


def test_a_step_changes_the_weights_and_a_second_run_goes_on(weights, tmp_path):
    import torch

    from bot.answering.training.finetune import export

    lines = []
    first = finetuned(weights, tmp_path, steps=1, said=lines.append)
    assert (first.steps, first.examples, first.left_out) == (1, 41, 0)
    assert [line["step"] for line in lines] == [0, 1]
    assert first.log[0]["held_out"].keys() == {"all"}
    # Other rates than here would be needed to learn nothing from one step at random weights.
    assert first.learned
    before, after = (torch.load(tmp_path / name, weights_only=True) for name in ("best.pt", "last.pt"))
    assert torch.equal(before["output.bias"], after["network"]["output.bias"])

    again = finetuned(weights, tmp_path, steps=2)
    assert again.steps == 2
    assert again.log[:2] == first.log
    export(again.best, tmp_path / "new.safetensors")
    old, new = (stored_network.read(path) for path in (weights, tmp_path / "new.safetensors"))
    assert old.keys() == new.keys()
    assert (old["common"] == new["common"]).all()
    assert abs(old["encoder.0.attention.query.weight"] - new["encoder.0.attention.query.weight"]).max() > 0
    draft = SmallGenerator(tmp_path / "new.safetensors", tmp_path, None).draft("A tent?", ["It is free."])
    assert isinstance(draft, tuple)


def test_groups_are_measured_apart_where_they_are_large_enough(weights, tmp_path):
    from bot.answering.training.finetune import LEAST_GROUP, finetune

    unanswered = [row for row in rows() if not row.answer] * LEAST_GROUP
    found = finetune(weights, rows(), [*rows(LEAST_GROUP), *unanswered], tmp_path, seconds=60, threads=1, steps=1)
    assert found.log[0]["held_out"].keys() == {"", "tickets without answer"}


def test_cards_are_rehearsed_and_those_held_out_measured(weights, tmp_path):
    from bot.answering.training.finetune import mixed

    found = finetuned(weights, tmp_path, steps=1, cards=CARDS)
    assert found.log[0]["held_out"].keys() == {"all", "cards"}
    assert found.examples == 41
    source = mixed(iter(rows(300)), iter(Rehearsal(CARDS, 1)), 0.3, random.Random(1))
    groups = [next(source).group for _ in range(300)]
    assert 60 < groups.count("cards") < 120


def test_an_ended_training_is_not_gone_on_with(weights, tmp_path):
    first = finetuned(weights, tmp_path, steps=1)
    assert finetuned(weights, tmp_path, steps=1).log == first.log


def test_rows_that_cannot_be_learned_are_too_few(weights, tmp_path):
    from bot.answering.training.finetune import finetune

    strange = [Row("Can I?", ("It is free.",), f"Zebras cost {number} crowns.") for number in range(50)]
    with pytest.raises(TrainingError, match="Of 50 rows 0 fit the small generator"):
        finetune(weights, strange, strange, tmp_path, seconds=1)


def test_weights_of_another_form_are_refused(weights, tmp_path):
    from safetensors.numpy import load_file, save_file

    from bot.answering.training.finetune import network_from

    other = {name: value for name, value in load_file(str(weights)).items() if not name.startswith("decoder.2.")}
    save_file(other, str(tmp_path / "other.safetensors"))
    with pytest.raises(TrainingError, match="another form"):
        network_from(tmp_path / "other.safetensors")
    (tmp_path / "none.safetensors").write_bytes(b"nothing")
    with pytest.raises(GenerationError, match="cannot be read"):
        network_from(tmp_path / "none.safetensors")


def test_every_row_comes_in_every_round_in_another_order():
    needs_torch()
    from bot.answering.training.finetune import endless

    source = endless(rows(8), random.Random(1))
    first, second = ([next(source) for _ in range(9)] for _ in range(2))
    assert {row.question for row in first} == {row.question for row in second} == {row.question for row in rows(8)}
    assert [row.question for row in first] != [row.question for row in second]
    orders = {row.passages.index("The label is free.") for row in [*first, *second] if len(row.passages) == 2}
    assert orders == {0, 1}


@pytest.fixture
def parts(weights, tmp_path, monkeypatch):
    monkeypatch.setattr(installing, "SHIPPED", weights)
    monkeypatch.setattr(course, "read_cards", lambda: CARDS)
    with world(tickets()) as made:
        yield parts_of(made, Settings(var=tmp_path / "var", answers=AnswersSettings(threads=1)))


def test_a_whole_course_from_tickets_to_weights(parts, weights):
    screen = Quiet()
    card = course.Course(parts, Wish(minutes=0.02), screen).run()
    assert screen.said[:3] == [
        "reading tickets",
        "45 tickets to learn from, 6 newer ones to stop by, the newest 9 to judge by "
        "(0 near-duplicates moved to an older side)",
        "searching",
    ]
    assert card["base"] == "shipped"
    assert card["training"]["steps"] >= 1
    assert card["figures"]["new"]["questions"] == card["figures"]["current"]["questions"] == 9
    # From random weights to two steps further: neither says a word of the answers.
    assert not card["verdict"]["better"]
    assert not card["installed"]
    assert not parts.shelf.team.exists()
    work = parts.shelf.work
    assert (work / "curves.svg").read_text().startswith("<svg")
    report = json.loads((work / "report.json").read_text())
    assert report["data"] == card["data"]
    assert "tenta" not in json.dumps(report)

    # What was trained is kept, so that it can be installed all the same, without training again.
    forced = course.Course(parts, Wish(minutes=0.02, force=True), screen).run()
    assert forced["training"]["steps"] == card["training"]["steps"]
    assert forced["installed"]
    assert forced["forced"]
    assert parts.shelf.card(parts.shelf.team)["training"] == forced["training"]
    assert SmallGenerator.open(parts.settings.var, parts.reader).name.startswith("small:")
    assert not (work / "small").exists()
