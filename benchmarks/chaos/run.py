"""One run: everything started, people let loose, processes struck, and at the end what there is to compare."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.chaos.plan import Tally, answer_to, draw, strikes
from benchmarks.chaos.processes import Disk, Kept, KeptPostgres
from benchmarks.chaos.slack import SIGNING, TOKEN, Person, SlackWorkspace, serve
from benchmarks.chaos.verdict import APOLOGY
from benchmarks.chaos.visitor import Visitor
from benchmarks.chaos.worker import Book
from bot.gateway.storage.database import engine_of
from bot.process import free_port

# Longest turn in the gateway; a worker that died has half of it to come back. Seconds.
TURN_TIMEOUT = 10.0
# A full disk stays full until this many requests were refused, but not longer than this; seconds.
REFUSALS, LONGEST_FULL = 25, 4.0
# What may still arrive after the last message: the outbox waits up to a minute between two tries; seconds.
SETTLING = 75.0


@dataclass(frozen=True)
class Plan:
    """How much, how often, from which seed."""

    messages: int
    visitors: int
    people: int
    every: int
    seed: int


@dataclass
class Seen:
    """What is there at the end."""

    visitors: list[Visitor]
    people: list[Person]
    book: Book
    histories: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    # Messages that the ledger holds as not yet worked.
    pending: int = 0
    seconds: float = 0.0
    starts: dict[str, int] = field(default_factory=dict)


class Run:
    """The processes and the people of one run."""

    def __init__(
        self, plan: Plan, folder: Path, disk: Disk | None, tally: Tally, postgres: KeptPostgres | None = None
    ) -> None:
        self.plan = plan
        self.tally = tally
        self._folder = folder
        self._disk = disk
        self._postgres = postgres
        self._port, self._worker_port = free_port(), free_port()
        self._url = f"http://127.0.0.1:{self._port}"
        self._workspace = SlackWorkspace()
        self._workspace.channels = {f"D{number}" for number in range(plan.people)}
        self._visitors = [Visitor(f"v{one}", plan.seed, self._url, tally) for one in range(plan.visitors)]
        self._people = [Person(one, plan.seed, self._workspace, tally) for one in range(plan.people)]

    async def all(self) -> Seen:
        """Return what everybody got."""
        if self._postgres is not None:
            await self._postgres.start()
        runner = await serve(self._workspace)
        gateway, worker = self._processes(int(runner.addresses[0][1]))
        worker.start()
        gateway.start()
        began = time.monotonic()
        try:
            async with aiohttp.ClientSession(self._url, connector=aiohttp.TCPConnector(limit=0)) as client:
                await alive(client)
                await self._talk(client, gateway, worker)
                seen = Seen(self._visitors, self._people, Book(self._folder / "book"))
                seen.seconds = time.monotonic() - began
                for visitor in self._visitors:
                    seen.histories[visitor.name] = await visitor.history(client)
        finally:
            await gateway.stop()
            await worker.stop()
            await runner.cleanup()
        seen.starts = {"gateway": gateway.starts, "worker": worker.starts}
        place = self._folder / "var" / "conversations.db" if self._postgres is None else self._postgres.url
        seen.pending = await asyncio.to_thread(left_pending, place)
        if self._postgres is not None:
            seen.starts["PostgreSQL"] = self._postgres.starts
            await self._postgres.stop()
        return seen

    def _processes(self, slack_port: int) -> tuple[Kept, Kept]:
        environment = {
            **os.environ,
            "FRONTDESK_VAR": str(self._folder / "var"),
            "FRONTDESK_GATEWAY_PORT": str(self._port),
            "FRONTDESK_GATEWAY_MESSAGES_PER_MINUTE": "100000",
            "FRONTDESK_GATEWAY_SESSIONS_PER_MINUTE": "100000",
            "FRONTDESK_GATEWAY_TURN_TIMEOUT_SECONDS": str(TURN_TIMEOUT),
            "FRONTDESK_DIALOGUE_PORTS": f"[{self._worker_port}]",
            "FRONTDESK_INNER_TOKEN": "inner",
            "FRONTDESK_SLACK_BASE_URL": f"http://127.0.0.1:{slack_port}/api/",
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING,
            "FRONTDESK_LEDGER_URL": "" if self._postgres is None else self._postgres.url,
        }
        script = ("benchmarks.chaos.worker", str(self._worker_port), str(self._folder / "book"), str(self.plan.seed))
        return (
            Kept(("bot.gateway",), self._folder / "gateway.log", environment),
            Kept(script, self._folder / "worker.log", environment),
        )

    async def _talk(self, client: aiohttp.ClientSession, gateway: Kept, worker: Kept) -> None:
        """Let everybody write, strike meanwhile, and wait until nothing more comes."""
        for visitor in self._visitors:
            await visitor.arrive(client)
        streams = [asyncio.create_task(visitor.listen(client)) for visitor in self._visitors]
        striking = asyncio.create_task(self._strike(gateway, worker))
        everybody: list[Visitor | Person] = [*self._visitors, *self._people]
        shares = [self.plan.messages // len(everybody)] * len(everybody)
        shares[0] += self.plan.messages - sum(shares)
        await asyncio.gather(*(one.talk(client, share) for one, share in zip(everybody, shares, strict=True)))
        await striking
        await self._finale(client, gateway)
        await alive(client)
        await settled(self._progress)
        for visitor in self._visitors:
            visitor.leaving = True
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)

    async def _finale(self, client: aiohttp.ClientSession, gateway: Kept) -> None:
        """Fill the disk while last messages of Slack are worked; nobody writes after, and nothing is started again."""
        if self._disk is None:
            return
        # Leaves no write-ahead log behind, in whose room a full disk would not be noticed for a while.
        await gateway.restart()
        await alive(client)
        self.tally.faults["disk full under the last messages"] += 1
        before = self._accepted()
        last = [asyncio.create_task(person.talk(client, 1)) for person in self._people]
        until = time.monotonic() + LONGEST_FULL
        while self._accepted() < before + len(last) // 3 and time.monotonic() < until:  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0.001)
        self._disk.fill()
        await asyncio.sleep(2.0)
        self._disk.free()
        await asyncio.gather(*last)

    def _accepted(self) -> int:
        return sum(sent.accepted is not None for person in self._people for sent in person.sent)

    def _progress(self) -> tuple[bool, object]:
        """Return whether every Slack message has its last reply, and a mark that changes when something arrives."""
        posted = {text for person in self._people for text in person.posts()}
        sent = [sent.text for person in self._people for sent in person.sent if sent.accepted is not None]
        wanted = {answer_to(self.plan.seed, text)[-1] for text in sent}
        heard = sum(len(visitor.heard) for visitor in self._visitors)
        apologies = sum(post["text"].startswith(APOLOGY) for post in self._workspace.posts)
        return len(wanted - posted) <= apologies, (heard, len(self._workspace.posts))

    async def _strike(self, gateway: Kept, worker: Kept) -> None:
        """Strike when the run is as far as planned; the moment within is drawn too."""
        for place, name in self._strikes():
            while self.tally.finished < place:  # noqa: ASYNC110  people count, nobody tells
                await asyncio.sleep(0.01)
            await asyncio.sleep(draw(self.plan.seed, "strike", place).uniform(0, 0.1))
            self.tally.faults[name] += 1
            if name.startswith("disk full"):
                await self._fill(gateway if "kill" in name else None)
                continue
            if "PostgreSQL" in name and self._postgres is not None:
                self._postgres.kill()
            if "gateway" in name:
                gateway.kill()
            if "worker" in name:
                worker.kill()

    def _strikes(self) -> list[tuple[int, str]]:
        return strikes(self.plan.messages, self.plan.every, self._disk is not None, self._postgres is not None)

    async def _fill(self, gateway: Kept | None) -> None:
        """Keep the disk full until enough was refused; a gateway that is killed meanwhile finds it full."""
        assert self._disk is not None
        before, until = self.tally.refused, time.monotonic() + LONGEST_FULL
        try:
            self._disk.fill()
            while self.tally.refused < before + REFUSALS and time.monotonic() < until:
                await asyncio.sleep(0.05)
                self._disk.fill()
            self.tally.answers["requests refused on a full disk"] += self.tally.refused - before
            if gateway is not None:
                gateway.kill()
                await asyncio.sleep(2.0)
        finally:
            self._disk.free()


async def settled(progress: Callable[[], tuple[bool, object]]) -> None:
    """Return when everything is there and for two seconds nothing more came, or when it takes too long."""
    until, since, last = time.monotonic() + SETTLING, time.monotonic(), None
    while time.monotonic() < until:
        complete, mark = progress()
        if mark != last:
            last, since = mark, time.monotonic()
        elif complete and time.monotonic() - since > 2.0:
            return
        await asyncio.sleep(0.1)


async def alive(client: aiohttp.ClientSession) -> None:
    """Wait until the gateway answers."""
    for _ in range(300):
        try:
            async with client.get("/healthz") as response:
                if response.status == 200:
                    return
        except (aiohttp.ClientError, OSError):
            pass
        await asyncio.sleep(0.1)
    raise SystemExit("The gateway did not start. Run it alone to see why: python -m bot.gateway")


def left_pending(place: Path | str) -> int:
    """Return how many messages a stopped gateway has left unworked."""
    engine = engine_of(place)
    engine.open()
    try:
        return int(engine.connection().execute("SELECT count(*) FROM messages WHERE pending = 1").fetchone()[0])
    finally:
        engine.close()
