"""Which workers are started with which model; the processes themselves are met in test_dialogue_switch.py."""

import os
import socket
from contextlib import closing
from dataclasses import replace

import pytest

from bot.commands.doctor import _workers
from bot.errors import BotError
from bot.fleet import Fleet, newest_model
from bot.live import Live, LivePorts, read_live, write_live
from bot.settings import DialogueSettings, Settings
from bot.starter import sole_user


@pytest.fixture
def settings(tmp_path):
    settings = Settings(var=tmp_path, dialogue=DialogueSettings(workers=2))
    settings.models_dir.mkdir()
    for age, name in enumerate(("new.tar.gz", "old.tar.gz")):
        (settings.models_dir / name).write_bytes(b"")
        os.utime(settings.models_dir / name, (1000 - age, 1000 - age))
    return settings


def fleet(settings):
    return Fleet(settings, settings.var / "supervisor.sock", "token", lambda: settings)


def test_the_first_workers_get_the_newest_model_and_ports_of_their_own(settings):
    started = fleet(settings)
    assert started.workers.model == newest_model(settings) == "new.tar.gz"
    assert len(set(started.workers.ports)) == 2
    assert read_live(settings.live_file) == Live(started.workers.ports, "new.tar.gz")
    assert 'FRONTDESK_MODEL="new.tar.gz"' in started.configuration.read_text()
    started.close()
    assert read_live(settings.live_file).ports == ()


def test_a_model_that_was_refused_is_not_tried_again_at_the_next_start(settings):
    write_live(settings.live_file, Live((1,), "old.tar.gz", "new.tar.gz", "it is broken"))
    assert fleet(settings).workers.model == "old.tar.gz"
    assert read_live(settings.live_file).reason == "it is broken"
    (settings.models_dir / "newer.tar.gz").write_bytes(b"")
    assert fleet(settings).workers.model == "newer.tar.gz"
    assert read_live(settings.live_file).refused == ""


def test_a_refused_model_is_all_there_is(settings):
    (settings.models_dir / "old.tar.gz").unlink()
    write_live(settings.live_file, Live((1,), "old.tar.gz", "new.tar.gz", "it is broken"))
    assert fleet(settings).workers.model == "new.tar.gz"


def test_no_model_is_an_error_with_its_remedy(tmp_path):
    with pytest.raises(BotError, match="frontdesk train"):
        fleet(Settings(var=tmp_path))


def test_pinned_ports_are_kept(tmp_path, settings):
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    pinned = Settings(var=settings.var, dialogue=DialogueSettings(ports=(port,)))
    assert fleet(pinned).workers.ports == (port,)


def test_without_a_newer_model_nothing_happens(settings):
    started = fleet(settings)
    started.follow(lambda line: pytest.fail(line))
    started.follow(lambda line: pytest.fail(line))


def test_models_that_are_removed_meanwhile_stop_nothing(settings):
    started = fleet(settings)
    for path in settings.models_dir.glob("*"):
        path.unlink()
    started.follow(lambda line: pytest.fail(line))


def test_a_process_manager_that_does_not_answer_changes_nothing(settings):
    started, said = fleet(settings), []
    before = read_live(settings.live_file)
    (settings.models_dir / "newer.tar.gz").write_bytes(b"")
    started.follow(said.append)
    assert read_live(settings.live_file).ports == before.ports
    assert read_live(settings.live_file).refused == "newer.tar.gz"
    assert "new.tar.gz stays" in said[-1]
    started.follow(lambda line: pytest.fail("once is enough"))


def test_the_gateway_sees_a_change_at_once(tmp_path):
    path = tmp_path / "run" / "dialogue.json"
    ports = LivePorts(path, (1,))
    assert ports.now() == (1,)
    write_live(path, Live((2, 3)))
    assert ports.now() == (2, 3)
    write_live(path, Live((4, 5)))
    assert ports.now() == (4, 5)
    path.unlink()
    assert ports.now() == (4, 5), "what was known last"
    assert LivePorts(None, (6,)).now() == (6,)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"ports": 5}', '{"ports": ["x"]}', '{"ports": [1], "more": 2}'])
def test_an_unreadable_file_says_nothing(tmp_path, text):
    path = tmp_path / "dialogue.json"
    path.write_text(text)
    assert read_live(path) == Live()
    assert LivePorts(path, (7,)).now() == (7,)


def test_doctor_counts_the_workers_that_run(settings):
    (before,) = _workers(settings)
    assert (before.value, before.remedy) == ("2, at the next start", "")
    with sole_user(settings):
        fleet(settings)
        (found,) = _workers(settings)
        assert (found.value, found.remedy) == ("2 running", "")
        (found,) = _workers(replace(settings, dialogue=DialogueSettings(workers=3)))
        assert (found.value, found.remedy) == ("2 running", "The settings name 3: frontdesk reload")
