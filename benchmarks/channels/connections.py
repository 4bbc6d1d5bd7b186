"""Measures what the gateway adds to each answer while many widgets are open and write.

Run: python -m benchmarks.channels.connections [--connections 500 --rate 50 --seconds 60] [--json FILE] [--plot FILE].
The gateway is the real one in a process of its own, with its ledger on this disk and the settings' defaults; the
dialogue is scripted, in a process of its own, and knows how long each turn took it. Messages come at random moments
(exponential gaps) whether answered or not, so that waiting counts. Added by the gateway = from sending to the reply on
the stream, without the time inside the worker: the ledger, the wire and this client's own cost are all in it. What the
client and the wire cost alone shows the same question sent straight to the worker. The aim is p95 <= 10 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.channels.acknowledge import alive
from benchmarks.channels.drawing import draw
from benchmarks.channels.observer import Observer, quantiles
from benchmarks.channels.visitors import TEXTS, Visitor, close_all, faults, open_all
from benchmarks.machine import describe
from bot.process import free_port

# What a turn takes in the scripted dialogue; seconds.
THINK = 0.02
# Load before the first message that counts; seconds.
WARM = 5.0
# Every so many messages one goes straight to the worker.
DIRECT = 10
SEED = 20


@dataclass
class Run:
    """What happened."""

    visitors: list[Visitor]
    observer: Observer
    began: float = 0.0
    direct: dict[str, tuple[float, float]] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)
    resident: dict[str, float] = field(default_factory=dict)


def main() -> None:
    """Start everything, measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=500, help="open widgets")
    parser.add_argument("--rate", type=float, default=50.0, help="messages a second over all of them")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long, after a warm-up of 5 s")
    parser.add_argument("--var", type=Path, help="folder on the disk that is to be measured; default: a temporary one")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--plot", type=Path, help="draw the times here, as PNG")
    arguments = parser.parse_args()
    print(describe())
    with tempfile.TemporaryDirectory(dir=arguments.var) as folder:
        run = asyncio.run(measure(Path(folder), arguments.connections, arguments.rate, arguments.seconds))
    figures = {"machine": describe(), **report(run)}
    for name, value in figures.items():
        print(f"{name:<40} {value}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if arguments.plot:
        draw(arguments.plot, points(run), arguments.connections, arguments.rate)


async def measure(folder: Path, connections: int, rate: float, seconds: float) -> Run:
    """Return everything that was seen in one run."""
    port, worker_port = free_port(), free_port()
    environment = {
        **os.environ,
        "FRONTDESK_VAR": str(folder),
        "FRONTDESK_GATEWAY_PORT": str(port),
        "FRONTDESK_DIALOGUE_PORTS": f"[{worker_port}]",
        "FRONTDESK_INNER_TOKEN": "inner",
    }
    script = ("benchmarks.channels.scripted", str(worker_port), str(THINK))
    worker = await asyncio.create_subprocess_exec(sys.executable, "-m", *script)
    gateway = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.gateway", env=environment, stderr=(folder / "gateway.log").open("wb")
    )
    url = f"http://127.0.0.1:{port}"
    run = Run([Visitor(number, url) for number in range(connections)], Observer(gateway.pid))
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{worker_port}") as straight:
            async with aiohttp.ClientSession(url) as client:
                await alive(client)
                await alive(straight, "/readyz")
            await _load(run, straight, rate, seconds)
            async with straight.get("/times") as response:
                run.times = await response.json()
    finally:
        await close_all(run.visitors)
        for process in (gateway, worker):
            process.terminate()
            await process.wait()
    return run


