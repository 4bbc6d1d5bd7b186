"""The scripted dialogue: ``python -m benchmarks.chaos.worker PORT BOOK SEED``, killed and started again at will.

Speaks the NDJSON of the real workers and keeps their promise: a turn that is written in the book is repeated, one that
is not is worked from the beginning. The book outlives the process, so that its faults happen once.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter, defaultdict
from pathlib import Path

from aiohttp import web

from benchmarks.chaos.plan import HOPELESS_FAULTS, WORKER_FAULTS, answer_to, draw, one_of
from bot.process import stop_with_parent

# What a turn takes, a slow one, and one that never ends as far as the gateway can see; seconds.
TURN, SLOW, HANGING = 0.02, 1.5, 15.0


class Book:
    """A file of what happened to each message, one line at a time, written without a buffer."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: Counter[tuple[str, str]] = Counter()
        if path.exists():
            self.lines.update((row[0], row[1]) for row in map(str.split, path.read_text().splitlines()) if len(row) > 1)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(self, what: str, text: str) -> int:
        """Note one thing and return how often it has happened."""
        os.write(self._file, f"{what} {text}\n".encode())
        self.lines[what, text] += 1
        return self.lines[what, text]

    def count(self, what: str) -> dict[str, int]:
        """Return how often one thing happened to each text."""
        return {text: times for (kind, text), times in self.lines.items() if kind == what}


def fault_of(seed: int, text: str) -> str:
    """Return what goes wrong with a message; Slack's texts begin with an s."""
    faults = WORKER_FAULTS if text.startswith("s") else (*WORKER_FAULTS, *HOPELESS_FAULTS)
    return one_of(faults, draw(seed, "worker", text))


class Worker:
    """Answers turns; whatever it does wrong, it does as drawn."""

    def __init__(self, book: Book, seed: int) -> None:
        self._book = book
        self._seed = seed
        # One turn of a conversation at a time, as the real workers do it.
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def app(self) -> web.Application:
        """Return what it serves."""
        app = web.Application()
        app.add_routes([web.post("/v1/turns", self._turn), web.get("/readyz", self._ready)])
        return app

    async def _ready(self, _: web.Request) -> web.Response:
        return web.json_response({"ready": True})

    async def _turn(self, request: web.Request) -> web.StreamResponse:
        turn = await request.json()
        text = str(turn["text"])
        first = self._book.write("asked", text) == 1
        fault = fault_of(self._seed, text)
        hopeless = fault in dict(HOPELESS_FAULTS)
        fault = fault if first or hopeless else ""
        if fault:
            self._book.write("fault." + fault.replace(" ", "_"), text)
        response = web.StreamResponse()
        await response.prepare(request)
        if fault == "worker hangs until the gateway gives up":
            await asyncio.sleep(HANGING)
            return self._break_off(request, response)
        async with self._locks[turn["sender_id"]]:
            return await self._answer(request, response, text, fault)

    async def _answer(
        self, request: web.Request, response: web.StreamResponse, text: str, fault: str
    ) -> web.StreamResponse:
        stored = self._book.lines["done", text] > 0
        await asyncio.sleep(0 if stored else SLOW if fault == "worker is slow" else TURN)
        if fault in ("worker breaks off before a word", "worker breaks off every time"):
            return self._break_off(request, response)
        for reply in answer_to(self._seed, text):
            await self._send(response, {"type": "reply", "reply": {"text": reply, "handoff": None}})
            if fault == "worker breaks off between two replies":
                return self._break_off(request, response)
            await asyncio.sleep(0 if stored else TURN)
        if not stored:
            self._book.write("done", text)
        if fault == "worker breaks off after the last reply":
            return self._break_off(request, response)
        await self._send(response, {"type": "end"})
        return response

    def _break_off(self, request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return response

    async def _send(self, response: web.StreamResponse, event: dict[str, object]) -> None:
        await response.write(json.dumps(event).encode() + b"\n")


def main() -> None:
    """Serve on a loopback port until killed."""
    stop_with_parent()
    port, book, seed = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    web.run_app(Worker(Book(book), seed).app(), host="127.0.0.1", port=port, access_log=None, print=None)


if __name__ == "__main__":
    main()
