"""Measures start, turns and memory through the public API, beside plain Rasa with the same model in the same run.

Run: python -m benchmarks.turns [--turns 60]. The peer is `rasa run` with `rasa run actions` and its REST channel; the
two take turns, so that a slow minute of the machine hits both.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from conftest import RunningFrontdesk, Visitor  # noqa: E402

from benchmarks.machine import describe  # noqa: E402
from bot.process import free_port  # noqa: E402

TEMPLATE = "what are your opening hours?"
TICKET = "my sleeping mat loses air over night, how can i repair it myself?"
ORDER = ("where is my order FH-204817", "anna@example.org")


def main() -> None:
    """Start both systems, measure, print a table and one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=60, help="counted turns of each kind")
    turns = parser.parse_args().turns
    print(describe())
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder) / "var", turns)
    for name, value in figures.items():
        print(f"{name:<44} {value}")
    print(json.dumps(figures))


def measure(var: Path, turns: int) -> dict[str, Any]:
    """Return all figures; times in seconds or milliseconds as named."""
    frontdesk = RunningFrontdesk(var, free_port())
    frontdesk.start()
    figures: dict[str, Any] = {"first start to ready (s)": round(frontdesk.seconds_to_ready, 1)}
    frontdesk.stop()
    frontdesk.start()
    figures["second start to ready (s)"] = round(frontdesk.seconds_to_ready, 1)
    peer = PlainRasa(var)
    try:
        figures["plain Rasa: start to first answer (s)"] = round(peer.start(), 1)
        visitor = frontdesk.session()
        figures.update(times(turns, visitor, peer))
        figures.update(memory(frontdesk))
    finally:
        peer.stop()
        frontdesk.stop()
    return figures


def times(turns: int, visitor: Visitor, peer: PlainRasa) -> dict[str, Any]:
    """Return p50 and p95 of each kind of turn for both systems, and the ratio of the medians."""
    figures: dict[str, Any] = {}
    for name, text in (("template", TEMPLATE), ("ticket answer", TICKET)):
        ours, theirs = paired(turns, lambda text=text: visitor.say(text), lambda text=text: peer.say(text))
        figures[f"{name}: p50 / p95 (ms)"] = quantiles(ours)
        figures[f"{name}, plain Rasa: p50 / p95 (ms)"] = quantiles(theirs)
        figures[f"{name}: plain Rasa takes (times)"] = round(statistics.median(theirs) / statistics.median(ours), 1)
    return figures


def paired(turns: int, ours: Callable[[], Any], theirs: Callable[[], Any]) -> tuple[list[float], list[float]]:
    """Run both in turn, five rounds uncounted; returns milliseconds."""
    rows = [(clocked(ours), clocked(theirs)) for _ in range(turns + 5)][5:]
    return [a for a, _ in rows], [b for _, b in rows]


def clocked(call: Callable[[], Any]) -> float:
    """Return the milliseconds of one call; an empty answer is a failure, not a fast one."""
    began = time.perf_counter()
    if not call():
        raise RuntimeError("a turn was answered with nothing")
    return (time.perf_counter() - began) * 1000


def quantiles(values: list[float]) -> str:
    """Return "p50 / p95"."""
    ranked = sorted(values)
    return f"{statistics.median(ranked):.1f} / {ranked[int(len(ranked) * 0.95)]:.1f}"


def memory(frontdesk: RunningFrontdesk) -> dict[str, str]:
    """Return the proportional set size of each process in MiB."""
    found = {}
    for module in ("bot.gateway", "bot.answering", "bot.dialogue", "supervisor.supervisord"):
        rows = Path(f"/proc/{frontdesk.pid_of(module)}/smaps_rollup").read_text().splitlines()
        kib = next(int(row.split()[1]) for row in rows if row.startswith("Pss:"))
        found[f"memory of {module} (MiB)"] = f"{kib / 1024:.0f}"
    return found


class PlainRasa:
    """`rasa run` and `rasa run actions` on free ports, with the model that Frontdesk trained."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.url = ""
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, seconds: float = 300) -> float:
        """Start both servers and return the seconds until the first answer."""
        port, actions = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}/webhooks/rest/webhook"
        endpoints = self.var / "endpoints.yml"
        endpoints.write_text(f"action_endpoint:\n  url: http://127.0.0.1:{actions}/webhook\n")
        model = sorted((self.var / "models").glob("*.tar.gz"))[-1]
        began = time.monotonic()
        self._spawn("run", "actions", "--port", str(actions))
        self._spawn("run", "--port", str(port), "--model", str(model), "--endpoints", str(endpoints), "-i", "127.0.0.1")
        while True:
            try:
                if self.say("hello"):
                    return time.monotonic() - began
            except OSError:
                time.sleep(0.5)
            if time.monotonic() - began > seconds:
                raise RuntimeError("plain Rasa did not start")

    def _spawn(self, *arguments: str) -> None:
        environment = {**os.environ, "FRONTDESK_VAR": str(self.var), "RASA_TELEMETRY_ENABLED": "false"}
        environment.update(OMP_NUM_THREADS="1", TF_CPP_MIN_LOG_LEVEL="3", SANIC_HOST="127.0.0.1")
        environment.update(answers_environment(self.var))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.processes.append(subprocess.Popen([sys.executable, "-m", "rasa", *arguments], env=environment, **quiet))

    def say(self, text: str) -> list[dict[str, Any]]:
        """Send a message of one fixed sender."""
        body = json.dumps({"sender": "peer", "message": text, "id": uuid.uuid4().hex}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            return list(json.load(response))

    def stop(self) -> None:
        """Stop both servers."""
        for process in self.processes:
            process.kill()
            process.wait()


def answers_environment(var: Path) -> dict[str, str]:
    """Return address and token of the running answers service, so that the peer's actions ask the same one."""
    running = RunningFrontdesk(var, 0)
    environ = Path(f"/proc/{running.pid_of('bot.answering')}/environ").read_bytes().decode().split("\0")
    return {
        k: v
        for k, _, v in (item.partition("=") for item in environ)
        if k in ("FRONTDESK_ANSWERS_PORT", "FRONTDESK_INNER_TOKEN")
    }


if __name__ == "__main__":
    main()
