"""Fixtures that several test files share: a clean environment, public data, one running Frontdesk per session."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from browser_driver import SmallDesk
    from selenium.webdriver.chrome.webdriver import WebDriver
    from servers import PostgresServer, RedisServer

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI") == "true"
API_KEY = "key-of-the-tests"


def need(present: bool, what: str) -> None:
    """Skip where ``what`` is absent; in CI its absence is a failure."""
    if not present:
        (pytest.fail if IN_CI else pytest.skip)(f"{what} is not here", pytrace=False)


def needs_torch() -> None:
    """Skip where torch and transformers, which only some installations have, are absent; in CI too."""
    if not all(find_spec(name) for name in ("torch", "transformers")):
        pytest.skip("torch and transformers are not installed; they are no dependency of this project")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the person who runs the tests must not reach the code under test."""
    for name in list(os.environ):
        if name.startswith(("FRONTDESK_", "SLACK_", "TELEGRAM_")) and name != "FRONTDESK_DATA":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def public_data() -> Path:
    """The folder of public data sets: FRONTDESK_DATA, or ``shared/data`` beside the checkout."""
    folder = Path(os.environ.get("FRONTDESK_DATA", ROOT.parent / "shared" / "data"))
    need(folder.is_dir(), f"the public data folder {folder}")
    return folder


class RunningFrontdesk:
    """`frontdesk up` on free ports with a folder of its own, and a client for its public API."""

    def __init__(self, var: Path, port: int, **environment: str) -> None:
        self.var = var
        self.environment = environment
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.output: list[str] = []
        self.seconds_to_ready = 0.0

    def start(self, seconds: float = 300) -> None:
        environment = {
            # Settings of the person who runs the tests must not reach the product under test.
            **{name: value for name, value in os.environ.items() if not name.startswith("FRONTDESK_")},
            "FRONTDESK_VAR": str(self.var),
            "FRONTDESK_API_KEY": API_KEY,
            "OMP_NUM_THREADS": "1",
        }
        environment["FRONTDESK_GATEWAY_MESSAGES_PER_MINUTE"] = "6000"
        environment["FRONTDESK_GATEWAY_SESSIONS_PER_MINUTE"] = "6000"
        environment.update(self.environment)
        began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "up", "--port", str(self.port)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        ready = threading.Event()
        threading.Thread(target=self._read, args=(ready,), daemon=True).start()
        while not ready.wait(0.2):
            if self.process.poll() is not None or time.monotonic() - began > seconds:
                self.stop()
                raise RuntimeError("frontdesk up did not become ready:\n" + "".join(self.output[-60:]))
        self.seconds_to_ready = time.monotonic() - began

    def _read(self, ready: threading.Event) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
            if "Frontdesk is ready" in line:
                ready.set()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(40)

    def pid_of(self, module: str) -> int:
        """Process id of ``python -m module`` that belongs to this installation."""
        found = self.pids_of(module)
        if not found:
            raise LookupError(module)
        return found[0]

    def pids_of(self, module: str) -> list[int]:
        """Process ids of all ``python -m module`` of this installation."""
        return [pid for pid, command in self.processes() if "-m" in command and module in command]

    def processes(self) -> Iterator[tuple[int, list[str]]]:
        """Every process that was started for this installation, with its command line."""
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                command = (folder / "cmdline").read_bytes().decode().split("\0")
                environment = (folder / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if f"FRONTDESK_VAR={self.var}\0" in environment:
                yield int(folder.name), command

    def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> tuple[int, Any]:
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def session(self) -> Visitor:
        status, data = self.call("POST", "/api/v1/sessions", {})
        assert status in (200, 201), data
        return Visitor(self, data["token"])


class Visitor:
    """One customer's session."""

    def __init__(self, frontdesk: RunningFrontdesk, token: str) -> None:
        self.frontdesk = frontdesk
        self.token = token

    def say(self, text: str, message_id: str | None = None) -> list[dict[str, Any]]:
        body = {"text": text, "message_id": message_id or uuid.uuid4().hex}
        status, data = self.frontdesk.call("POST", "/api/v1/messages", body, self.token)
        assert status == 200, (status, data)
        return data["replies"]

    def history(self, after: int = 0) -> list[dict[str, Any]]:
        status, data = self.frontdesk.call("GET", f"/api/v1/messages?after={after}", None, self.token)
        assert status == 200, data
        return data["messages"]


@pytest.fixture(scope="session")
def frontdesk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFrontdesk]:
    """A whole Frontdesk, prepared from nothing: demo tickets, index, trained model, all processes."""
    from bot.process import free_port

    running = RunningFrontdesk(tmp_path_factory.mktemp("frontdesk") / "var", free_port())
    running.start()
    yield running
    assert running.stop() == 0
    assert list(running.processes()) == [], "a process outlived `frontdesk up`"


