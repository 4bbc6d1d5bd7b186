"""A real server that speaks OpenAI's chat completions, as well or as badly as a test wants."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Step:
    """What is done with one request: status and headers, then the chunks, with pauses (seconds) before and between.

    ``cut`` breaks the connection off after the last chunk instead of ending the answer.
    """

    chunks: Sequence[bytes] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "text/event-stream"
    before: float = 0.0
    between: float = 0.0
    cut: bool = False


def event(content: str | None, finish: str | None = None) -> bytes:
    """One event of a stream."""
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}, ensure_ascii=False).encode() + b"\n\n"


def streamed(text: str, finish: str = "stop") -> bytes:
    """A whole stream: a word an event, then its end."""
    words = text.split(" ")
    parts = [event(word if at == 0 else f" {word}") for at, word in enumerate(words)]
    return b"".join([event(""), *parts, event(None, finish), b"data: [DONE]\n\n"])


def cut_every(size: int, data: bytes) -> list[bytes]:
    """The same bytes in chunks of one size, wherever that cuts."""
    return [data[at : at + size] for at in range(0, len(data), size)]


def says(text: str, **options: Any) -> Step:
    """A request that is answered as it should be."""
    return Step([streamed(text)], **options)


def whole(body: object, **options: Any) -> Step:
    """A request that is answered in one piece."""
    return Step([body if isinstance(body, bytes) else json.dumps(body).encode()], kind="application/json", **options)


class ModelServer:
    """Plays one step for each request to ``chat/completions``, the last one for all that follow."""

    def __init__(self, *script: Step, models: Step | None = None) -> None:
        self.script = list(script)
        self.models = models or whole({"data": [{"id": "tiny"}]})
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.hung_up = threading.Event()
        self.working = 0
        self.most_working = 0
        self.lock = threading.Lock()
        self.url = ""

    def next_step(self, body: dict[str, Any], headers: dict[str, str]) -> Step:
        with self.lock:
            self.asked.append(body)
            self.headers.append(headers)
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    @contextmanager
    def counted(self) -> Iterator[None]:
        with self.lock:
            self.working += 1
            self.most_working = max(self.most_working, self.working)
        try:
            yield
        finally:
            with self.lock:
                self.working -= 1


@contextmanager
def running(*script: Step, models: Step | None = None) -> Iterator[ModelServer]:
    """A server on a free port for as long as the block lasts."""
    played = ModelServer(*script, models=models)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(played))
    server.daemon_threads = True
    played.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield played
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(played: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._play(played.models)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.path == "/v1/chat/completions"
            with played.counted():
                self._play(played.next_step(body, dict(self.headers)))

        def _play(self, step: Step) -> None:
            try:
                time.sleep(step.before)
                self.send_response(step.status)
                self.send_header("Content-Type", step.kind)
                self.send_header("Transfer-Encoding", "chunked")
                for name, value in step.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                for chunk in step.chunks:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                    self.wfile.flush()
                    time.sleep(step.between)
                if step.cut:
                    self.close_connection = True
                else:
                    self.wfile.write(b"0\r\n\r\n")
            except OSError:
                self.close_connection = True
                played.hung_up.set()

        def log_message(self, *_: object) -> None:
            """Say nothing: a test's output is its failures."""

    return Handler
