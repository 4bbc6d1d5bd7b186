"""The connection to the other processes: one HTTP client, and the token that our own inner processes want."""

from __future__ import annotations

import aiohttp

# A process on the same machine accepts within milliseconds, or is not there; seconds.
CONNECT_TIMEOUT = 2.0
# One line of a turn holds a reply with its sources; bytes.
LINE_LIMIT = 1 << 20


class Inner:
    """Opens one client session and keeps it until ``close``."""

    def __init__(self, token: str) -> None:
        # Sent with each call to a process of ours, never by default: gateway.rasa_url may be another team's host.
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Open the session; must run inside the event loop that uses it."""
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT),
            connector=aiohttp.TCPConnector(limit=0),
            read_bufsize=LINE_LIMIT,
            trust_env=False,
        )

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The open session."""
        if self._session is None:
            raise RuntimeError("The client is not open; the app opens it at its start.")
        return self._session
