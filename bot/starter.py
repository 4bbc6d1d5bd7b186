"""Starts and watches the processes of one installation, with supervisor as the process manager.

The gateway gets the public port; answers and the dialogue workers get loopback ports and a fresh shared token through
the environment, never through a file.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.errors import BotError
from bot.fleet import READY_SECONDS, Fleet
from bot.log import tail
from bot.process import bind_error, free_port, stop_with_parent
from bot.programs import remove_socket, socket_of
from bot.settings import Settings, load_settings

STOP_SECONDS = 20.0
MAX_CRASHES = 3
# What the gateway logs when it waits for its database, with the reason.
WAITS = re.compile(r"waiting for the ledger: (.+)")
# Longer than the gateway waits for a worker that waits for its database; seconds.
READY_TIMEOUT = 10.0
# How soon a new model is noticed; seconds.
FOLLOW_EVERY = 1.0


@contextmanager
def sole_user(settings: Settings) -> Iterator[None]:
    """Hold the lock of this ``var/`` folder.

    Raises:
        BotError: another ``frontdesk up`` uses the folder.
    """
    settings.var.mkdir(parents=True, exist_ok=True)
    with open(settings.var / "up.lock", "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise BotError(
                f"Another `frontdesk up` already runs on {settings.var}. Stop it, or set FRONTDESK_VAR."
            ) from exc
        yield


def is_running(settings: Settings) -> bool:
    """Return whether a ``frontdesk up`` runs on this ``var/`` folder."""
    try:
        with sole_user(settings):
            return False
    except BotError:
        return True


def check_port(settings: Settings) -> None:
    """Refuse to start where the gateway could not listen.

    Raises:
        BotError: something listens there already, or the address is not one of this machine.
    """
    host, port = settings.gateway.host, settings.gateway.port
    error = bind_error(host, port)
    if error is None:
        return
    if error.errno == errno.EADDRINUSE:
        other = port + 1 if port < 65535 else port - 1
        raise BotError(f"{host}:{port} is taken by another program. Stop it, or use: frontdesk up --port {other}")
    raise BotError(f"The gateway cannot listen on {host}:{port}: {error.strerror}. Name another --host or --port.")


def inner_environment(settings: Settings) -> dict[str, str]:
    """Return the environment of the processes: their addresses and a token for this start."""
    return {
        **os.environ,
        "FRONTDESK_VAR": str(settings.var),
        "FRONTDESK_GATEWAY_HOST": json.dumps(settings.gateway.host),
        "FRONTDESK_GATEWAY_PORT": str(settings.gateway.port),
        "FRONTDESK_ANSWERS_PORT": str(settings.answers.port or free_port()),
        "FRONTDESK_INNER_TOKEN": secrets.token_urlsafe(32),
        "PYTHONUNBUFFERED": "1",
        # FAISS's threads would spin after each search, on the two cores that the next step needs: 18 ms instead of 9.
        "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "PASSIVE"),
    }


class Processes:
    """The running supervisor and what it watches."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.url = f"http://{reachable(settings.gateway.host)}:{settings.gateway.port}"
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._fleet: Fleet | None = None
        self._socket = socket_of(settings)
        self._log_start = 0
        self._gateway_log = settings.var / "log" / "gateway.log"
        self._gateway_start = 0

    def start(self) -> None:
        """Start supervisor with all programs."""
        environment = inner_environment(self.settings)
        self._fleet = Fleet(self.settings, self._socket, environment["FRONTDESK_INNER_TOKEN"], load_settings)
        log = self.settings.var / "log" / "supervisord.log"
        self._log_start = len(_text(log))
        self._gateway_start = len(_text(self._gateway_log))
        command = [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "supervisor.supervisord",
            "-n",
            "-c",
            str(self._fleet.configuration),
        ]
        self._supervisor = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches `up` alone, which then stops everything in order
            preexec_fn=stop_with_parent,  # noqa: PLW1509 - one prctl call, no locks
        )

    def wait_until_ready(
        self, on_change: Callable[[dict[str, Any]], None], say: Callable[[str], None], seconds: float = READY_SECONDS
    ) -> None:
        """Block until every part says it is ready; ``on_change`` gets each new state of /readyz.

        ``say`` is told once what the gateway waits for before it can answer at all.

        Raises:
            BotError: supervisor ended, or the time is over.
        """
        deadline, last, told = time.monotonic() + seconds, None, False
        while time.monotonic() < deadline:
            self._refuse_crashes()
            ready, state = self._readiness()
            if not told and not state and (waits := WAITS.search(_text(self._gateway_log)[self._gateway_start :])):
                say(f"waiting for the ledger: {waits[1]}")
                told = True
            if state != last:
                on_change(state)
                last = state
            if ready:
                return
            time.sleep(0.3)
        raise BotError(f"Not ready after {seconds:.0f} s: {json.dumps(last)}. See {self.settings.var / 'log'}")

    def _refuse_crashes(self) -> None:
        """Stop waiting for what cannot come: supervisor is gone, or a process ended three times since the start."""
        logs = self.settings.var / "log"
        if self._supervisor is not None and self._supervisor.poll() is not None:
            raise BotError(f"The process manager ended at once. See {logs}")
        said = _text(logs / "supervisord.log")
        ended = re.findall(r"exited: (\S+) \(.*not expected\)", said[self._log_start :])
        for name in {name for name in ended if ended.count(name) >= MAX_CRASHES}:
            # Each of the starts has said why; the same words once are enough.
            lines = dict.fromkeys(tail(logs / f"{name}.log").splitlines())
            raise BotError(f"The process {name} does not start. The end of {logs / name}.log:\n{chr(10).join(lines)}")

    def _readiness(self) -> tuple[bool, dict[str, Any]]:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=READY_TIMEOUT) as response:
                return True, json.load(response)
        except urllib.error.HTTPError as error:
            return False, json.loads(error.read() or b"{}")
        except (OSError, ValueError):
            return False, {}

    def wait(self, say: Callable[[str], None]) -> int:
        """Block until supervisor ends and return its exit code; meanwhile newer models are put in use."""
        assert self._supervisor is not None and self._fleet is not None
        while self._supervisor.poll() is None:
            self._fleet.follow(say)
            time.sleep(FOLLOW_EVERY)
        return self._supervisor.returncode

    def stop(self) -> None:
        """Stop all processes, the hard way after a while."""
        if self._fleet is not None:
            self._fleet.close()
        self._stop_supervisor()
        remove_socket(self.settings, self._socket)

    def _stop_supervisor(self) -> None:
        if self._supervisor is None or self._supervisor.poll() is not None:
            return
        self._supervisor.send_signal(signal.SIGTERM)
        try:
            self._supervisor.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._supervisor.pid, signal.SIGKILL)
            self._supervisor.wait()


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def reachable(host: str) -> str:
    """Return the address under which a client on this machine reaches a server on ``host``, ready for a URL."""
    if host in ("0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
