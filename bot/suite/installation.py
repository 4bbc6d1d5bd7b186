"""A Frontdesk of one's own for the time of a run: ``frontdesk up`` on a free port, stopped at the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import ServiceUnavailable
from bot.process import free_port, stop_with_parent
from bot.settings import PROJECT_ROOT

# The first start imports tickets, builds the index and trains; seconds.
READY_SECONDS = 900.0
STOP_SECONDS = 40.0
# An operator's shell may name the shop, the databases and the channels of the bot that customers talk to.
NOT_OURS = ("FRONTDESK_", "SLACK_", "TELEGRAM_")
OWN = {
    # One caller plays many customers here.
    "FRONTDESK_GATEWAY_MESSAGES_PER_MINUTE": "100000",
    "FRONTDESK_GATEWAY_SESSIONS_PER_MINUTE": "100000",
    # They go before the settings file of a folder that was named.
    "FRONTDESK_ORDERS_BACKEND": "demo",
    "FRONTDESK_DIALOGUE_TRACKER_URL": "",
    "FRONTDESK_DIALOGUE_LOCK_URL": "",
}


@contextmanager
def own_installation(var: Path | None, say: Callable[[str], None]) -> Iterator[tuple[str, Path]]:
    """Start an installation and give its address and folder; a folder that was not named is removed afterwards.

    Raises:
        ServiceUnavailable: it does not start; holds the end of its output.
    """
    with tempfile.TemporaryDirectory(prefix="frontdesk-test-") as temporary:
        folder, port = var or Path(temporary) / "var", free_port()
        process = _start(folder, port)
        try:
            _wait(process, say)
            yield f"http://127.0.0.1:{port}", folder
        finally:
            _stop(process)


def own_environment(var: Path) -> dict[str, str]:
    """Return the environment of an installation that reaches no order system, database or channel of the team."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
    return {**kept, **OWN, "FRONTDESK_VAR": str(var.resolve())}


def _start(var: Path, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "up", "--port", str(port), "--host", "127.0.0.1"],
        cwd=PROJECT_ROOT,
        env=own_environment(var),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # Ctrl-C reaches the runner alone, which then stops this
        preexec_fn=stop_with_parent,  # noqa: PLW1509 - one prctl call, no locks
    )


def _wait(process: subprocess.Popen[str], say: Callable[[str], None]) -> None:
    """Read the output until it says ready; go on reading afterwards, or a full pipe would stop the installation."""
    ready, last = threading.Event(), deque[str](maxlen=20)

    def read() -> None:
        for line in process.stdout or ():
            last.append(line)
            if "Frontdesk is ready" in line:
                ready.set()
            elif not ready.is_set() and line.strip():
                say(line.rstrip().rsplit("\r", 1)[-1])

    threading.Thread(target=read, daemon=True).start()
    waited = 0.0
    while not ready.wait(0.2):
        waited += 0.2
        if process.poll() is not None or waited > READY_SECONDS:
            raise ServiceUnavailable("The installation for the run did not start:\n" + "".join(last))


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
