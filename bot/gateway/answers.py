"""The gateway's client of the answers service: search for people, and whether it is ready.

Customers' questions do not pass here; they reach the answers service through the dialogue.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.errors import AnswersUnavailable
from bot.gateway.dialogue import READY_TIMEOUT
from bot.gateway.inner import Inner

NOT_RUNNING = "The answers service does not answer. Run: frontdesk up"
NO_INDEX = "The index of solved tickets is not ready. Run: frontdesk index build"


@dataclass(frozen=True)
class AnswersState:
    """Why the service or its index cannot be used; empty strings mean ready."""

    service: str
    index: str


class AnswersClient:
    """Talks to the answers service on loopback."""

    def __init__(self, inner: Inner, port: int, timeout_seconds: float) -> None:
        self._inner = inner
        self._base = f"http://127.0.0.1:{port}" if port else ""
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)

    async def search(self, query: str, top_k: int) -> list[Any]:
        """Return the hits for a query.

        Raises:
            AnswersUnavailable: the service cannot be reached, or cannot answer now.
        """
        if not self._base:
            raise AnswersUnavailable(NOT_RUNNING)
        body = {"query": query, "top_k": top_k}
        try:
            async with self._inner.session.post(
                f"{self._base}/v1/search", json=body, headers=self._inner.headers, timeout=self._timeout
            ) as response:
                if response.status != 200:
                    raise AnswersUnavailable(f"The answers service answered {response.status}. See GET /readyz.")
                hits = list((await response.json())["hits"])
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError) as exc:
            raise AnswersUnavailable(NOT_RUNNING) from exc
        except (ValueError, KeyError, TypeError) as exc:
            raise AnswersUnavailable("The answers service sent something unreadable. Is it of this version?") from exc
        return hits

    async def state(self) -> AnswersState:
        """Return what is missing, service and index apart."""
        if not self._base:
            return AnswersState(NOT_RUNNING, NOT_RUNNING)
        try:
            async with self._inner.session.get(
                f"{self._base}/readyz", headers=self._inner.headers, timeout=READY_TIMEOUT
            ) as response:
                data = await response.json(content_type=None)
        except (aiohttp.ClientError, OSError, ValueError, asyncio.TimeoutError):
            return AnswersState(NOT_RUNNING, NOT_RUNNING)
        ready = response.status == 200 and isinstance(data, dict) and data.get("ready") is True
        return AnswersState("", "" if ready else NO_INDEX)
