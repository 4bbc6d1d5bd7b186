"""Starts the three things that are compared and talks to them: stock Rasa, our worker alone, the whole product."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from conftest import RunningFrontdesk, Visitor  # noqa: E402

from benchmarks.understanding.commands import RASA  # noqa: E402
from bot.process import free_port  # noqa: E402
from bot.settings import PROJECT_ROOT  # noqa: E402

TOKEN = "token-of-the-benchmark"
CONVERSATION = 10  # turns; a whole conversation is read at each turn, so its length is part of the figure


class System(Protocol):
    """Something that answers customers."""

    def start(self) -> float:
        """Start, and return the seconds until the first answer or until it says that it is ready."""
        ...

    def say(self, sender: str, text: str) -> str:
        """Send one message and return what is answered."""
        ...

    def roots(self) -> list[int]:
        """Return the process ids that were started."""
        ...

    def stop(self) -> None:
        """End all processes."""
        ...


class Processes:
    """Child processes with their output thrown away."""

    def __init__(self) -> None:
        self.children: list[subprocess.Popen[bytes]] = []

    def spawn(self, command: Sequence[str], **environment: str) -> None:
        """Start one."""
        environ = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", **environment}
        # One thread is the peer's best setting too: with more, Rasa's parses wait for each other on two cores.
        environ = {"OMP_NUM_THREADS": "1", **environ}
        quiet = subprocess.DEVNULL
        child = subprocess.Popen(command, cwd=PROJECT_ROOT, env=environ, stdout=quiet, stderr=quiet)
        self.children.append(child)

    def roots(self) -> list[int]:
        """Return the process ids."""
        return [child.pid for child in self.children]

    def stop(self) -> None:
        """End all."""
        for child in self.children:
            child.terminate()
        for child in self.children:
            child.wait(30)
        self.children.clear()


def post(url: str, body: dict[str, Any], **headers: str) -> bytes:
    """Send JSON and return the answer's body."""
    data = json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=120) as response:
        return bytes(response.read())


def until_answered(system: System, began: float, seconds: float = 600) -> float:
    """Return the seconds from ``began`` until a greeting is answered."""
    while time.monotonic() - began < seconds:
        try:
            if system.say("first", "hello"):
                return round(time.monotonic() - began, 1)
        except OSError:  # noqa: PERF203 - waiting is what this loop is for
            time.sleep(0.25)
    raise RuntimeError(f"{type(system).__name__} did not answer within {seconds:g} s")


class StockRasa(Processes):
    """`rasa run` with the REST channel and `rasa run actions`."""

    def __init__(self, model: Path, var: Path) -> None:
        super().__init__()
        self.model, self.var = model, var

    def start(self) -> float:
        """Start both servers."""
        port, actions = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}/webhooks/rest/webhook"
        endpoints = self.var / "endpoints.yml"
        endpoints.write_text(f"action_endpoint:\n  url: http://127.0.0.1:{actions}/webhook\n")
        own = {"FRONTDESK_VAR": str(self.var), "SANIC_HOST": "127.0.0.1"}
        began = time.monotonic()
        self.spawn([*RASA, "run", "actions", "--port", str(actions)], **own)
        command = [*RASA, "run", "--port", str(port), "--model", str(self.model), "-i", "127.0.0.1"]
        self.spawn([*command, "--endpoints", str(endpoints)], **own)
        return until_answered(self, began)

    def say(self, sender: str, text: str) -> str:
        """Ask the REST channel."""
        return "\n".join(
            item.get("text", "") for item in json.loads(post(self.url, {"sender": sender, "message": text}))
        )


