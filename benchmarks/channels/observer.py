"""Watches a process from outside: memory, processor time, and how loaded the machine is (Linux: /proc)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
SHOWN = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def quantiles(seconds: Iterable[float]) -> dict[str, float]:
    """Return p50, p95, p99 and the largest of times, in milliseconds."""
    values = sorted(seconds)
    if not values:
        return {}
    at = {name: values[min(len(values) - 1, int(share * len(values)))] for name, share in SHOWN.items()}
    return {name: round(value * 1000, 2) for name, value in {**at, "max": values[-1]}.items()}


class Observer:
    """One process, between ``start`` and ``stop``."""

    def __init__(self, pid: int) -> None:
        self._folder = Path("/proc") / str(pid)
        self._marks: list[tuple[float, float, float, float]] = []

    def resident(self) -> float:
        """Return the resident memory now, MB."""
        rows = (self._folder / "status").read_text().splitlines()
        return round(next(int(row.split()[1]) for row in rows if row.startswith("VmRSS")) / 1024, 1)

    def start(self) -> None:
        """Begin to count processor time."""
        self._marks = [self._mark()]

    def stop(self) -> None:
        """End counting."""
        self._marks.append(self._mark())

    def report(self) -> dict[str, object]:
        """Return the share of one core that the process, and the caller, used, and the load average at the end."""
        (began, *before), (ended, *after) = self._marks
        gateway, client, machine = ((b - a) / (ended - began) for a, b in zip(before, after, strict=True))
        return {
            "gateway's share of one core (%)": round(gateway * 100, 1),
            "this client's share of one core (%)": round(client * 100, 1),
            "busy cores, everything": round(machine, 2),
            "load average (1, 5, 15 min)": " ".join(f"{value:.1f}" for value in os.getloadavg()),
        }

    def _mark(self) -> tuple[float, float, float, float]:
        fields = (self._folder / "stat").read_text().rpartition(")")[2].split()
        gateway = (int(fields[11]) + int(fields[12])) / TICKS
        times = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
        # Everything but idle and waiting for the disk.
        machine = (sum(times[:8]) - times[3] - times[4]) / TICKS
        return time.monotonic(), gateway, time.process_time(), machine
