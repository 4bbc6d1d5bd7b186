"""People in a Slack workspace: events signed, doubled and repeated as Slack does, posts that fail as Slack's do."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import aiohttp
from aiohttp import web

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "tests"))

from slack_server import SIGNING, TOKEN, SlackPerson, SlackWorkspace, signed  # noqa: E402

from benchmarks.chaos.plan import SLACK_FAULTS, Tally, draw, one_of  # noqa: E402
from benchmarks.chaos.visitor import BROKEN, Sent  # noqa: E402

__all__ = ("SIGNING", "TOKEN", "Person", "SlackWorkspace", "serve")

# Slack repeats an event at once, after one minute and after five. The minutes are seconds here and strikes come as
# fast, so that it goes on where Slack would give up, and the count says how often.
REPEATS = (0.0, 1.0, 5.0)
FURTHER = (2.0,) * 40
# A failed post is named to the local server so; see tests/slack_server.py.
POST_FAULTS = {"drops": "drop", "500": "500", "limits": "ratelimited:1"}
ACKNOWLEDGE = aiohttp.ClientTimeout(total=3.0)


class Person:
    """One direct message."""

    def __init__(self, number: int, seed: int, workspace: SlackWorkspace, tally: Tally) -> None:
        self.name = f"s{number}"
        self.channel = f"D{number}"
        self.sent: list[Sent] = []
        self.slowest = 0.0
        self._seed = seed
        self._workspace = workspace
        self._tally = tally
        self._person = SlackPerson(workspace, None)  # type: ignore[arg-type]  # only makes events here

    async def talk(self, client: aiohttp.ClientSession, count: int) -> None:
        """Write ``count`` messages, waiting for the answer of the platform to most of them."""
        deliveries = []
        for number in range(len(self.sent), len(self.sent) + count):
            text = f"{self.name}-{number}"
            chance = draw(self._seed, "slack", text)
            deliveries.append(asyncio.create_task(self._write(client, text, one_of(SLACK_FAULTS, chance))))
            if chance.random() < 0.7:
                await deliveries[-1]
            await asyncio.sleep(chance.uniform(0.02, 0.2))
        await asyncio.gather(*deliveries)

    def posts(self) -> list[str]:
        """Return what the bot posted here, in order."""
        return [str(post["text"]) for post in self._workspace.posts if post["channel"] == self.channel]

    async def _write(self, client: aiohttp.ClientSession, text: str, fault: str) -> None:
        if fault:
            self._tally.faults[fault] += 1
        self._workspace.failures += [failure for name, failure in POST_FAULTS.items() if name in fault]
        body = json.dumps(self._person.event(text, channel=self.channel)).encode()
        sent = Sent(text, time.monotonic())
        self.sent.append(sent)
        times = 2 if fault.endswith("twice") else 1
        await asyncio.gather(*(self._deliver(client, sent, body) for _ in range(times)))
        if fault.endswith("later"):
            await asyncio.sleep(1.0)
            await self._deliver(client, sent, body)
        self._tally.finished += 1

    async def _deliver(self, client: aiohttp.ClientSession, sent: Sent, body: bytes) -> None:
        for number, wait in enumerate((None, *REPEATS, *FURTHER)):
            if wait is not None:
                beyond = " beyond the three times" if number > len(REPEATS) else ""
                self._tally.answers[f"event repeated by Slack{beyond}"] += 1
                await asyncio.sleep(wait)
            began = time.monotonic()
            try:
                headers = {"Content-Type": "application/json", **signed(body)}
                async with client.post(
                    "/channels/slack/events", data=body, headers=headers, timeout=ACKNOWLEDGE
                ) as response:
                    if response.status == 200:
                        self.slowest = max(self.slowest, time.monotonic() - began)
                        sent.accepted = sent.accepted or time.monotonic()
                        return
                    self._tally.refused += response.status >= 500
            except BROKEN:
                continue
        self._tally.answers["event given up by Slack"] += 1


async def serve(workspace: SlackWorkspace) -> web.AppRunner:
    """Serve the workspace on a free loopback port."""
    runner = web.AppRunner(workspace.app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner
