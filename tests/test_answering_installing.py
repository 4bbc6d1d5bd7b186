"""The team's weights: in use whole or not at all, and the former ones to go back to."""

from __future__ import annotations

import json
import os

import pytest

from bot.answering.training import installing
from bot.answering.training.installing import Shelf, card_of
from bot.errors import TrainingError


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    path = tmp_path / "package" / "generator.safetensors"
    path.parent.mkdir()
    path.write_bytes(b"shipped")
    monkeypatch.setattr(installing, "SHIPPED", path)
    return path


@pytest.fixture
def shelf(shipped, tmp_path):
    return Shelf(tmp_path / "var" / "generator")


def weights(tmp_path, words: bytes):
    path = tmp_path / "new.safetensors"
    path.write_bytes(words)
    return path


def state(shelf):
    """What is in use and what is kept, with the number on each card."""
    found = []
    for path in (shelf.current(), shelf.previous):
        card = shelf.card(path)
        found.append((path.read_bytes() if path.exists() else None, card and card["number"]))
    return found


def install(shelf, tmp_path, number):
    shelf.install(weights(tmp_path, f"weights {number}".encode()), {"number": number})


def test_what_is_installed_is_in_use_with_its_card(shelf, tmp_path):
    assert state(shelf) == [(b"shipped", None), (None, None)]
    install(shelf, tmp_path, 1)
    assert state(shelf) == [(b"weights 1", 1), (None, None)]
    install(shelf, tmp_path, 2)
    assert state(shelf) == [(b"weights 2", 2), (b"weights 1", 1)]
    assert sorted(path.name for path in shelf.folder.iterdir()) == [
        "generator.json",
        "generator.previous.json",
        "generator.previous.safetensors",
        "generator.safetensors",
    ]


def test_there_and_back_again(shelf, tmp_path):
    with pytest.raises(TrainingError, match="no other to go back to"):
        shelf.rollback()
    install(shelf, tmp_path, 1)
    install(shelf, tmp_path, 2)
    assert shelf.rollback() == shelf.team
    assert state(shelf) == [(b"weights 1", 1), (b"weights 2", 2)]
    shelf.rollback()
    assert state(shelf) == [(b"weights 2", 2), (b"weights 1", 1)]


def test_back_to_the_shipped_ones(shelf, tmp_path, shipped):
    install(shelf, tmp_path, 1)
    assert shelf.rollback() == shipped
    assert state(shelf) == [(b"shipped", None), (b"weights 1", 1)]
    assert shelf.status()["previous"] == "team"
    assert shelf.rollback() == shelf.team
    assert state(shelf) == [(b"weights 1", 1), (None, None)]
    # After an installation over the shipped ones, one goes back to them, not to what was left behind before.
    shelf.rollback()
    install(shelf, tmp_path, 3)
    assert state(shelf) == [(b"weights 3", 3), (None, None)]


@pytest.mark.parametrize("step", range(6))
def test_a_kill_at_any_step_leaves_whole_weights(shelf, tmp_path, monkeypatch, step):
    install(shelf, tmp_path, 1)
    real, calls = os.replace, []

    def killed(*arguments):
        calls.append(arguments)
        if len(calls) > step:
            raise KeyboardInterrupt
        real(*arguments)

    monkeypatch.setattr(installing.os, "replace", killed)
    try:
        install(shelf, tmp_path, 2)
    except KeyboardInterrupt:
        in_use, _ = state(shelf)
        assert in_use in [(b"weights 1", 1), (b"weights 1", None)]
    else:
        assert step >= 4
        assert state(shelf)[0] == (b"weights 2", 2)


def test_a_card_of_other_weights_is_not_shown(shelf, tmp_path):
    install(shelf, tmp_path, 1)
    shelf.team.write_bytes(b"others")
    assert shelf.card(shelf.team) is None
    card_of(shelf.team).write_text("{broken")
    assert shelf.card(shelf.team) is None
    card_of(shelf.team).write_text(json.dumps([1]))
    assert shelf.card(shelf.team) is None


def test_a_folder_that_cannot_be_written_is_named(shelf, tmp_path):
    shelf.folder.parent.mkdir(parents=True)
    shelf.folder.write_text("a file")
    with pytest.raises(TrainingError, match="cannot be written.*Nothing was installed"):
        install(shelf, tmp_path, 1)


def test_without_any_weights_there_is_nothing_to_start_from(shelf, shipped):
    shipped.unlink()
    assert shelf.status()["in_use"] == "none"
    with pytest.raises(TrainingError, match="no weights to start from"):
        shelf.current()


def test_status_tells_what_is_in_use_and_what_is_unfinished(shelf, tmp_path, shipped):
    found = shelf.status()
    assert (found["in_use"], found["origin"], found["previous"]) == (str(shipped), "shipped", "none")
    shelf.install(weights(tmp_path, b"mine"), {"date": "2026-11-22"})
    (shelf.work / "small").mkdir(parents=True)
    (shelf.work / "small" / "last.pt").touch()
    found = shelf.status()
    assert (found["origin"], found["trained"], found["previous"]) == ("team", "2026-11-22", "shipped")
    assert found["unfinished"] == ["small"]


def test_one_training_at_a_time(shelf):
    with shelf.alone(), pytest.raises(TrainingError, match="Another training runs"), shelf.alone():
        pass
    with shelf.alone():
        pass
