"""The line between the gateway and PostgreSQL, cut at the one moment that matters: while a transaction is committed."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

from cable import hang_up

# How the driver sends it: type, length, text.
COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
LATE = 0.3  # seconds


class CutAtCommit:
    """A TCP proxy that breaks a connection at a chosen commit, in one of three ways.

    ``before``: the server never hears of it. ``after``: the server has done it, and the gateway never hears of it.
    ``late``: the gateway is cut off at once, and the server hears of it only when the gateway may be connected again.
    """

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._left = 0
        self._how = ""
        self.cuts = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, commit: int, how: str) -> None:
        """Break the connection at the n-th commit from now on."""
        self._left, self._how = commit, how

    def close(self) -> None:
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to_port))
            for work in (self._up, self._down):
                threading.Thread(target=work, args=(near, far), daemon=True).start()

    def _up(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while data := near.recv(65536):
                if data == COMMIT and self._is_chosen():
                    self._cut(near, far)
                    return
                far.sendall(data)
        hang_up(near)
        hang_up(far)

    def _down(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while data := far.recv(65536):
                near.sendall(data)
            hang_up(near)

    def _is_chosen(self) -> bool:
        if self._left:
            self._left -= 1
            return not self._left
        return False

    def _cut(self, near: socket.socket, far: socket.socket) -> None:
        self.cuts += 1
        hang_up(near)
        if self._how == "late":
            time.sleep(LATE)
        if self._how != "before":
            with suppress(OSError):
                far.sendall(COMMIT)
                time.sleep(0.05)
        hang_up(far)
