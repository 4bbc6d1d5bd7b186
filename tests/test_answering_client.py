"""The client of the answers service: every failure becomes the one error its callers handle."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import web

from bot.answering.client import AnswersClient
from bot.errors import AnswersUnavailable
from bot.messages import Reply

GOOD = {"type": "answer", "answer": Reply("The label is free.", "ticket", 0.9, answer_id="a" * 32).to_dict()}


def service(body: bytes = b"", status: int = 200, seconds: float = 0.0) -> web.Application:
    async def reply(request: web.Request) -> web.Response:
        await asyncio.sleep(seconds)
        return web.Response(body=body, status=status, content_type="application/x-ndjson")

    app = web.Application()
    app.add_routes([web.post("/v1/answer", reply), web.post("/v1/search", reply)])
    return app


@pytest.fixture
def connect(aiohttp_server):
    async def start(*arguments, timeout: float = 5.0, **named) -> AnswersClient:
        server = await aiohttp_server(service(*arguments, **named))
        return AnswersClient(str(server.make_url("/")), "token", timeout)

    return start


async def test_tokens_before_the_answer_are_passed_over(connect):
    lines = [{"type": "token", "text": "The "}, GOOD]
    client = await connect(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    assert (await client.answer("label?")).text == "The label is free."


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json\n",
        b"[]\n",
        b'"text"\n',
        b"{}\n",
        b'{"type": "token", "text": "a"}\n',
        b'{"type": "answer", "answer": {"rung": "ticket"}}\n',
        b'{"type": "answer", "answer": {"text": "a", "rung": "magic"}}\n',
        b'{"type": "error", "error": {"code": "failed", "message": "m"}}\n',
        b'{"type": "error"}\n',
        b'{"type": "answer", "answer": 5}\n',
        pytest.param(b"x" * 2_000_000, id="endless line"),
        b"\xff\xfe\n",
    ],
)
async def test_an_unusable_stream_is_unavailable(connect, body):
    with pytest.raises(AnswersUnavailable):
        await (await connect(body)).answer("label?")


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"hits": 5}', b"oops"])
async def test_an_unusable_search_is_unavailable(connect, body):
    with pytest.raises(AnswersUnavailable):
        await (await connect(body)).search("label")


@pytest.mark.parametrize("body", [b"", b'{"error": {"code": "busy", "message": "later"}}', b"<html>"])
async def test_another_status_is_unavailable(connect, body):
    with pytest.raises(AnswersUnavailable, match="503"):
        await (await connect(body, status=503)).answer("label?")


async def test_a_silent_service_is_unavailable_in_time(connect):
    client = await connect(seconds=1.0, timeout=0.1)
    with pytest.raises(AnswersUnavailable, match=r"within 0\.1 s"):
        await client.answer("label?")


async def test_no_service_is_unavailable(unused_tcp_port):
    client = AnswersClient(f"http://127.0.0.1:{unused_tcp_port}", "token", 1.0)
    with pytest.raises(AnswersUnavailable, match="cannot be reached"):
        await client.answer("label?")
