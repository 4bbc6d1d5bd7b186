"""``frontdesk generator`` without torch: what is measured, shown, taken back, and refused with a remedy."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from click.testing import CliRunner
from conftest import ROOT, need

from bot.answering.generation.pretrained import INSTALL
from bot.answering.small.network import SHIPPED
from bot.answering.support.scorer import WEIGHTS
from bot.answering.training import team
from bot.cli import cli
from bot.errors import TrainingError
from retrieval.errors import IndexMissing

TOPICS = ("stoves-and-fuel", "tents-and-poles", "loyalty-fernpoints", "returns-policy", "gift-cards")


@pytest.fixture
def var(tmp_path, monkeypatch):
    monkeypatch.setenv("FRONTDESK_VAR", str(tmp_path / "var"))
    return tmp_path / "var"


def call(*arguments: str) -> str:
    done = CliRunner().invoke(cli, list(arguments))
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def demo(var):
    """Some topics of the demo team, imported and indexed."""
    need(SHIPPED.exists() and WEIGHTS.exists(), "the shipped weights")
    for topic in TOPICS:
        call("tickets", "import", str(ROOT / "training_data" / "tickets" / f"{topic}.jsonl"), "--json")
    call("index", "build", "--json")
    return var


def test_three_ways_to_answer_are_measured_on_the_newest_tickets(demo):
    found = json.loads(call("generator", "evaluate", "--json"))
    systems = found["figures"]
    assert list(systems)[1:] == ["best ticket verbatim", "extractive"]
    assert list(systems)[0].startswith("small:")
    counts = {figures["questions"] for figures in systems.values()}
    assert counts == {sum(found["data"]["held out"].values()) - found["data"]["held out"].get("unrelated", 0)}
    assert found["data"]["training"] == {}
    best = systems["best ticket verbatim"]
    assert best["likeness"] > 0.5
    assert best["supported"] > 0.9
    assert best["made_up"] == 0
    assert all(figures["failed"] == 0 for figures in systems.values())
    assert not (demo / "generator" / "training").exists()


def test_what_is_in_use_is_shown_and_taken_back(var):
    need(SHIPPED.exists(), "the shipped weights")
    shown = json.loads(call("generator", "status", "--json"))
    assert (shown["backend"], shown["origin"], shown["previous"]) == ("small", "shipped", "none")
    (var / "generator").mkdir(parents=True)
    shutil.copy(SHIPPED, var / "generator" / "generator.safetensors")
    assert json.loads(call("generator", "status", "--json"))["origin"] == "team"
    assert "In use now: the shipped generator" in call("generator", "rollback")
    assert "origin      shipped" in call("generator", "status")
    assert "In use now: the team's generator" in call("generator", "rollback")


@pytest.fixture
def with_torch(monkeypatch):
    """As if torch was there; what is tested ends before it is used."""
    monkeypatch.setattr(team, "find_spec", lambda name: object())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["generator", "train"], "There are no tickets yet.*frontdesk tickets import"),
        (["generator", "evaluate"], "There are no tickets yet.*frontdesk tickets import"),
        (["generator", "rollback"], "no other to go back to"),
    ],
)
def test_what_cannot_be_done_says_why_and_the_remedy(var, with_torch, arguments, words):
    with pytest.raises(TrainingError, match=words):
        call(*arguments)


def test_too_few_tickets_and_no_index_are_told_before_any_work(var, with_torch, tmp_path):
    file = tmp_path / "few.jsonl"
    row = {"id": "A-1", "question": "Is the label free?", "answer": "The label for a return is free for everybody."}
    file.write_text(json.dumps(row) + "\n")
    call("tickets", "import", str(file), "--json")
    with pytest.raises(IndexMissing, match="frontdesk index build"):
        call("generator", "train")
    call("index", "build", "--json")
    for command in ("train", "evaluate"):
        with pytest.raises(TrainingError, match="Only 1 tickets can be learned from"):
            call("generator", command, "--json")


@pytest.mark.parametrize(
    ("base", "there", "missing"),
    [
        ("small", (), "torch"),
        ("Qwen/Qwen2.5-0.5B-Instruct", ("torch",), "transformers, peft"),
        ("Qwen/Qwen2.5-0.5B-Instruct", ("torch", "transformers"), "peft"),
    ],
)
def test_a_missing_package_is_named_with_the_line_that_brings_it(var, monkeypatch, base, there, missing):
    monkeypatch.setattr(team, "find_spec", lambda name: name in there or None)
    with pytest.raises(TrainingError, match=rf"needs {missing}, not installed.*Run: {re.escape(INSTALL)}"):
        call("generator", "train", "--base", base)


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "--minutes", "0"],
        ["train", "--pairs", "10"],
        ["train", "--seed", "x"],
        ["evaluate", "file"],
        ["nonsense"],
    ],
)
def test_a_misunderstood_command_exits_with_2(var, arguments):
    assert CliRunner().invoke(cli, ["generator", *arguments]).exit_code == 2
