"""Measures messages per second with one and two dialogue workers, on SQLite and on PostgreSQL with Redis.

Run: python -m benchmarks.understanding.workers [--messages 30]. Sixteen customers at once, each waiting for its answer
before it says the next thing, through the public API. The databases are Debian's, started for the run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "tests"))

from conftest import RunningFrontdesk  # noqa: E402
from servers import PostgresServer, RedisServer  # noqa: E402
from traffic import crowd  # noqa: E402

from benchmarks.machine import describe  # noqa: E402
from bot.process import free_port  # noqa: E402

SENDERS = 16
TEXT = "what are your opening hours?"


def main() -> None:
    """Measure each combination on one prepared installation, print a table and one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=30, help="messages of each customer")
    parser.add_argument("--var", type=Path, help="a prepared folder; without one it is prepared first")
    arguments = parser.parse_args()
    print(describe())
    found = []
    with tempfile.TemporaryDirectory() as folder, servers() as urls:
        for store, environment in (("SQLite", {}), ("PostgreSQL + Redis", urls)):
            for workers in (1, 2):
                var = arguments.var or Path(folder) / "var"
                row = measure(var, workers, environment, arguments.messages)
                found.append({"store": store, "workers": workers, **row})
                print(found[-1], flush=True)
    print(json.dumps(found))


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """Run PostgreSQL and Redis; yields what tells Frontdesk of them."""
    postgres, redis = PostgresServer(), RedisServer()
    postgres.start()
    redis.start()
    try:
        yield {"FRONTDESK_TRACKER_URL": postgres.url, "FRONTDESK_LOCK_URL": redis.url}
    finally:
        redis.kill()
        postgres.remove()


def measure(var: Path, workers: int, environment: dict[str, str], messages: int) -> dict[str, Any]:
    """Return messages per second, milliseconds per message and megabytes per worker; a fifth goes uncounted before."""
    running = RunningFrontdesk(var, free_port(), FRONTDESK_DIALOGUE_WORKERS=str(workers), **environment)
    running.start()
    try:
        asyncio.run(crowd(running.url, SENDERS, [TEXT] * max(1, messages // 5)))
        began = time.monotonic()
        customers = asyncio.run(crowd(running.url, SENDERS, [TEXT] * messages))
        seconds = time.monotonic() - began
        memory = [resident(pid) for pid in running.pids_of("bot.dialogue")]
    finally:
        running.stop()
    times = [1000 * each for customer in customers for each in customer.seconds]
    wrong = sum(len(customer.errors) + len(customer.apologies) for customer in customers)
    cuts = statistics.quantiles(times, n=20)
    return {
        "messages_per_second": round(len(times) / seconds, 1),
        "p50_ms": round(statistics.median(times)),
        "p95_ms": round(cuts[18]),
        "wrong": wrong,
        "worker_mb": round(statistics.mean(memory)),
    }


def resident(pid: int) -> float:
    """Return the resident memory of a process in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


if __name__ == "__main__":
    main()
