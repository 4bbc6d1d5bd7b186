"""Telegram in one process: the Bot API with its rules and errors, and people who write and press.

Updates are repeated until the webhook answers 2xx, or given again to getUpdates until a later offset confirms them.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient

TOKEN, SECRET = "123456789:AAtoken-of-the-tests-000000000000", "hook-secret_1"
ME = {"id": 123456789, "is_bot": True, "first_name": "Frontdesk", "username": "FrontdeskBot"}
ANNA = {"id": 501, "is_bot": False, "first_name": "Anna"}
BEN = {"id": 502, "is_bot": False, "first_name": "Ben"}
PRIVATE, GROUP = 501, -1001234


class TelegramServer:
    """Every chat exists but those in ``unknown``; ``blocked`` ones have stopped the bot.

    ``failures`` are answered to the next sendMessage, one each: a number of seconds is a 429 with retry_after, ``500``
    an error of the server, ``drop`` a connection that breaks after the message was taken.
    """

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.failures: list[str] = []
        self.blocked: set[int] = set()
        self.unknown: set[int] = set()
        self.webhook: dict[str, Any] = {"url": ""}
        self.updates: list[dict[str, Any]] = []
        self.menus: dict[str, list[dict[str, str]]] = {}
        self.offsets: list[int | None] = []
        self.polling = 0
        self.times: list[float] = []
        self._ids = itertools.count(1000)

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.route("*", "/bot{token}/{method}", self._call)])
        return app

    def texts(self, chat: int = PRIVATE) -> list[str]:
        return [one["text"] for one in self.sent if one["chat_id"] == chat]

    def called(self, method: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self.calls if name == method]

    async def _call(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != TOKEN:
            return _error(401, "Unauthorized")
        method = request.match_info["method"]
        form = await request.json() if request.content_type == "application/json" else dict(await request.post())
        arguments = {name: _plain(value) for name, value in {**request.query, **form}.items()}
        self.calls.append((method, arguments))
        handler = getattr(self, f"_{method}", None)
        if handler is None:
            return _error(404, "Not Found")
        answer = await handler(arguments)
        return answer if isinstance(answer, web.StreamResponse) else web.json_response({"ok": True, "result": answer})

    async def _getMe(self, _: dict[str, Any]) -> Any:
        return {**ME, "can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}

    async def _sendMessage(self, arguments: dict[str, Any]) -> Any:
        self.times.append(time.monotonic())
        failure = self.failures.pop(0) if self.failures else ""
        if failure == "500":
            return _error(500, "Internal Server Error")
        if failure.isdecimal():
            wait = {"retry_after": int(failure)}
            return _error(429, f"Too Many Requests: retry after {failure}", wait)
        chat, text = int(arguments["chat_id"]), str(arguments.get("text", ""))
        problem = self._problem(chat, text, arguments)
        if problem is not None:
            return problem
        message = {
            "message_id": next(self._ids),
            "date": int(time.time()),
            "chat": _chat(chat),
            "from": ME,
            "text": text,
        }
        self.sent.append({**arguments, "chat_id": chat, "message_id": message["message_id"]})
        if failure == "drop":
            raise ConnectionResetError
        return message

    def _problem(self, chat: int, text: str, arguments: dict[str, Any]) -> web.Response | None:
        if chat in self.blocked:
            return _error(403, "Forbidden: bot was blocked by the user")
        if chat in self.unknown:
            return _error(400, "Bad Request: chat not found")
        if not text.strip():
            return _error(400, "Bad Request: message text is empty")
        if len(text) > 4096:
            return _error(400, "Bad Request: message is too long")
        rows = (arguments.get("reply_markup") or {}).get("inline_keyboard", [])
        if any(not 1 <= len(one["callback_data"].encode()) <= 64 for row in rows for one in row):
            return _error(400, "Bad Request: BUTTON_DATA_INVALID")
        return None

    async def _sendChatAction(self, arguments: dict[str, Any]) -> Any:
        return True

    async def _answerCallbackQuery(self, arguments: dict[str, Any]) -> Any:
        return True

    async def _editMessageReplyMarkup(self, arguments: dict[str, Any]) -> Any:
        return True

    async def _setWebhook(self, arguments: dict[str, Any]) -> Any:
        if not str(arguments["url"]).startswith("https://"):
            return _error(400, "Bad Request: bad webhook: HTTPS url must be provided for webhook")
        self.webhook = arguments
        return True

    async def _setMyCommands(self, arguments: dict[str, Any]) -> Any:
        language = str(arguments.get("language_code") or "")
        if language and len(language) != 2:
            return _error(400, "Bad Request: invalid language code specified")
        self.menus[language] = arguments["commands"]
        return True

    async def _getMyCommands(self, arguments: dict[str, Any]) -> Any:
        return self.menus.get(str(arguments.get("language_code") or ""), [])

    async def _deleteWebhook(self, arguments: dict[str, Any]) -> Any:
        self.webhook = {"url": ""}
        return True

    async def _getWebhookInfo(self, _: dict[str, Any]) -> Any:
        return {"url": self.webhook["url"], "has_custom_certificate": False, "pending_update_count": len(self.updates)}

    async def _getUpdates(self, arguments: dict[str, Any]) -> Any:
        if self.webhook["url"]:
            return _error(409, "Conflict: can't use getUpdates method while webhook is active")
        if self.polling:
            return _error(409, "Conflict: terminated by other getUpdates request")
        offset = arguments.get("offset")
        self.offsets.append(offset)
        self.updates = [one for one in self.updates if one["update_id"] >= int(offset or 0)]
        self.polling += 1
        try:
            until = time.monotonic() + min(float(arguments.get("timeout") or 0), 0.5)
            while not self.updates and time.monotonic() < until:  # noqa: ASYNC110 - a list tells nobody
                await asyncio.sleep(0.01)
        finally:
            self.polling -= 1
        return self.updates[: int(arguments.get("limit") or 100)]


def _plain(value: Any) -> Any:
    """Return what Telegram reads: numbers and objects arrive as JSON in a form."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _chat(chat: int) -> dict[str, Any]:
    if chat > 0:
        return {"id": chat, "type": "private", "first_name": "Anna"}
    return {"id": chat, "type": "supergroup", "title": "Hikers"}


