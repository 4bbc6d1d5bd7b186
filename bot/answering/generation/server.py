"""A generator behind a URL: any server that speaks OpenAI's chat completions, such as vLLM, llama.cpp or Ollama.

The answer is streamed, so that reading stops when it is long enough, when it is a refusal or when the time is over.
What the server says besides the answer is neither shown nor logged: it may repeat the question or the key.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import time
from collections.abc import Sequence
from typing import Any

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from bot.answering.evidence import Evidence
from bot.answering.generation import drafts
from bot.answering.generation.events import Completion
from bot.answering.generation.loop import BackgroundLoop
from bot.answering.generation.places import Places
from bot.answering.generation.prompt import Rules, messages
from bot.answering.generation.retries import TryAgain, pause, refusal_of
from bot.errors import GenerationError

log = logging.getLogger(__name__)

CONCURRENT = 4  # compositions that one server gets at once
ATTEMPTS = 3
CONNECT_SECONDS = 2.0
CHECK_SECONDS = 5.0
# Beyond its limit a call may take so long to let go.
GRACE_SECONDS = 0.5


class ServerGenerator:
    """Drafts answers with the model of a server; threads may share it."""

    def __init__(
        self, url: str, model: str, *, key: str = "", rules: Rules | None = None, seconds: float = 5.0
    ) -> None:
        """Remember where to ask; no connection is made.

        Args:
            url: the address below which ``chat/completions`` and ``models`` are, such as ``http://127.0.0.1:8000/v1``.
            model: the model's name on the server.
            key: sent as a bearer token when it is not empty.
            rules: what the model is told about length and tone.
            seconds: longest composition, waiting for a place and retries included.
        """
        self.name = f"server:{model}"
        self._url = url.rstrip("/")
        self._model = model
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._rules = rules or Rules()
        self._seconds = seconds
        self._places = Places(CONCURRENT)
        self._loop = BackgroundLoop()
        self._session: aiohttp.ClientSession | None = None

    def compose(self, question: str, evidence: Sequence[Evidence]) -> tuple[str, ...]:
        """Return the sentences that the model wrote to their end within the limit.

        Raises:
            GenerationError: the server cannot be used, was too slow, or sent no sentence.
        """
        deadline = time.monotonic() + self._seconds
        body = {
            "model": self._model,
            "messages": messages(question, evidence, self._rules),
            "temperature": 0,
            "max_tokens": self._rules.max_tokens,
            "stream": True,
        }
        with self._places.taken(deadline):
            try:
                written = self._loop.run(self._answer(body, deadline), deadline - time.monotonic() + GRACE_SECONDS)
            except TimeoutError as exc:
                raise self._late() from exc
        return self._draft(written)

    def check(self) -> str:
        """Return in words that the server has the model.

        Raises:
            GenerationError: it cannot be reached, refuses, or has other models.
        """
        try:
            names = self._loop.run(self._models(), CHECK_SECONDS)
        except TimeoutError as exc:
            raise GenerationError(f"{self._url} gave no answer within {CHECK_SECONDS:g} s. Is the server up?") from exc
        except TryAgain as exc:
            raise GenerationError(str(exc)) from exc
        # Ollama shows the tag that others leave out.
        if not {self._model, f"{self._model}:latest"} & set(names):
            shown = ", ".join(names[:10]) or "none"
            raise GenerationError(
                f"{self._url} has no model {self._model!r}; it has: {shown}. Set generator.model to one of them."
            )
        return f"{self._model} at {self._url}"

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        atexit.unregister(self.close)
        if self._session is not None:
            self._loop.run(self._session.close(), GRACE_SECONDS)
            self._session = None
        self._loop.close()

    def _draft(self, written: Completion) -> tuple[str, ...]:
        draft = drafts.draft_of(written.text, finished=written.finished)
        said_something = written.finished and drafts.count_words(written.text) > 0
        if draft or said_something or drafts.is_refusal(written.text):
            return draft
        if written.ended or self._is_enough(written.text):
            raise GenerationError(
                f"{self._model} at {self._url} wrote no whole sentence. Raise generator.max_words, or use a model "
                "that answers without long reasoning."
            )
        raise self._late()

    async def _answer(self, body: dict[str, Any], deadline: float) -> Completion:
        """Return the answer, whole or as far as it came; tries again what may work a moment later."""
        for attempt in range(ATTEMPTS):
            written = Completion(self._url)
            try:
                await asyncio.wait_for(self._read(body, written), deadline - time.monotonic())
                return written
            except asyncio.TimeoutError:
                return written
            except TryAgain as exc:
                seconds = pause(attempt, exc.after)
                if attempt + 1 == ATTEMPTS or time.monotonic() + seconds >= deadline:
                    raise GenerationError(f"{exc} Tried {attempt + 1} times.") from exc
                log.debug("generator %s: trying again in %.2f s", self.name, seconds)
                await asyncio.sleep(seconds)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _read(self, body: dict[str, Any], written: Completion) -> None:
        """Read one answer into ``written`` until it ends or enough is there; leaving closes the connection."""
        try:
            async with self._opened().post(
                f"{self._url}/chat/completions", json=body, allow_redirects=False
            ) as response:
                self._accept(response)
                written.streamed = response.content_type != "application/json"
                async for chunk in response.content.iter_any():
                    written.push(chunk)
                    if written.ended or self._is_enough(written.text):
                        return
                written.close()
        except (aiohttp.ClientError, HttpProcessingError, OSError, ValueError) as exc:
            if isinstance(exc, aiohttp.ClientPayloadError):
                raise self._broken_off() from exc
            raise TryAgain(f"{self._url} cannot be reached ({type(exc).__name__}). Is the server up?") from exc
        if not written.ended:
            raise self._broken_off()

    def _is_enough(self, text: str) -> bool:
        return drafts.is_refusal(text) or drafts.count_words(text) > self._rules.max_words

    async def _models(self) -> list[str]:
        try:
            async with self._opened().get(f"{self._url}/models", allow_redirects=False) as response:
                self._accept(response)
                listed = await response.json(content_type=None)
                return [str(model["id"]) for model in listed["data"]]
        except (KeyError, TypeError, ValueError) as exc:
            raise GenerationError(
                f"{self._url}/models is no list of models. Does generator.url end as the server's documents say, "
                "often with /v1?"
            ) from exc
        except (aiohttp.ClientError, HttpProcessingError, OSError) as exc:
            raise TryAgain(f"{self._url} cannot be reached ({type(exc).__name__}). Is the server up?") from exc

    def _accept(self, response: aiohttp.ClientResponse) -> None:
        if response.status != 200:
            raise refusal_of(response.status, response.headers.get("Retry-After", ""), self._url)

    def _opened(self) -> aiohttp.ClientSession:
        """Return the session of the loop that this runs in; kept, so that connections are used again."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS)
            # Left open, the connections complain when the process ends.
            atexit.register(self.close)
            self._session = aiohttp.ClientSession(headers=self._headers, timeout=timeout)
        return self._session

    def _broken_off(self) -> TryAgain:
        return TryAgain(f"{self._url} broke off in the middle of an answer.")

    def _late(self) -> GenerationError:
        return GenerationError(
            f"{self._model} at {self._url} wrote no whole sentence within {self._seconds:g} s. Raise "
            "generator.timeout_seconds, or use a faster model."
        )
