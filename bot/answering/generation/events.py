"""Reads the answer of a chat completion as it arrives: server-sent events, cut anywhere, or one JSON body.

The form is that of the HTML standard ("text/event-stream"). Knows no socket; bytes are pushed in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bot.errors import GenerationError

# A server that sends more than this for one answer is not sending an answer.
MAX_BYTES = 2_000_000


class Completion:
    """The text of one answer so far.

    ``finished`` is set when the model came to its end, ``ended`` when nothing more comes. ``streamed`` is to be cleared
    for a server that sends one JSON body instead.
    """

    def __init__(self, source: str = "the server") -> None:
        """Begin with nothing; ``source`` is who sends, for messages."""
        self.text = ""
        self.streamed = True
        self.finished = False
        self.ended = False
        self._source = source
        self._pending = b""
        self._data: list[str] = []
        self._received = 0

    def push(self, chunk: bytes) -> None:
        """Take the next bytes; they may end inside a line or inside a character.

        Raises:
            GenerationError: an event is not of the documented form, says that the server failed, or is too large.
        """
        self._received += len(chunk)
        if self._received > MAX_BYTES:
            raise GenerationError(f"{self._source} sent more than {MAX_BYTES} bytes for one answer.")
        if not self.streamed:
            self._pending += chunk
            return
        # Lines are split as bytes, so that a character cut in two is whole again when it is decoded.
        *lines, self._pending = (self._pending + chunk).split(b"\n")
        for line in lines:
            for data in self._line(line.removesuffix(b"\r").decode("utf-8", errors="replace")):
                self._event(data)

    def close(self) -> None:
        """Take the end of the bytes; raises as ``push``."""
        if not self.streamed:
            self._event(self._pending.decode("utf-8", errors="replace"))
            self.ended = True

    def _line(self, line: str) -> Iterator[str]:
        """Return the event that a line ends, if it does; comments and other fields say nothing to us."""
        if line.startswith("data:"):
            self._data.append(line[5:].removeprefix(" "))
        elif not line and self._data:
            data, self._data = "\n".join(self._data), []
            yield data

    def _event(self, data: str) -> None:
        if data.strip() == "[DONE]":
            self.ended = True
            return
        try:
            event = json.loads(data)
            if event.get("error"):
                raise GenerationError(f"{self._source} broke off with an error of its own. See its log.")
            # The last event may hold figures of use alone.
            for choice in event["choices"][:1]:
                self._take(choice)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
            raise GenerationError(
                f"{self._source} sent something that is no chat completion ({type(exc).__name__}). Check generator.url."
            ) from exc

    def _take(self, choice: dict[str, Any]) -> None:
        part = choice.get("delta") or choice.get("message") or {}
        content = part.get("content")
        if isinstance(content, str):
            self.text += content
        elif content is not None:
            raise TypeError
        if reason := choice.get("finish_reason"):
            # "length" and "content_filter" end in the middle.
            self.finished = reason == "stop"
            self.ended = True
