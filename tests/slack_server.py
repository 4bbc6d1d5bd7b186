"""A workspace of Slack in one process: the Web API with its rules and errors, and a person who types and presses.

Events are signed and repeated as Slack does: up to three times, when the answer is no 2xx or takes longer than three
seconds. The minutes between are left out.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from typing import Any
from urllib.parse import urlencode

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestClient

TOKEN, SIGNING, APP_TOKEN = "xoxb-1-of-the-tests", "8f742231b10e8888abcd99yyyzzz85a5", "xapp-1-of-the-tests"
TEAM, BOT, BOT_ID, USER = "T1", "UBOT", "BBOT", "UANNA"
ACK_SECONDS = 3.0
RETRIES = (("1", "http_error"), ("2", "http_error"), ("3", "http_error"))


class SlackWorkspace:
    """Channels D1 (a direct message) and C1 exist; ``failures`` are answered to the next posts, one each.

    A failure is an error code, ``ratelimited:SECONDS``, ``500``, ``drop`` (the connection breaks after the message was
    taken) or ``hold`` (nothing is answered until ``released`` is set; the message was taken).
    """

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.updates: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.times: list[float] = []
        self.failures: list[str] = []
        self.channels = {"D1", "D2", "C1"}
        self.scopes = "app_mentions:read,chat:write,im:history,channels:history"
        self.released = asyncio.Event()
        self.sockets: list[web.WebSocketResponse] = []
        self.acknowledged: list[str] = []
        self.url = ""
        self._ts = itertools.count(1)

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.route("*", "/api/{method}", self._call), web.get("/socket", self._socket)])
        return app

    def texts(self, channel: str = "D1") -> list[str]:
        return [post["text"] for post in self.posts if post["channel"] == channel]

    def new_ts(self) -> str:
        return f"{int(time.time())}.{next(self._ts):06d}"

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        form = await request.json() if request.content_type == "application/json" else dict(await request.post())
        arguments = {**request.query, **form}
        self.calls.append(method)
        wanted = APP_TOKEN if method == "apps.connections.open" else TOKEN
        if request.headers.get("Authorization", "").removeprefix("Bearer ") != wanted:
            return _error("invalid_auth")
        handler = getattr(self, "_" + method.replace(".", "_"), None)
        if handler is None:
            return _error("unknown_method")
        answer = await handler(arguments)
        if isinstance(answer, web.StreamResponse):
            return answer
        return web.json_response({"ok": True, **answer}, headers={"x-oauth-scopes": self.scopes})

    async def _auth_test(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"team": "Shop", "team_id": TEAM, "user": "frontdesk", "user_id": BOT, "bot_id": BOT_ID}

    async def _apps_connections_open(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"url": self.url.replace("http", "ws") + "/socket"}

    async def _chat_postMessage(self, arguments: dict[str, Any]) -> Any:
        self.times.append(time.monotonic())
        failure = self.failures.pop(0) if self.failures else ""
        if failure.startswith("ratelimited"):
            return _error("ratelimited", 429, {"Retry-After": failure.partition(":")[2]})
        if failure == "500":
            return web.Response(status=500, text="<html>oh</html>")
        if failure and failure not in ("drop", "hold"):
            return _error(failure)
        problem = self._problem(arguments)
        if problem:
            return _error(problem)
        post = {**arguments, "blocks": _json(arguments.get("blocks")), "ts": self.new_ts(), "bot_id": BOT_ID}
        self.posts.append(post)
        if failure == "drop":
            raise ConnectionResetError
        if failure == "hold":
            await self.released.wait()
        return {"channel": post["channel"], "ts": post["ts"]}

    def _problem(self, arguments: dict[str, Any]) -> str:
        """Return the documented error for a message that Slack would not take."""
        if arguments.get("channel") not in self.channels:
            return "channel_not_found"
        if not arguments.get("text"):
            return "no_text"
        blocks = _json(arguments.get("blocks"))
        ids = [block["block_id"] for block in blocks if "block_id" in block]
        if len(blocks) > 50 or len(set(ids)) < len(ids) or any(len(one) > 255 for one in ids):
            return "invalid_blocks"
        return "invalid_blocks" if any(_bad(block) for block in blocks) else ""

    async def _chat_update(self, arguments: dict[str, Any]) -> Any:
        found = [
            post for post in self.posts if (post["channel"], post["ts"]) == (arguments["channel"], arguments["ts"])
        ]
        if not found:
            return _error("message_not_found")
        found[0]["blocks"] = _json(arguments["blocks"])
        self.updates.append(arguments)
        return {"ts": arguments["ts"]}

    async def _conversations_history(self, arguments: dict[str, Any]) -> Any:
        return self._messages(arguments, lambda post: not post.get("thread_ts"))

    async def _conversations_replies(self, arguments: dict[str, Any]) -> Any:
        return self._messages(arguments, lambda post: post.get("thread_ts") == arguments["ts"])

    def _messages(self, arguments: dict[str, Any], fits: Any) -> Any:
        if "history" not in self.scopes:
            return _error("missing_scope")
        oldest = float(arguments.get("oldest", 0))
        here = [post for post in self.posts if post["channel"] == arguments["channel"] and float(post["ts"]) >= oldest]
        return {"messages": [post for post in here if fits(post)][::-1][: int(arguments.get("limit", 100))]}

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        await socket.send_json({"type": "hello", "num_connections": 1})
        async for frame in socket:
            if frame.type == WSMsgType.TEXT:
                self.acknowledged.append(json.loads(frame.data)["envelope_id"])
        return socket


def _bad(block: dict[str, Any]) -> bool:
    texts = [block["text"]] if block["type"] == "section" else []
    if block["type"] == "context":
        texts = block["elements"]
        if not 1 <= len(texts) <= 10:
            return True
    if block["type"] == "actions":
        elements = block["elements"]
        names = [one["action_id"] for one in elements]
        if not 1 <= len(elements) <= 25 or len(set(names)) < len(names):
            return True
        return any(not 1 <= len(one["text"]["text"]) <= 75 or len(one["value"]) > 2000 for one in elements)
    return any(not 1 <= len(text["text"]) <= 3000 for text in texts)


def _json(value: Any) -> list[dict[str, Any]]:
    return json.loads(value) if isinstance(value, str) else list(value or [])


def _error(code: str, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"ok": False, "error": code}, status=status, headers=headers)


def signed(body: bytes, secret: str = SIGNING, at: float | None = None) -> dict[str, str]:
    """Return the headers with which Slack sends ``body``."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