@pytest.fixture(scope="session")
def trained_model(frontdesk: RunningFrontdesk) -> Path:
    """The Rasa model that the running Frontdesk trained."""
    return sorted((frontdesk.var / "models").glob("*.tar.gz"))[-1]


@pytest.fixture(scope="session")
def scaled(
    frontdesk: RunningFrontdesk,
    postgres: PostgresServer,
    redis_server: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningFrontdesk]:
    """A Frontdesk with two dialogue workers, PostgreSQL and Redis."""
    var = prepared_copy(frontdesk.var, tmp_path_factory.mktemp("scaled") / "var")
    urls = {"FRONTDESK_TRACKER_URL": postgres.url, "FRONTDESK_LOCK_URL": redis_server.url}
    yield from run_workers(var, **urls)


def prepared_copy(var: Path, to: Path) -> Path:
    """Copy what a first start prepares: tickets, index and models, but no conversation."""
    shutil.copytree(var, to, ignore=shutil.ignore_patterns("rasa.db*", "conversations.db*", "run", "log", "up.lock"))
    return to


def run_workers(var: Path, **environment: str) -> Iterator[RunningFrontdesk]:
    """Start an installation that has been prepared with two workers, and stop it in the end."""
    from bot.process import free_port

    # A worker that was killed may take long to load on a machine that does many other things.
    patient = {"FRONTDESK_DIALOGUE_WORKERS": "2", "FRONTDESK_GATEWAY_TURN_TIMEOUT_SECONDS": "120"}
    running = RunningFrontdesk(var, free_port(), **patient, **environment)
    running.start()
    yield running
    assert running.stop() == 0
    assert list(running.processes()) == [], "a process outlived `frontdesk up`"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server for all tests; those that kill it start it again."""
    from servers import PostgresServer, postgres_bin

    need(postgres_bin() is not None, "PostgreSQL (apt-get install postgresql)")
    server = PostgresServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """A place for a new ledger, on each engine in turn."""
    if request.param == "sqlite":
        return tmp_path / "new" / "conversations.db"
    return str(request.getfixturevalue("postgres").ledger())


@pytest.fixture
def each_engine(ledger_place: Path | str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the gateways of a test keep their ledger on each engine in turn."""
    import gateway_world

    if isinstance(ledger_place, str):
        monkeypatch.setattr(gateway_world, "LEDGER_URL", ledger_place)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """One Redis server for all tests; those that kill it start it again."""
    from servers import REDIS, RedisServer

    need(REDIS is not None, "Redis (apt-get install redis-server)")
    server = RedisServer()
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    """One headless Chromium for all browser tests."""
    from browser_driver import CHROMEDRIVER, CHROMIUM, chromium

    need(bool(CHROMIUM and CHROMEDRIVER), "Chromium with its driver")
    with chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SmallDesk]:
    """The real gateway with a scripted dialogue, for a browser."""
    from browser_driver import SmallDesk

    small = SmallDesk(tmp_path / "var")
    yield small
    small.stop()