def _error(status: int, description: str, parameters: dict[str, Any] | None = None) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = parameters
    return web.json_response(body, status=status)


class TelegramPerson:
    """Somebody who writes to the bot, through the webhook or into the queue that is polled."""

    def __init__(self, server: TelegramServer, gateway: TestClient | None = None, user: dict[str, Any] = ANNA) -> None:
        self.server = server
        self.gateway = gateway
        self.user = user
        self.answers: list[int] = []

    def message(self, text: str | None, *, chat: int = PRIVATE, **fields: Any) -> dict[str, Any]:
        """Return a message as the documentation of the Bot API shows it, with the entities of its words."""
        number = fields.pop("message_id", None) or next(self.server._ids)
        message = {"message_id": number, "date": int(time.time()), "chat": _chat(chat), "from": self.user, **fields}
        if text is not None:
            message["text"] = text
            if text.startswith("/"):
                length = len(text.split()[0])
                message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        return message

    def update(self, **content: Any) -> dict[str, Any]:
        return {"update_id": next(self.server._ids), **content}

    async def say(self, text: str | None, **fields: Any) -> dict[str, Any]:
        update = self.update(message=self.message(text, **fields))
        await self.deliver(update)
        return update

    async def press(self, sent: dict[str, Any], title: str) -> dict[str, Any]:
        rows = sent["reply_markup"]["inline_keyboard"]
        data = next(one["callback_data"] for row in rows for one in row if one["text"] == title)
        return await self.press_data(sent, data)

    async def press_data(self, sent: dict[str, Any], data: str) -> dict[str, Any]:
        message = {"message_id": sent["message_id"], "date": 1, "chat": _chat(sent["chat_id"]), "from": ME, "text": "…"}
        query = {"id": str(next(self.server._ids)), "from": self.user, "message": message, "chat_instance": "1"}
        update = self.update(callback_query={**query, "data": data})
        await self.deliver(update)
        return update

    async def deliver(self, update: dict[str, Any], secret: str = SECRET, times: int = 5) -> int:
        if self.gateway is None:
            self.server.updates.append(update)
            return 0
        for _ in range(times):
            headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
            response = await self.gateway.post("/channels/telegram/webhook", json=update, headers=headers)
            self.answers.append(response.status)
            if response.status == 200:
                break
            await asyncio.sleep(0.05)
        return self.answers[-1]
