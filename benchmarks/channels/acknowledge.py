"""Measures how long Slack waits for its 200, while every message is being worked and answered.

Run: python -m benchmarks.channels.acknowledge [--events 1000] [--rate 50]. The gateway is the real one in a process of
its own, with its ledger on this disk; the dialogue is scripted and takes its time, Slack is a local server. Events come
at a steady rate from many conversations, each signed; one in ten comes twice. The aim is 500 ms; Slack gives 3 s.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "tests"))

from slack_server import SIGNING, TOKEN, SlackPerson, SlackWorkspace, signed  # noqa: E402

from benchmarks.machine import describe  # noqa: E402
from bot.process import free_port  # noqa: E402

CONVERSATIONS = 200
# What a turn takes in the scripted dialogue; seconds.
TURN = 0.05


def main() -> None:
    """Start everything, measure, print a table and one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1000, help="events sent, without the doubles")
    parser.add_argument("--rate", type=float, default=50.0, help="events a second")
    arguments = parser.parse_args()
    print(describe())
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measure(Path(folder), arguments.events, arguments.rate))
    for name, value in figures.items():
        print(f"{name:<36} {value}")
    print(json.dumps(figures))


async def measure(var: Path, events: int, rate: float) -> dict[str, Any]:
    """Return counts, and times in milliseconds."""
    workspace = SlackWorkspace()
    workspace.channels = {f"D{number}" for number in range(CONVERSATIONS)}
    heard: list[str] = []
    slack, worker = await serve(workspace.app()), await serve(dialogue(heard))
    port = free_port()
    environment = {
        **os.environ,
        "FRONTDESK_VAR": str(var),
        "FRONTDESK_GATEWAY_PORT": str(port),
        "FRONTDESK_DIALOGUE_PORTS": f"[{worker}]",
        "FRONTDESK_INNER_TOKEN": "inner",
        "FRONTDESK_SLACK_BASE_URL": f"http://127.0.0.1:{slack}/api/",
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING,
    }
    gateway = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.gateway", env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
            await alive(session)
            times = await send(session, workspace, events, rate)
            await arrived(workspace, events)
    finally:
        gateway.terminate()
        await gateway.wait()
    texts = [post["text"] for post in workspace.posts]
    hundredths = statistics.quantiles(times, n=100)
    return {
        "events": events,
        "with doubles": len(times),
        "events a second": rate,
        "acknowledged p50 (ms)": round(hundredths[49] * 1000, 1),
        "acknowledged p95 (ms)": round(hundredths[94] * 1000, 1),
        "acknowledged p99 (ms)": round(hundredths[98] * 1000, 1),
        "slowest (ms)": round(max(times) * 1000, 1),
        "answers lost": events - len(set(texts)),
        "answers doubled": len(texts) - len(set(texts)),
    }


async def send(session: aiohttp.ClientSession, workspace: SlackWorkspace, events: int, rate: float) -> list[float]:
    """Send events at a steady rate, whether answered or not; return how long each waited for its 200."""
    person = SlackPerson(workspace, None)  # type: ignore[arg-type]
    times: list[float] = []

    async def one(body: bytes) -> None:
        began = time.monotonic()
        async with session.post("/channels/slack/events", data=body, headers=signed(body)) as response:
            assert response.status == 200, response.status
        times.append(time.monotonic() - began)

    tasks, start = [], time.monotonic()
    for number in range(events):
        await asyncio.sleep(max(0.0, start + number / rate - time.monotonic()))
        event = person.event(f"n{number}", channel=f"D{number % CONVERSATIONS}")
        body = json.dumps(event).encode()
        tasks += [asyncio.create_task(one(body)) for _ in range(2 if number % 10 == 0 else 1)]
    await asyncio.gather(*tasks)
    return times


async def arrived(workspace: SlackWorkspace, events: int) -> None:
    """Wait until every answer has arrived, and a moment longer for what should not."""
    deadline = time.monotonic() + 60
    while len(workspace.posts) < events and time.monotonic() < deadline:  # noqa: ASYNC110 - a list tells nobody
        await asyncio.sleep(0.1)
    await asyncio.sleep(1.0)


async def alive(session: aiohttp.ClientSession, path: str = "/healthz") -> None:
    """Wait until a process answers."""
    for _ in range(300):
        try:
            async with session.get(path) as response:
                if response.status == 200:
                    return
        except aiohttp.ClientConnectorError:
            pass
        await asyncio.sleep(0.1)
    raise SystemExit("The gateway did not start. Run it alone to see why: python -m bot.gateway")


def dialogue(heard: list[str]) -> web.Application:
    """Return a worker that repeats what it hears, after the time of a turn."""

    async def turn(request: web.Request) -> web.Response:
        text = str((await request.json())["text"])
        heard.append(text)
        await asyncio.sleep(TURN)
        lines = ({"type": "reply", "reply": {"text": text, "handoff": None}}, {"type": "end"})
        return web.Response(text="".join(json.dumps(line) + "\n" for line in lines))

    async def ready(_: web.Request) -> web.Response:
        return web.json_response({"ready": True})

    app = web.Application()
    app.add_routes([web.post("/v1/turns", turn), web.get("/readyz", ready)])
    return app


async def serve(app: web.Application) -> int:
    """Serve on a free loopback port until this process ends."""
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", free_port())
    await site.start()
    return int(runner.addresses[0][1])


if __name__ == "__main__":
    main()
