"""Measures the answers service under load: queries/s and latency with 1 and 16 clients, one worker beside the default.

Run: python -m benchmarks.retrieval.load [--seconds 8] [--rounds 3] [--demo]. The peer is the same code with one worker,
which embeds and searches one question after the other; the two take turns, so that a slow minute of the machine hits
both. Tickets: the demo shop's 450, then the airline set of FRONTDESK_DATA (real texts, so real keyword lists; their
vectors are random, which changes no time, as all are compared).
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import numpy as np
from aiohttp import web

from benchmarks.machine import describe
from bot import log
from bot.answering.engine import WORKERS
from bot.answering.opening import embedder_of
from bot.answering.service import create_app
from bot.prepare import ensure_index, ensure_tickets
from bot.process import free_port, stop_with_parent
from bot.settings import PROJECT_ROOT, Settings, load_settings
from retrieval.importers import import_tickets
from retrieval.index import build_index
from retrieval.store import TicketStore

TOKEN = "load"
CLIENTS = (1, 16)
QUESTIONS = PROJECT_ROOT / "training_data" / "questions"


@dataclass
class Load:
    """What some clients met; times in milliseconds, ``cpu`` the service's own, in milliseconds."""

    times: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0

    def __add__(self, other: Load) -> Load:
        failed = self.failed + other.failed
        return Load(self.times + other.times, failed, self.seconds + other.seconds, self.cpu + other.cpu)

    def row(self) -> str:
        """Return queries/s, p50, p95, slowest, processor time of a query, failures."""
        ranked = sorted(self.times)
        p95 = ranked[int(len(ranked) * 0.95)]
        times = f"{statistics.median(ranked):.0f} | {p95:.0f} | {ranked[-1]:.0f}"
        return f"{len(ranked) / self.seconds:.1f} | {times} | {self.cpu / len(ranked):.1f} | {len(self.failed)}"


class Service:
    """The answers service in a process of its own."""

    def __init__(self, var: Path, workers: int) -> None:
        self.port = free_port()
        inner = {"FRONTDESK_INNER_TOKEN": TOKEN, "FRONTDESK_ANSWERS_PORT": str(self.port)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.retrieval.load", "--serve", str(workers)],
            cwd=PROJECT_ROOT,
            env={**os.environ, **inner, "FRONTDESK_VAR": str(var), "FRONTDESK_LOG_LEVEL": "WARNING"},
        )

    def __enter__(self) -> Service:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()

    def cpu(self) -> float:
        """Return the processor time that the service has used, in milliseconds."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")

    async def ask(self, questions: Iterator[str], clients: int, stop: asyncio.Event) -> Load:
        """Let clients ask, each its next question when it has an answer, until told to stop."""
        load, before, began = Load(), self.cpu(), time.perf_counter()
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with aiohttp.ClientSession(f"http://127.0.0.1:{self.port}", headers=headers) as session:
            await asyncio.gather(*(_client(session, questions, stop, load) for _ in range(clients)))
        load.seconds, load.cpu = time.perf_counter() - began, self.cpu() - before
        return load

    async def ask_for(self, questions: Iterator[str], clients: int, seconds: float) -> Load:
        """Let clients ask for some seconds."""
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, stop.set)
        return await self.ask(questions, clients, stop)

    async def until_ready(self, seconds: float = 120.0) -> None:
        """Wait for the index; a service that ends or stays without is an error."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        deadline = time.monotonic() + seconds
        async with aiohttp.ClientSession(f"http://127.0.0.1:{self.port}", headers=headers) as session:
            while time.monotonic() < deadline and self.process.poll() is None:
                try:
                    async with session.get("/readyz") as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.1)
        raise RuntimeError("The answers service did not become ready.")


async def _client(session: aiohttp.ClientSession, questions: Iterator[str], stop: asyncio.Event, load: Load) -> None:
    while not stop.is_set():
        began = time.perf_counter()
        try:
            async with session.post("/v1/search", json={"query": next(questions)}) as response:
                text = await response.text()
                if response.status != 200:
                    load.failed.append(text)
        except aiohttp.ClientError as exc:
            load.failed.append(repr(exc))
        load.times.append((time.perf_counter() - began) * 1000)


