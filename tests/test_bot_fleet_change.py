"""The change to new workers, with workers and a process manager that misbehave."""

import json
import threading
import time
import xmlrpc.client
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot import fleet
from bot.fleet import Fleet, is_reloading, reload_file
from bot.live import read_live
from bot.process import free_port
from bot.settings import DialogueSettings, GatewaySettings, Settings

READY = {"/readyz": (200, '{"ready": true}'), "/v1/turns": (200, '{"running": 0}')}


@contextmanager
def worker(answers=READY, silent=0.0):
    """A worker that says what it is told to, ``silent`` seconds after it was asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            time.sleep(silent)
            status, text = answers[self.path]
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


class Supervisor:
    """As much of supervisor as the fleet needs; ``stuck`` programs cannot be removed."""

    def __init__(self):
        self.programs, self.stuck = ["dialogue-a"], set()

    def reloadConfig(self):
        pass

    def getAllProcessInfo(self):
        return [{"group": name} for name in self.programs]

    def addProcessGroup(self, name):
        if name in self.programs:
            raise xmlrpc.client.Fault(90, "ALREADY_ADDED")
        self.programs.append(name)

    def stopProcessGroup(self, name):
        if name in self.stuck:
            raise xmlrpc.client.Fault(91, "STILL_RUNNING")

    def removeProcessGroup(self, name):
        self.programs.remove(name)

    def getProcessInfo(self, name):
        return {"statename": "RUNNING", "pid": 1}


@pytest.fixture
def supervisor(monkeypatch):
    found = Supervisor()

    @contextmanager
    def connected(_):
        yield found

    monkeypatch.setattr(Fleet, "_supervisor", connected)
    for name, seconds in (("LOOK_EVERY", 0.02), ("READY_SECONDS", 0.3), ("ANSWER_SECONDS", 0.2), ("DRAIN_MARGIN", 0.0)):
        monkeypatch.setattr(fleet, name, seconds)
    return found


@pytest.fixture
def settings(tmp_path):
    settings = Settings(var=tmp_path, gateway=GatewaySettings(turn_timeout_seconds=1.0))
    settings.models_dir.mkdir()
    (settings.models_dir / "one.tar.gz").write_bytes(b"")
    return settings


@pytest.fixture
def started(settings, supervisor):
    return Fleet(settings, settings.var / "supervisor.sock", "token", lambda: settings)


def reload(started, settings, monkeypatch, port):
    monkeypatch.setattr(fleet, "free_port", port if callable(port) else lambda: port)
    reload_file(settings).touch()
    said = []
    started.follow(said.append)
    return said[-1]


@pytest.mark.parametrize("text", ["Internal Server Error", "[]", '"x"', ""])
@pytest.mark.parametrize("status", [200, 500])
def test_a_worker_that_answers_nonsense_is_not_put_in_use(started, settings, supervisor, monkeypatch, status, text):
    with worker({"/readyz": (status, text)}) as port:
        assert "was not put in use" in reload(started, settings, monkeypatch, port)
    assert supervisor.programs == ["dialogue-a"]


def test_the_old_workers_are_replaced_and_removed(started, settings, supervisor, monkeypatch):
    with worker() as port:
        assert reload(started, settings, monkeypatch, port) == "model one.tar.gz is in use"
    assert (supervisor.programs, read_live(settings.live_file).ports) == (["dialogue-b"], (port,))


def test_new_workers_are_as_many_as_the_settings_say_now(settings, supervisor, monkeypatch):
    now = replace(settings, dialogue=DialogueSettings(workers=2))
    started = Fleet(settings, settings.var / "supervisor.sock", "token", lambda: now)
    with worker() as one, worker() as two:
        ports = iter((one, two))
        reload(started, settings, monkeypatch, lambda: next(ports))
        assert set(read_live(settings.live_file).ports) == {one, two}
        assert "numprocs=2" in started.configuration.read_text()


def test_a_program_that_cannot_be_removed_hides_no_reason_and_stops_no_later_change(
    started, settings, supervisor, monkeypatch
):
    supervisor.stuck.add("dialogue-b")
    with worker({"/readyz": (503, "{}")}) as port:
        assert "were not ready" in reload(started, settings, monkeypatch, port)
    assert supervisor.programs == ["dialogue-a", "dialogue-b"]
    supervisor.stuck.clear()
    with worker() as port:
        assert reload(started, settings, monkeypatch, port) == "model one.tar.gz is in use"
    assert supervisor.programs == ["dialogue-b"]


def test_old_workers_that_stay_stop_no_later_change(started, settings, supervisor, monkeypatch):
    supervisor.stuck.add("dialogue-a")
    with worker() as port:
        assert reload(started, settings, monkeypatch, port) == "model one.tar.gz is in use"
        supervisor.stuck.clear()
    with worker() as port:
        assert reload(started, settings, monkeypatch, port) == "model one.tar.gz is in use"
    assert supervisor.programs == ["dialogue-a"]


def test_what_is_asked_during_a_change_is_served_by_the_next(started, settings, monkeypatch):
    asked, states = reload_file(settings), []
    asked.touch()

    def say(line):
        states.append(is_reloading(settings))
        if len(states) == 1:
            asked.touch()

    with worker() as port:
        monkeypatch.setattr(fleet, "free_port", lambda: port)
        started.follow(say)
        assert is_reloading(settings)
        started.follow(say)
    assert (states, is_reloading(settings)) == ([True] * 4, False)


def drained(started, port):
    began = time.monotonic()
    started._drain(replace(started.workers, ports=(port,)))
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("turns", "silent", "waits"),
    [
        ((200, '{"running": 0}'), 0.0, False),
        ((200, '{"running": 2}'), 0.0, True),
        ((200, '{"running": 0}'), 1.5, True),
        ((500, "oh"), 0.0, True),
        ((200, "oh"), 0.0, True),
    ],
)
def test_a_worker_is_given_time_for_its_turns_also_when_it_does_not_answer(started, turns, silent, waits):
    with worker({"/v1/turns": turns}, silent) as port:
        assert (drained(started, port) >= 1.0) is waits


def test_a_worker_that_is_gone_is_not_waited_for(started):
    assert drained(started, free_port()) < 0.5


def test_a_request_that_was_being_served_when_the_bot_died_is_forgotten(settings, started):
    reload_file(settings).with_name("reloading").write_text(json.dumps("left"))
    Fleet(settings, settings.var / "supervisor.sock", "token", lambda: settings)
    assert not is_reloading(settings)
