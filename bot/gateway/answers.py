"""The gateway's client of the answers service: search for people, and whether it is ready.

Customers' questions do not pass here; they reach the answers service through the dialogue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.errors import AnswersUnavailable, MalformedMessage
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

    async def search(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return one page of hits for the body of ``POST /v1/search``.

        Raises:
            MalformedMessage: the service does not accept one of the values.
            AnswersUnavailable: the service cannot be reached, or cannot answer now.
        """
        if not self._base:
            raise AnswersUnavailable(NOT_RUNNING)
        try:
            async with self._inner.session.post(
                f"{self._base}/v1/search", json=dict(body), headers=self._inner.headers, timeout=self._timeout
            ) as response:
                data = await response.json(content_type=None)
                if response.status == 400:
                    raise MalformedMessage(str(data["error"]["message"]))
                if response.status != 200:
                    raise AnswersUnavailable(f"The answers service answered {response.status}. See GET /readyz.")
                return {"hits": list(data["hits"]), "next_offset": data.get("next_offset")}
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError) as exc:
            raise AnswersUnavailable(NOT_RUNNING) from exc
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise AnswersUnavailable("The answers service sent something unreadable. Is it of this version?") from exc

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
