"""Asks the answers service without a pause while new releases of the index are published, and builders are killed.

Run: python -m benchmarks.retrieval.swap [--builds 20] [--kills 20] [--clients 16]. Each build follows the erasure of a
ticket, and each kill -9 comes at a random moment of a build. Counts requests, failures (aim: 0) and the slowest, and
looks whether the last release still holds an erased ticket (aim: 0).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import describe
from benchmarks.retrieval.load import Load, Service, endless_questions, prepare_demo, settings_in
from bot.answering.engine import WORKERS
from bot.answering.opening import embedder_of
from bot.settings import PROJECT_ROOT
from retrieval.index import load_index
from retrieval.store import TicketStore


class Builder:
    """`frontdesk index build`, again and again."""

    def __init__(self, var: Path, seed: int = 1) -> None:
        self.var = var
        self.store = TicketStore(settings_in(var).tickets_db)
        self.names = [ticket.id for ticket in self.store.tickets()]
        self.random = random.Random(seed)
        self.random.shuffle(self.names)
        self.erased: list[str] = []
        self.seconds = 1.0

    def build(self) -> None:
        """Erase a ticket and build; what it took is the span in which kills come."""
        began = time.monotonic()
        if self._started().wait():
            raise RuntimeError("frontdesk index build failed")
        self.seconds = time.monotonic() - began

    def kill(self) -> None:
        """Erase a ticket, begin to build, and end it with SIGKILL at a random moment."""
        process = self._started()
        time.sleep(self.random.uniform(0.0, self.seconds))
        process.kill()
        process.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        self.erased.append(self.names.pop())
        self.store.erase_ticket(self.erased[-1])
        environment = {**os.environ, "FRONTDESK_VAR": str(self.var)}
        command = [sys.executable, "-m", "bot", "index", "build", "--json"]
        return subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment, stdout=subprocess.DEVNULL)


async def measure(var: Path, builds: int, kills: int, clients: int) -> tuple[Load, Builder]:
    """Return what the clients met while releases came and builders died."""
    builder = Builder(var)
    steps = [builder.build, *builder.random.sample([builder.build] * builds + [builder.kill] * kills, builds + kills)]
    with Service(var, WORKERS) as service:
        await service.until_ready()
        stop = asyncio.Event()
        asking = asyncio.create_task(service.ask(endless_questions(), clients, stop))
        for step in [*steps, builder.build]:
            await asyncio.to_thread(step)
        stop.set()
        return await asking, builder


def still_indexed(builder: Builder) -> int:
    """Return how many erased tickets the last release still holds, by the number of rows it has too many."""
    settings = settings_in(builder.var)
    return len(load_index(settings.index_dir, embedder_of(settings))) - builder.store.count()


def main() -> None:
    """Print what happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--builds", type=int, default=20)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--clients", type=int, default=16)
    chosen = parser.parse_args()
    print(describe())
    with tempfile.TemporaryDirectory() as folder:
        var = prepare_demo(Path(folder) / "demo")
        load, builder = asyncio.run(measure(var, chosen.builds, chosen.kills, chosen.clients))
        print("| builds | kills | requests | failed | slowest ms | erased | still indexed |")
        print("|---|---|---|---|---|---|---|")
        met = f"{len(load.times)} | {len(load.failed)} | {max(load.times):.0f}"
        erased = f"{len(builder.erased)} | {still_indexed(builder)}"
        print(f"| {chosen.builds + 2} | {chosen.kills} | {met} | {erased} |")
        for reason in sorted(set(load.failed)):
            print(reason)


if __name__ == "__main__":
    main()