class Worker(Processes):
    """`python -m bot.dialogue`, without gateway and answers service."""

    def __init__(self, var: Path) -> None:
        super().__init__()
        self.var = var

    def start(self) -> float:
        """Start one worker."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/v1/turns"
        own = {"FRONTDESK_VAR": str(self.var), "FRONTDESK_INNER_TOKEN": TOKEN, "FRONTDESK_DIALOGUE_PORTS": f"[{port}]"}
        began = time.monotonic()
        self.spawn([sys.executable, "-W", "ignore", "-m", "bot.dialogue"], **own)
        return until_answered(self, began)

    def say(self, sender: str, text: str) -> str:
        """Run one turn."""
        body = {"sender_id": sender, "text": text, "message_id": uuid.uuid4().hex}
        lines = [json.loads(line) for line in post(self.url, body, Authorization=f"Bearer {TOKEN}").splitlines()]
        if lines[-1]["type"] != "end":
            raise RuntimeError(f"the turn failed: {lines[-1]}")
        return "\n".join(line["reply"]["text"] for line in lines if line["type"] == "reply")


class Product:
    """`frontdesk up`: gateway, worker, answers service."""

    def __init__(self, var: Path) -> None:
        self.running = RunningFrontdesk(var, free_port())
        self.visitors: dict[str, Visitor] = {}

    def start(self) -> float:
        """Start everything; what a first start prepares is not counted."""
        self.running.start(900)
        self.running.stop()
        self.running.start(300)
        return round(self.running.seconds_to_ready, 1)

    def say(self, sender: str, text: str) -> str:
        """Send a message of one visitor through the public API."""
        visitor = self.visitors.get(sender) or self.visitors.setdefault(sender, self.running.session())
        return "\n".join(reply["text"] for reply in visitor.say(text))

    def roots(self) -> list[int]:
        """Return the process that was started."""
        return [self.running.process.pid]

    def stop(self) -> None:
        """Stop everything."""
        self.running.stop()


def turns(
    systems: dict[str, System], text: str, holds: str, count: int, conversation: int = CONVERSATION
) -> dict[str, dict[str, Any]]:
    """Ask all systems in turn, a new conversation every ``conversation`` turns, ten turns uncounted; milliseconds.

    ``holds`` is what the right answer says: a system that says something else may be quick for that reason.
    """
    times: dict[str, list[float]] = {name: [] for name in systems}
    right: dict[str, list[bool]] = {name: [] for name in systems}
    said: dict[str, str] = {}
    for turn in range(count + CONVERSATION):
        for name, system in systems.items():
            sender = f"{text[:8]}-{turn // conversation}"
            began = time.perf_counter()
            said[name] = system.say(sender, text)
            times[name].append((time.perf_counter() - began) * 1000)
            right[name].append(holds in said[name])
            if not said[name]:
                raise RuntimeError(f"{name} answered with nothing")
    shares = {name: round(100 * sum(flags) / len(flags)) for name, flags in right.items()}
    return {
        name: {**quantiles(rows[CONVERSATION:]), "right (%)": shares[name], "answer": said[name]}
        for name, rows in times.items()
    }


def quantiles(values: list[float]) -> dict[str, float]:
    """Return p50 and p95."""
    ranked = sorted(values)
    return {"p50 (ms)": round(statistics.median(ranked), 1), "p95 (ms)": round(ranked[int(len(ranked) * 0.95)], 1)}


def throughput(system: System, text: str, senders: int, messages: int) -> float:
    """Return messages per second while ``senders`` customers each send ``messages`` one after the other."""
    names = [f"load-{time.time_ns()}-{number}" for number in range(senders)]
    for name in names:
        system.say(name, text)

    def customer(name: str) -> None:
        for _ in range(messages):
            system.say(name, text)

    began = time.monotonic()
    with ThreadPoolExecutor(senders) as pool:
        list(pool.map(customer, names))
    return float(round(senders * messages / (time.monotonic() - began), 1))


def memory(roots: Sequence[int]) -> float:
    """Return the proportional set size of these processes and all they started, in MiB."""
    return round(sum(_pss(pid) for root in roots for pid in _family(root)) / 1024)


def _family(root: int) -> Iterator[int]:
    yield root
    for task in Path(f"/proc/{root}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from _family(int(child))


def _pss(pid: int) -> int:
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("Pss:"))
