"""The starter without the processes it starts; those are met in test_end_to_end.py."""

import configparser
import json
import socket

import pytest

from bot.errors import BotError
from bot.process import bind_error, free_port
from bot.settings import DialogueSettings, GatewaySettings, Secrets, Settings, load_settings
from bot.starter import check_port, inner_environment, sole_user, write_configuration


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
    settings = Settings(var=tmp_path, dialogue=DialogueSettings(workers=2))
    first, second = inner_environment(settings), inner_environment(settings)
    assert len(set(json.loads(first["FRONTDESK_DIALOGUE_PORTS"]))) == 2
    assert first["FRONTDESK_INNER_TOKEN"] != second["FRONTDESK_INNER_TOKEN"]
    assert bind_error("127.0.0.1", int(first["FRONTDESK_ANSWERS_PORT"])) is None


def test_the_chosen_address_reaches_the_gateway(tmp_path):
    environment = inner_environment(Settings(var=tmp_path, gateway=GatewaySettings(host="::1", port=8099)))
    loaded = load_settings({name: value for name, value in environment.items() if name.startswith("FRONTDESK_")})
    assert (loaded.gateway.host, loaded.gateway.port) == ("::1", 8099)


def test_pinned_ports_are_kept(tmp_path):
    port = free_port()
    environment = inner_environment(Settings(var=tmp_path, dialogue=DialogueSettings(ports=(port,))))
    assert json.loads(environment["FRONTDESK_DIALOGUE_PORTS"]) == [port]


def test_the_written_configuration_names_every_process_and_no_secret(tmp_path):
    settings = Settings(var=tmp_path / "a%b", secrets=Secrets(signing="s3cret", inner_token="t0ken"))
    text = write_configuration(settings, workers=2).read_text()
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    assert parser.sections() == [
        "supervisord",
        *(f"program:{name}" for name in ("gateway", "answers", "dialogue-0", "dialogue-1")),
    ]
    assert parser["program:dialogue-1"]["environment"] == 'FRONTDESK_WORKER="1"'
    assert "a%%b" in text
    assert "s3cret" not in text
    assert "t0ken" not in text