async def _load(run: Run, straight: aiohttp.ClientSession, rate: float, seconds: float) -> None:
    """Open all widgets, let them write, and wait for the last answer."""
    run.resident["started"] = run.observer.resident()
    await open_all(run.visitors[:1])
    # Its first message loads what knows languages.
    await run.visitors[0].write(time.monotonic())
    run.resident["1 connection, after its first message"] = run.observer.resident()
    await open_all(run.visitors[1:])
    run.resident[f"{len(run.visitors)} connections open"] = run.observer.resident()
    gc.collect()
    gc.freeze()
    gc.disable()  # a pause of this process would look like one of the gateway
    tasks = await _write(run, straight, rate, seconds)
    await asyncio.wait(tasks, timeout=30)
    run.resident["at the end"] = run.observer.resident()
    await asyncio.sleep(1.0)  # for what should not come


async def _write(run: Run, straight: aiohttp.ClientSession, rate: float, seconds: float) -> list[asyncio.Task[None]]:
    """Send at random moments; each visitor in turn, so that nobody writes before the last answer came."""
    chance, tasks = random.Random(SEED), []
    order = list(run.visitors)
    chance.shuffle(order)
    run.observer.start()
    due = time.monotonic()
    run.began = due + WARM
    number = 0
    while due < run.began + seconds:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        tasks.append(asyncio.create_task(order[number % len(order)].write(due)))
        if number % DIRECT == 0:
            tasks.append(asyncio.create_task(_ask(run, straight, f"direct-{number}")))
        number += 1
        due += chance.expovariate(rate)
    run.observer.stop()
    return tasks


async def _ask(run: Run, straight: aiohttp.ClientSession, name: str) -> None:
    """Ask the worker without a gateway between."""
    began = time.monotonic()
    async with straight.post("/v1/turns", json={"sender_id": name, "message_id": name, "text": TEXTS[0]}) as response:
        async for line in response.content:
            if b'"reply"' in line:
                run.direct[name] = (began, time.monotonic())


def points(run: Run) -> list[tuple[float, float]]:
    """Return for each counted message when it was due (s after the beginning) and what the gateway added (ms)."""
    found = []
    for visitor in run.visitors:
        for one in visitor.sent.values():
            if one.due >= run.began and one.replied and one.message_id in run.times:
                inside, out = run.times[one.message_id]
                found.append((one.due - run.began, (one.replied - one.sent - (out - inside)) * 1000))
    return sorted(found)


def report(run: Run) -> dict[str, Any]:
    """Return the figures by name; times in milliseconds."""
    counted = [one for visitor in run.visitors for one in visitor.sent.values() if one.due >= run.began]
    seen = [one for one in counted if one.replied and one.answered and one.message_id in run.times]
    inside = {one.message_id: run.times[one.message_id] for one in seen}
    straight = [
        end - begin - (run.times[name][1] - run.times[name][0])
        for name, (begin, end) in run.direct.items()
        if begin >= run.began
    ]
    wrong: dict[str, int] = {}
    for visitor in run.visitors:
        for name, count in faults(visitor).items():
            wrong[name] = wrong.get(name, 0) + count
    return {
        "messages": len(counted),
        "a second": round(len(counted) / max(one.due - run.began for one in counted), 1),
        "added by the gateway (ms)": quantiles(value / 1000 for _, value in points(run)),
        "of it until the worker has the turn (ms)": quantiles(inside[one.message_id][0] - one.sent for one in seen),
        "of it from the reply to the stream (ms)": quantiles(one.replied - inside[one.message_id][1] for one in seen),
        "stored and shown, after sending (ms)": quantiles(one.stored - one.sent for one in seen),
        "POST answered, without the worker (ms)": quantiles(
            one.answered - one.sent - (inside[one.message_id][1] - inside[one.message_id][0]) for one in seen
        ),
        "worker asked without a gateway (ms)": quantiles(straight),
        "time in the worker (ms)": quantiles(end - begin for begin, end in inside.values()),
        "this client late by (ms)": quantiles(one.sent - one.due for one in counted),
        **wrong,
        "gateway's memory (MB)": run.resident,
        **run.observer.report(),
    }


if __name__ == "__main__":
    main()
