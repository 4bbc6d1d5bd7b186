"""Slack outbound: posts messages, recognises those that are there already, and shows that a button counted.

Waits and repeats nothing itself: every failure becomes ``TryLater`` or ``Undeliverable``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels import slack_blocks
from bot.channels.push import Press, Spoken, TryLater, Undeliverable, thanks_for_feedback
from bot.channels.slack import target

log = logging.getLogger(__name__)

TIMEOUT = 15  # seconds
# Slack's trouble, or somebody has to mend the app: the message waits.
UNCERTAIN = frozenset(("internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"))
BUSY = frozenset(("ratelimited", "rate_limited", "message_limit_exceeded", "accesslimited"))
MISCONFIGURED = frozenset(
    (
        "account_inactive",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "token_expired",
        "token_revoked",
    )
)
# Messages of a conversation that are looked through for one of ours.
LOOK_BACK = 100
# Their clock and ours; seconds.
SKEW = 60.0


class SlackApi:
    """The Web API with one bot token."""

    name = "slack"

    def __init__(self, token: str, base_url: str) -> None:
        self._token = token
        self._base_url = base_url
        self._client: AsyncWebClient | None = None
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the HTTP session."""
        self._session = aiohttp.ClientSession()
        # The default handlers repeat a post whose connection broke, and so double it.
        self._client = AsyncWebClient(
            self._token, self._base_url, timeout=TIMEOUT, session=self._session, retry_handlers=[]
        )

    async def close(self) -> None:
        """Close the HTTP session."""
        if self._session is not None:
            await self._session.close()

    @property
    def client(self) -> AsyncWebClient:
        """Return the open client."""
        assert self._client is not None, "open() first"
        return self._client

    def parts(self, message: Spoken) -> list[dict[str, Any]]:
        """Return the messages that one reply becomes."""
        return slack_blocks.parts_of(message)

    async def post(self, message: Spoken, part: dict[str, Any]) -> None:
        """Post one part in its channel or thread; without blocks when Slack does not take the blocks."""
        try:
            await self._post(message, part)
        except Undeliverable as exc:
            if not str(exc).startswith("invalid_blocks"):
                raise
            log.warning("slack refused the blocks of message %s of %s", message.seq, message.sender_id)
            await self._post(message, {"text": part["text"]})

    async def posted(self, message: Spoken, part: dict[str, Any]) -> bool:
        """Say whether this part stands in the conversation already, by the ids of its blocks."""
        channel, thread = target(message.sender_id)
        oldest = str(datetime.fromisoformat(message.at).timestamp() - SKEW)
        arguments: dict[str, Any] = {"channel": channel, "oldest": oldest, "limit": LOOK_BACK}
        try:
            if thread:
                found = await self._call("conversations_replies", ts=thread, **arguments)
            else:
                found = await self._call("conversations_history", **arguments)
        except Undeliverable:
            return False
        except TryLater as exc:
            if str(exc) not in MISCONFIGURED:
                raise
            log.warning("slack history cannot be read (%s): a message may be posted twice", exc)
            return False
        wanted = {block["block_id"] for block in part["blocks"] if str(block.get("block_id", "")).startswith("said.")}
        return any(wanted <= _block_ids(one) for one in found.get("messages") or ())

    async def pressed(self, press: Press, message: Spoken, title: str) -> None:
        """Put what was chosen in the place of the buttons, so that they are not pressed twice."""
        part = self.parts(message)[-1]
        thanks = thanks_for_feedback(str(message.body.get("text") or ""))
        group, note = ("rate", thanks) if press.is_rating else ("ask", f"✓ {title}")
        # What stands there now, not what was posted: the other buttons may have been pressed before.
        blocks = slack_blocks.without(press.where["blocks"] or part["blocks"], group, note)
        where = {"channel": press.where["channel"], "ts": press.where["ts"]}
        try:
            await self._call("chat_update", **where, text=part["text"], blocks=blocks)
        except (TryLater, Undeliverable) as exc:
            log.info("the buttons of message %s of %s stay: %s", message.seq, message.sender_id, exc)

    async def identity(self) -> tuple[dict[str, Any], set[str]]:
        """Return whose token it is, and what it may do."""
        answer = await self._answer(self.client.auth_test())
        listed = next((value for name, value in answer.headers.items() if name.lower() == "x-oauth-scopes"), "")
        return dict(answer.data), {scope.strip() for scope in str(listed).split(",")}

    async def socket_address(self, app_token: str) -> str:
        """Return an address for one connection of Socket Mode."""
        return str((await self._answer(self.client.apps_connections_open(app_token=app_token))).data["url"])

    async def typing(self, sender_id: str) -> None:
        """Do nothing: Slack has no typing sign for bots."""

    async def _post(self, message: Spoken, part: dict[str, Any]) -> None:
        channel, thread = target(message.sender_id)
        quiet = {"parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}
        await self._call("chat_postMessage", channel=channel, thread_ts=thread or None, **quiet, **part)

    async def _call(self, method: str, **arguments: Any) -> Any:
        return (await self._answer(getattr(self.client, method)(**arguments))).data

    async def _answer(self, request: Awaitable[Any]) -> Any:
        try:
            return await request
        except SlackApiError as exc:
            raise _failure(exc) from exc
        except aiohttp.ClientConnectorError as exc:
            raise TryLater(f"Slack cannot be reached: {type(exc).__name__}") from exc
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError, ValueError) as exc:
            raise TryLater(f"Slack broke off: {type(exc).__name__}", sent=True) from exc


def _failure(exc: SlackApiError) -> TryLater | Undeliverable:
    response = exc.response
    status, headers = int(response.status_code), dict(response.headers)
    error = str(response.data.get("error", "")) if isinstance(response.data, dict) else ""
    if status == 429 or error in BUSY:
        return TryLater(error or "ratelimited", _seconds(headers))
    if status >= 500 or error in UNCERTAIN or not error:
        return TryLater(error or f"status {status}", sent=True)
    if error in MISCONFIGURED:
        log.error("slack refuses the token: %s. Run: frontdesk channels check slack", error)
        return TryLater(error)
    return Undeliverable(error)


def _seconds(headers: dict[str, Any]) -> float:
    value = next((item for name, item in headers.items() if name.lower() == "retry-after"), "")
    text = str(value[0] if isinstance(value, Sequence) and not isinstance(value, str) and value else value)
    return float(text) if text.isdecimal() else 1.0


def _block_ids(message: dict[str, Any]) -> set[str]:
    return {str(block.get("block_id", "")) for block in message.get("blocks") or ()}
