"""Measures start, turns and memory through the public API, beside plain Rasa with the same model in the same run.

Run: python -m benchmarks.turns [--turns 60]. The peer is `rasa run` with `rasa run actions` and its REST channel; the
two take turns, so that a slow minute of the machine hits both.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from conftest import RunningFrontdesk  # noqa: E402
from plain_rasa import PlainRasa  # noqa: E402

from benchmarks.machine import describe  # noqa: E402
from bot.process import free_port  # noqa: E402

TEMPLATE = "what are your opening hours?"
TICKET = "can i return boots that i have worn outside?"
# Turns of a conversation: Rasa reads the whole of it at each turn, so its length is part of the figure. Who asks a
# question of the tickets a third time is passed to a person, so it is asked twice.
LENGTHS = {TEMPLATE: 10, TICKET: 2}
UNCOUNTED = 10


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
        figures.update(times(turns, frontdesk, peer))
        figures.update(memory(frontdesk))
    finally:
        peer.stop()
        frontdesk.stop()
    return figures


def times(turns: int, frontdesk: RunningFrontdesk, peer: PlainRasa) -> dict[str, Any]:
    """Return p50 and p95 of each kind of turn for both systems, and the ratio of the medians."""
    figures: dict[str, Any] = {}
    for name, text in (("template", TEMPLATE), ("ticket answer", TICKET)):
        ours, theirs = paired(turns, text, frontdesk, peer)
        figures[f"{name}: p50 / p95 (ms)"] = quantiles(ours)
        figures[f"{name}, plain Rasa: p50 / p95 (ms)"] = quantiles(theirs)
        figures[f"{name}: plain Rasa takes (times)"] = round(statistics.median(theirs) / statistics.median(ours), 1)
    return figures


def paired(turns: int, text: str, frontdesk: RunningFrontdesk, peer: PlainRasa) -> tuple[list[float], list[float]]:
    """Ask both in turn, in conversations of their length, the first ten turns uncounted; returns milliseconds."""
    ours, theirs = [], []
    for turn in range(turns + UNCOUNTED):
        if turn % LENGTHS[text] == 0:
            visitor, sender = frontdesk.session(), f"{text}-{turn}"
        ours.append(clocked(lambda visitor=visitor: visitor.say(text)))
        theirs.append(clocked(lambda sender=sender: peer.say(text, sender)))
    return ours[UNCOUNTED:], theirs[UNCOUNTED:]


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


if __name__ == "__main__":
    main()
