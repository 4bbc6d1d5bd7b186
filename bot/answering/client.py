"""The client of the answers service, for actions.

Every failure, of whatever kind, is ``AnswersUnavailable``: the caller has one thing to do, and that is to say so and
offer a person. Does not retry, because a customer waits.
"""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from bot.errors import AnswersUnavailable, MalformedMessage
from bot.messages import Reply
from bot.settings import load_settings

# One line of the answer stream; a reply is far smaller.
MAX_LINE_BYTES = 256 * 1024


class AnswersClient:
    """Asks the answers service; safe to share between tasks and event loops, as it keeps no connection."""

    def __init__(self, base_url: str, token: str, timeout_seconds: float) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)

    async def answer(self, question: str, context: Sequence[Mapping[str, str]] = ()) -> Reply:
        """Return the ladder's reply to a question.

        Args:
            question: the customer's words, as data.
            context: earlier turns, oldest first, each ``{"role": "customer" or "bot", "text": ...}``.

        Raises:
            AnswersUnavailable: no usable reply came, or not in time.
        """
        body = {"question": question, "context": [dict(turn) for turn in context]}
        async with self._posted("/v1/answer", body) as response:
            async for line in response.content:
                event = json.loads(line)
                if event["type"] == "answer":
                    return Reply.from_dict(event["answer"])
                if event["type"] == "error":
                    raise AnswersUnavailable(f"{event['error']['code']}: {event['error']['message']}")
        raise AnswersUnavailable(f"The answers service at {self._base_url} ended without a reply.")

    async def search(self, query: str, top_k: int = 10) -> list[dict[str, Any]]:
        """Return hits as the service gives them; raises as ``answer`` does."""
        async with self._posted("/v1/search", {"query": query, "top_k": top_k}) as response:
            hits = (await response.json())["hits"]
            if not isinstance(hits, list):
                raise AnswersUnavailable(f"hits is a {type(hits).__name__}; it must be a list.")
            return hits
        raise AssertionError("unreachable: the context manager above does not swallow errors")

    @asynccontextmanager
    async def _posted(self, path: str, body: Mapping[str, Any]) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request and convert whatever goes wrong, here or in the caller's reading of the response."""
        # A session for each call: on loopback it costs under a millisecond, and rasa-sdk may call from several loops.
        session = aiohttp.ClientSession(timeout=self._timeout, headers=self._headers, read_bufsize=MAX_LINE_BYTES)
        try:
            async with session, session.post(self._base_url + path, json=body) as response:
                if response.status != 200:
                    raise AnswersUnavailable(await _refusal(response))
                yield response
        except asyncio.TimeoutError as exc:
            raise AnswersUnavailable(f"No answer from {self._base_url} within {self._timeout.total:g} s.") from exc
        except (aiohttp.ClientError, OSError) as exc:
            raise AnswersUnavailable(
                f"The answers service at {self._base_url} cannot be reached: {exc}. Is it up?"
            ) from exc
        except (MalformedMessage, HttpProcessingError, ValueError, KeyError, TypeError) as exc:
            raise AnswersUnavailable(
                f"The answers service at {self._base_url} sent something unusable: {exc!r}."
            ) from exc


async def _refusal(response: aiohttp.ClientResponse) -> str:
    """Return the service's own words for a status that is not 200."""
    try:
        error = (await response.json(content_type=None))["error"]
        return f"{response.status} {error['code']}: {error['message']}"
    except (ValueError, KeyError, TypeError):
        return f"The answers service replied with status {response.status}."


@functools.lru_cache(maxsize=1)
def client_from_environment() -> AnswersClient:
    """Return the client of this process, made on first use from settings and environment.

    Raises:
        AnswersUnavailable: no port is set, so there is no service to ask.
        SettingsError: the settings cannot be read.
    """
    settings = load_settings()
    if not settings.answers.port:
        raise AnswersUnavailable("answers.port is 0. Start with: frontdesk up, or set FRONTDESK_ANSWERS_PORT.")
    url = f"http://127.0.0.1:{settings.answers.port}"
    return AnswersClient(url, settings.secrets.inner_token, settings.answers.timeout_seconds)
