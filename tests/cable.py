"""A network that fails on request."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Cable:
    """A TCP proxy between browser and gateway: pulled, every connection breaks and none is made."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._plugged = True
        # Bytes of answers let through before the cable is pulled; None lets all of them through.
        self.answers_left: int | None = None
        self._sockets: set[socket.socket] = set()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def pull(self) -> None:
        self._plugged = False
        for end in list(self._sockets):
            hang_up(end)

    def plug(self) -> None:
        self.answers_left = None
        self._plugged = True

    def close(self) -> None:
        self.pull()
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            if not self._plugged:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._to_port))
            self._sockets |= {near, far}
            threading.Thread(target=self._carry, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, True), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        try:
            while data := source.recv(65536):
                if is_answer and self.answers_left is not None and len(data) > self.answers_left:
                    self.pull()
                    break
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            hang_up(end)
            self._sockets.discard(end)


def hang_up(end: socket.socket) -> None:
    """Break a connection at once, also while another thread reads from it."""
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