class SlackPerson:
    """Somebody in the workspace whose app is this gateway."""

    def __init__(self, workspace: SlackWorkspace, gateway: TestClient, user: str = USER) -> None:
        self.workspace = workspace
        self.gateway = gateway
        self.user = user
        self.answers: list[int] = []
        self._events = itertools.count(1)

    def event(self, text: str, *, channel: str = "D1", kind: str = "message", **fields: Any) -> dict[str, Any]:
        """Return an event callback as the documentation of the Events API shows it."""
        ts = fields.pop("ts", None) or self.workspace.new_ts()
        event = {"type": kind, "user": self.user, "text": text, "channel": channel, "ts": ts, "event_ts": ts, **fields}
        if kind == "message":
            event.setdefault("channel_type", "im" if channel.startswith("D") else "channel")
        return {
            "token": "old",
            "team_id": TEAM,
            "api_app_id": "A1",
            "event": {name: value for name, value in event.items() if value is not None},
            "type": "event_callback",
            "event_id": f"Ev{next(self._events):08d}",
            "event_time": int(float(ts)),
            "authorizations": [{"team_id": TEAM, "user_id": BOT, "is_bot": True}],
        }

    async def say(self, text: str, **fields: Any) -> str:
        """Type something; returns the message's timestamp."""
        event = self.event(text, **fields)
        await self.deliver(event)
        return str(event["event"]["ts"])

    async def deliver(self, event: dict[str, Any], path: str = "/channels/slack/events") -> int:
        return await self.post(json.dumps(event).encode(), path, "application/json")

    async def press(self, post: dict[str, Any], title: str, *, times: int = 1) -> None:
        """Press the button with this title under a message."""
        elements = [one for block in post["blocks"] if block["type"] == "actions" for one in block["elements"]]
        pressed = next(one for one in elements if one["text"]["text"] == title)
        for _ in range(times):
            await self.press_action(post, {**pressed, "action_ts": f"{time.time():.6f}"})

    async def press_action(self, post: dict[str, Any], action: dict[str, Any]) -> int:
        payload = {
            "type": "block_actions",
            "user": {"id": self.user, "team_id": TEAM},
            "team": {"id": TEAM},
            "container": {"type": "message", "message_ts": post["ts"], "channel_id": post["channel"]},
            "message": {"ts": post["ts"], "blocks": post["blocks"]},
            "actions": [action],
        }
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return await self.post(body, "/channels/slack/interactivity", "application/x-www-form-urlencoded")

    async def post(self, body: bytes, path: str, kind: str) -> int:
        """Send as Slack does, repeats included; returns the last status."""
        for number, reason in (("", ""), *RETRIES):
            repeat = {"X-Slack-Retry-Num": number, "X-Slack-Retry-Reason": reason} if number else {}
            headers = {"Content-Type": kind, **signed(body), **repeat}
            try:
                response = await asyncio.wait_for(self.gateway.post(path, data=body, headers=headers), ACK_SECONDS)
            except asyncio.TimeoutError:
                continue
            self.answers.append(response.status)
            if response.status // 100 == 2 or response.headers.get("X-Slack-No-Retry"):
                break
        return self.answers[-1]