def endless_questions() -> Iterator[str]:
    """Yield the demo shop's questions in one shuffled order, for ever."""
    rows = [json.loads(row) for path in sorted(QUESTIONS.glob("*.jsonl")) for row in path.open(encoding="utf-8")]
    texts = [row["question"] for row in rows]
    random.Random(1).shuffle(texts)
    return itertools.cycle(texts)


def settings_in(var: Path) -> Settings:
    """Return the settings of an installation in this folder."""
    return load_settings({**os.environ, "FRONTDESK_VAR": str(var), "FRONTDESK_INNER_TOKEN": TOKEN})


def prepare_demo(var: Path) -> Path:
    """Fill a folder with the demo tickets and their index."""
    var.mkdir()
    ensure_tickets(settings_in(var), print)
    ensure_index(settings_in(var), print)
    return var


def prepare_airlines(var: Path) -> Path:
    """Fill a folder with the airline tickets and an index of random vectors."""
    settings = settings_in(var)
    source = Path(os.environ.get("FRONTDESK_DATA", "../shared/data")) / "airlines_twcs" / "history_80pct.jsonl.gz"
    if not source.is_file():
        raise SystemExit(f"{source} is not there: set FRONTDESK_DATA, or use --demo.")
    embedder, rng = embedder_of(settings), np.random.default_rng(1)
    with TicketStore(settings.tickets_db) as store:
        import_tickets(source, store, form="jsonl", mapping={"text": "question", "turns": "turns"}, secret="load")
        keys = [key for key, _, _ in store.rows_to_embed(embedder.fingerprint)]
        pairs = rng.standard_normal((len(keys), 2, embedder.dimension)).astype(np.float32)
        pairs /= np.linalg.norm(pairs, axis=2, keepdims=True)
        rows = (pair.tobytes() for pair in pairs)
        store.add_vectors(embedder.fingerprint, zip(keys, rows, strict=True))
        build_index(store, embedder, settings.index_dir)
    return var


async def measure(var: Path, rounds: int, seconds: float) -> dict[tuple[int, int], Load]:
    """Return the load by workers and clients; both services are up, and are asked in turns."""
    found: dict[tuple[int, int], Load] = {}
    questions = endless_questions()
    with Service(var, 1) as one, Service(var, WORKERS) as default:
        for service in (one, default):
            await service.until_ready()
            await service.ask_for(questions, 16, 2.0)  # not counted
        for _, clients, (workers, service) in itertools.product(range(rounds), CLIENTS, ((1, one), (WORKERS, default))):
            load = await service.ask_for(questions, clients, seconds)
            found[workers, clients] = found.get((workers, clients), Load()) + load
    return found


def serve(workers: int) -> None:
    """Be the service."""
    stop_with_parent()
    log.configure("answers")
    settings = load_settings()
    app = create_app(settings, workers=workers)
    web.run_app(app, host="127.0.0.1", port=settings.answers.port, print=None, access_log=None)


def main() -> None:
    """Print one Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--demo", action="store_true", help="the demo tickets only")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        serve(chosen.serve)
        return
    print(describe())
    with tempfile.TemporaryDirectory() as folder:
        places = [prepare_demo(Path(folder) / "demo")]
        if not chosen.demo:
            places.append(prepare_airlines(Path(folder) / "airlines"))
        print("| tickets | workers | clients | queries/s | p50 ms | p95 ms | slowest ms | CPU ms/query | failed |")
        print("|---|---|---|---|---|---|---|---|---|")
        for var in places:
            for (workers, clients), load in asyncio.run(measure(var, chosen.rounds, chosen.seconds)).items():
                print(f"| {var.name} | {workers} | {clients} | {load.row()} |", flush=True)


if __name__ == "__main__":
    main()
