"""The starter without the processes it starts; those are met in test_end_to_end.py."""

import configparser
import socket

import pytest
from click.testing import CliRunner
from supervisor.datatypes import dict_of_key_value_pairs

from bot.commands.up import up
from bot.errors import BotError
from bot.process import bind_error, free_port
from bot.programs import WorkerSet, socket_of, write_configuration
from bot.settings import GatewaySettings, Secrets, Settings, load_settings
from bot.starter import Processes, check_port, inner_environment, is_running, sole_user


def test_two_cannot_run_on_one_folder(tmp_path):
    settings = Settings(var=tmp_path)
    with sole_user(settings), pytest.raises(BotError, match="Another `frontdesk up`"), sole_user(settings):
        pass
    with sole_user(settings):
        pass


def test_a_taken_port_is_named_with_a_remedy(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert bind_error("127.0.0.1", port) is not None
        with pytest.raises(BotError, match=f"{port} is taken.*--port {port + 1}"):
            check_port(Settings(var=tmp_path, gateway=GatewaySettings(port=port)))


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1"])
def test_an_address_of_another_machine_is_not_called_taken(tmp_path, host):
    with pytest.raises(BotError, match="cannot listen on"):
        check_port(Settings(var=tmp_path, gateway=GatewaySettings(host=host, port=free_port())))


def test_inner_processes_get_ports_and_a_fresh_token(tmp_path):
    settings = Settings(var=tmp_path)
    first, second = inner_environment(settings), inner_environment(settings)
    assert first["FRONTDESK_INNER_TOKEN"] != second["FRONTDESK_INNER_TOKEN"]
    assert bind_error("127.0.0.1", int(first["FRONTDESK_ANSWERS_PORT"])) is None


def test_the_chosen_address_reaches_the_gateway(tmp_path):
    environment = inner_environment(Settings(var=tmp_path, gateway=GatewaySettings(host="::1", port=8099)))
    loaded = load_settings({name: value for name, value in environment.items() if name.startswith("FRONTDESK_")})
    assert (loaded.gateway.host, loaded.gateway.port) == ("::1", 8099)


def test_the_written_configuration_names_every_process_and_no_secret(tmp_path):
    settings = Settings(var=tmp_path / "a%b", secrets=Secrets(signing="s3cret", inner_token="t0ken"))
    sets = [WorkerSet("a", (5101, 5102), "old%.tar.gz"), WorkerSet("b", (5103, 5104), "new.tar.gz")]
    text = write_configuration(settings, socket_of(settings), sets).read_text()
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    assert {name for name in parser.sections() if name.startswith("program:")} == {
        f"program:{name}" for name in ("gateway", "answers", "dialogue-a", "dialogue-b")
    }
    told = parser["program:dialogue-a"]["environment"] % {"process_num": 1}
    assert dict_of_key_value_pairs(told) == {
        "FRONTDESK_WORKER": "1",
        "FRONTDESK_DIALOGUE_PORTS": "[5101, 5102]",
        "FRONTDESK_MODEL": "old%.tar.gz",
    }
    assert "a%%b" in text
    assert "s3cret" not in text
    assert "t0ken" not in text


def test_a_socket_fits_into_what_unix_allows(tmp_path):
    deep = Settings(var=tmp_path / ("x" * 100))
    assert socket_of(Settings(var=tmp_path)).parent == tmp_path / "run"
    assert len(str(socket_of(deep))) < 100
    assert socket_of(deep).parent.stat().st_mode & 0o077 == 0, "its owner's alone"


def test_a_folder_for_the_socket_is_gone_after_the_stop_and_var_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    near, deep = Settings(var=tmp_path / "var"), Settings(var=tmp_path / ("x" * 100))
    (near.var / "run").mkdir(parents=True)
    Processes(near).stop()
    assert (near.var / "run").is_dir()
    processes = Processes(deep)
    (folder,) = tmp_path.glob("frontdesk-*")
    (folder / "supervisor.sock.1").touch()
    processes.stop()
    assert not folder.exists()


def test_what_the_gateway_waits_for_is_told_once(tmp_path):
    processes = Processes(Settings(var=tmp_path, gateway=GatewaySettings(port=free_port())))
    (tmp_path / "log").mkdir()
    log = tmp_path / "log" / "gateway.log"
    log.write_text("waiting for the ledger: of an earlier start\n")
    processes._gateway_start = len(log.read_text())
    said = []
    with pytest.raises(BotError, match="Not ready after"):
        processes.wait_until_ready(lambda state: None, said.append, seconds=0.1)
    assert said == []
    with log.open("a") as handle:
        handle.write("gateway WARNING bot: waiting for the ledger: connection to 127.0.0.1 refused\n" * 2)
    with pytest.raises(BotError, match="Not ready after"):
        processes.wait_until_ready(lambda state: None, said.append, seconds=1.0)
    assert said == ["waiting for the ledger: connection to 127.0.0.1 refused"]


def test_why_a_process_does_not_start_is_told_once(tmp_path):
    logs = tmp_path / "log"
    logs.mkdir()
    (logs / "supervisord.log").write_text("INFO exited: gateway (exit status 1; not expected)\n" * 3)
    (logs / "gateway.log").write_text("The ledger has schema 99.\n" * 3)
    with pytest.raises(BotError, match="The process gateway does not start") as caught:
        Processes(Settings(var=tmp_path)).wait_until_ready(lambda state: None, print)
    assert str(caught.value).count("schema 99") == 1


def test_hours_that_cannot_be_read_are_refused_before_anything_starts(tmp_path, monkeypatch):
    (tmp_path / "settings.yml").write_text("desk: {hours: ['mon 9-17']}")
    monkeypatch.setenv("FRONTDESK_VAR", str(tmp_path))
    monkeypatch.setattr("bot.commands.up.prepare_apart", lambda: pytest.fail("nothing is prepared"))
    done = CliRunner().invoke(up, ["--port", str(free_port())])
    assert "'9-17' is no interval" in str(done.exception)
    assert not (tmp_path / "log").exists()


def test_whether_a_bot_runs_is_seen_by_its_lock(tmp_path):
    settings = Settings(var=tmp_path)
    assert not is_running(settings)
    with sole_user(settings):
        assert is_running(settings)
