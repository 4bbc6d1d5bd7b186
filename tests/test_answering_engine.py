"""The engine while its index changes: no query fails, the newest release comes into use, what was erased is gone."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import KeywordEmbedder, ScriptedHits
from safetensors.numpy import load_file, save_file

from bot.answering import engine, opening
from bot.answering.engine import Engine, Trouble
from bot.answering.reading import Reader
from bot.answering.requests import search_request
from bot.answering.small.network import SHIPPED
from bot.answering.training.installing import Shelf
from bot.settings import AnswersSettings, Settings
from retrieval.index import build_index, load_index
from retrieval.release import current_release
from retrieval.store import TicketStore
from retrieval.tickets import Hit, Ticket

# Each ticket has a word of its own, or near-duplicates would be shown as one.
SEAMS = [f"seam{number}x" for number in range(60)]
WORDS = ["tent", "stove", *SEAMS]
EMBEDDER = KeywordEmbedder(*WORDS)
ROOT = Path(__file__).resolve().parent.parent
TICKETS = [Ticket(f"T-{at}", question=f"tent {seam}", answer=f"Seal {seam}.") for at, seam in enumerate(SEAMS)]
# Builds for ever; says when it begins.
BUILDER = """
import sys; sys.path.insert(0, "tests")
from pathlib import Path
from fakes import KeywordEmbedder
from retrieval.index import build_index
from retrieval.store import TicketStore
with TicketStore(sys.argv[1]) as store:
    while True:
        print("building", flush=True)
        build_index(store, KeywordEmbedder(*sys.argv[3:]), Path(sys.argv[2]))
