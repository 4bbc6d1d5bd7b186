"""A scripted dialogue worker that knows how long each turn took it.

Run: python -m benchmarks.channels.scripted PORT THINK (seconds). Speaks the NDJSON of the real workers. ``GET /times``
returns for each message id when the turn began here and when its reply left, on the clock that all processes share.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from aiohttp import web

from bot.process import stop_with_parent

# As long as an answer from a solved ticket usually is.
ANSWER = (
    "You can return anything within 30 days if it has not been used outdoors. Start the return from your order page, "
    "print the label and bring the parcel to any Swiftpost shop; the money is back within five days after it arrives."
)
SOURCE = {"id": "T-10427", "title": "How long can I return boots?", "excerpt": ANSWER[:120], "score": 0.87}


class Worker:
    """Thinks for a fixed time, answers, and keeps the times."""

    def __init__(self, think: float) -> None:
        self._think = think
        self._times: dict[str, tuple[float, float]] = {}

    def app(self) -> web.Application:
        """Return what it serves."""
        app = web.Application()
        app.add_routes(
            [web.post("/v1/turns", self._turn), web.get("/readyz", self._ready), web.get("/times", self._all)]
        )
        return app

    async def _turn(self, request: web.Request) -> web.StreamResponse:
        began = time.monotonic()
        message_id = str((await request.json())["message_id"])
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        await response.write(b'{"type": "typing"}\n')
        await asyncio.sleep(self._think - (time.monotonic() - began))
        reply = {
            "text": ANSWER,
            "rung": "ticket",
            "confidence": 0.93,
            "sources": [SOURCE],
            "language": "en",
        }
        lines = json.dumps({"type": "reply", "reply": reply}) + "\n" + '{"type": "end"}\n'
        self._times[message_id] = (began, time.monotonic())
        await response.write(lines.encode())
        return response

    async def _ready(self, _: web.Request) -> web.Response:
        return web.json_response({"ready": True})

    async def _all(self, _: web.Request) -> web.Response:
        return web.json_response(self._times)


def main() -> None:
    """Serve on a loopback port until stopped."""
    stop_with_parent()
    port, think = int(sys.argv[1]), float(sys.argv[2])
    web.run_app(Worker(think).app(), host="127.0.0.1", port=port, access_log=None, print=None)


if __name__ == "__main__":
    main()
