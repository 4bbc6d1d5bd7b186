"""Slack's Socket Mode: the same events over a connection that we open, for machines without a public address.

An envelope is acknowledged when ``take`` returned; when it raised, Slack sends the envelope again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.channels.slack_api import SlackApi

log = logging.getLogger(__name__)


class SlackSocket:
    """One connection; it is made again whenever it breaks."""

    def __init__(self, api: SlackApi, app_token: str, take: Callable[[str, dict[str, Any]], Awaitable[None]]) -> None:
        """Hand each envelope's type (``events_api``, ``interactive``) and payload to ``take``."""
        self._api = api
        self._token = app_token
        self._take = take
        self._client: SocketModeClient | None = None
        self._connecting: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to connect, and return at once: Slack may be down when we start."""
        self._client = SocketModeClient(self._token, web_client=self._api.client)
        self._client.socket_mode_request_listeners.append(self._listen)
        self._connecting = asyncio.ensure_future(self._client.connect())  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """Close the connection; what is not acknowledged comes again."""
        if self._client is not None and self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
            await self._client.close()  # type: ignore[no-untyped-call]

    async def _listen(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        try:
            await self._take(request.type, request.payload)
        except Exception:
            # The edge of the process: not acknowledged, so Slack sends it again.
            log.exception("an envelope of slack was not taken")
            return
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