"""


@pytest.fixture
def settings(tmp_path, monkeypatch) -> Settings:
    monkeypatch.setattr(engine, "RELOAD_SECONDS", 0.01)
    monkeypatch.setattr(opening, "load_embedder", lambda *named: EMBEDDER)
    monkeypatch.setattr(engine, "embedder_of", opening.embedder_of)
    return Settings(var=tmp_path)


def asking(text: str, **more: object):
    return search_request(json.dumps({"query": text, "top_k": 10, **more}).encode(), 4000)


class Crowd:
    """Clients that ask one question after another; ``answered`` counts, an error ends the test."""

    def __init__(self, running: Engine) -> None:
        self.engine = running
        self.answered = 0
        self.stopped = False

    async def ask(self) -> None:
        while not self.stopped:
            hits = await self.engine.search(asking("tent"))
            assert hits, "an answer without hits"
            self.answered += 1

    async def until_more(self, count: int) -> None:
        """Wait until so many more questions were answered."""
        wanted, waited = self.answered + count, 0
        while self.answered < wanted:  # noqa: ASYNC110 - a client tells nobody
            await asyncio.sleep(0.005)
            waited += 1
            assert waited < 4000, "the questions are no longer answered"


@asynccontextmanager
async def crowd(settings: Settings, clients: int = 3) -> AsyncIterator[Crowd]:
    running = Engine(settings)
    await running.refresh()
    people = Crowd(running)
    fresh = asyncio.create_task(running.keep_fresh())
    asking_now = [asyncio.create_task(people.ask()) for _ in range(clients)]
    try:
        yield people
    finally:
        # Not cancelled: asyncio.wait_for of Python 3.10 can swallow that.
        people.stopped = True
        ended = await asyncio.gather(*asking_now, return_exceptions=True)
        fresh.cancel()
        await asyncio.gather(fresh, return_exceptions=True)
        running.close()
    assert ended == [None] * clients


async def in_use(running: Engine, release: str) -> None:
    for _ in range(2000):
        if running.status()["release"] == release:
            return
        await asyncio.sleep(0.005)
    raise AssertionError(f"{release} did not come into use: {running.status()}")


async def found(running: Engine, text: str) -> list[str]:
    return [hit.ticket.id for hit in await running.search(asking(text))]


async def test_no_query_fails_while_releases_are_published_and_erased_tickets_are_gone(settings):
    with TicketStore(settings.tickets_db) as store:
        store.upsert(TICKETS)
        build_index(store, EMBEDDER, settings.index_dir)
        async with crowd(settings) as people:
            for number in range(4):
                await people.until_more(5)
                store.erase_ticket(f"T-{number}")
                store.upsert([Ticket(f"N-{number}", question="stove", answer=f"Ring {SEAMS[number]}.")])
                release = await asyncio.to_thread(build_index, store, EMBEDDER, settings.index_dir)
                await in_use(people.engine, release.name)
                assert f"N-{number}" in await found(people.engine, f"stove {number}")
                assert f"T-{number}" not in await found(people.engine, f"tent {SEAMS[number]}")
            await people.until_more(20)
        assert len(load_index(settings.index_dir, EMBEDDER)) == store.count() == 60


async def test_a_new_generator_comes_into_use_and_goes_again_while_the_bot_runs(settings, tmp_path):
    with TicketStore(settings.tickets_db) as store:
        store.upsert(TICKETS[:2])
        build_index(store, EMBEDDER, settings.index_dir)
    running = Engine(settings)
    await running.refresh()
    first = running._loaded
    await running.refresh()
    assert running._loaded is first, "nothing has changed"
    weights = load_file(SHIPPED)
    name = next(name for name, value in weights.items() if value.dtype.kind == "f")
    save_file({**weights, name: weights[name] * 2}, tmp_path / "new.safetensors")
    shelf = Shelf(settings.var / "generator")
    shelf.install(tmp_path / "new.safetensors", {})
    await running.refresh()
    second = running._loaded
    assert second.ladder._generator.name not in ("", first.ladder._generator.name)
    assert second.release == first.release
    shelf.rollback()
    await running.refresh()
    assert running._loaded.ladder._generator.name == first.ladder._generator.name
    running.close()


async def test_an_erased_ticket_is_gone_even_before_the_next_release(settings):
    with TicketStore(settings.tickets_db) as store:
        store.upsert(TICKETS)
        build_index(store, EMBEDDER, settings.index_dir)
        async with crowd(settings) as people:
            assert "T-3" in await found(people.engine, SEAMS[3])
            store.erase_ticket("T-3")
            assert "T-3" not in await found(people.engine, SEAMS[3])


async def test_a_builder_that_is_killed_costs_no_query(settings):
    with TicketStore(settings.tickets_db) as store:
        store.upsert(TICKETS)
        build_index(store, EMBEDDER, settings.index_dir)
        command = [sys.executable, "-W", "ignore", "-c", BUILDER, str(settings.tickets_db), str(settings.index_dir)]
        command += WORDS
        async with crowd(settings, clients=1) as people:
            for delay in (0.0, 0.01, 0.03):
                builder = await asyncio.to_thread(subprocess.Popen, command, cwd=ROOT, stdout=subprocess.PIPE)
                assert builder.stdout is not None
                await asyncio.to_thread(builder.stdout.readline)
                await asyncio.sleep(delay)
                builder.kill()
                builder.wait()
                builder.stdout.close()
                await people.until_more(10)
            release = await asyncio.to_thread(build_index, store, EMBEDDER, settings.index_dir)
            await in_use(people.engine, release.name)
            await people.until_more(10)
        folders = {path.name for path in settings.index_dir.iterdir() if path.is_dir()}
        assert folders == {current_release(settings.index_dir).name}, "what killed builders left is cleared away"


@pytest.mark.parametrize(("workers", "most"), [(1, 1), (3, 3)])
async def test_calls_overlap_as_far_as_there_are_workers_and_begin_in_order(settings, workers, most):
    retriever = ScriptedHits(Hit(TICKETS[0], 0.9, 0.9, 0.9), seconds=0.05)
    running = Engine(settings, retriever=retriever, workers=workers)
    await running.refresh()
    began = asyncio.get_running_loop().time()
    await asyncio.gather(*(running.search(asking(f"tent {number}")) for number in range(6)))
    took = asyncio.get_running_loop().time() - began
    assert [int(text.split()[1]) for text, _ in retriever.asked] == sorted(range(6), key=lambda n: n // most)
    assert (took < 0.29) == (workers > 1)
    running.close()


async def test_a_slow_call_leaves_the_others_in_time(settings):
    slow = replace(settings, answers=AnswersSettings(timeout_seconds=1.0))
    running = Engine(slow, retriever=ScriptedHits(seconds=2.0), workers=1)
    await running.refresh()
    results = await asyncio.gather(*(running.search(asking("tent")) for _ in range(3)), return_exceptions=True)
    assert [getattr(result, "code", None) for result in results] == ["time_limit"] * 3
    assert all(isinstance(result, Trouble) for result in results)
    running.close()


def test_readers_of_several_threads_share_vectors_without_mixing_them():
    from concurrent.futures import ThreadPoolExecutor

    words = [f"w{number}x" for number in range(40)]
    embedder = KeywordEmbedder(*words)
    reader = Reader(embedder, kept=5)

    def ask(number: int) -> bool:
        texts = [words[(number * step) % 40] for step in range(1, 8)]
        return bool((reader.vectors(texts) == embedder.embed(texts)).all())

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(400)))
    assert len(reader._kept) == 5
