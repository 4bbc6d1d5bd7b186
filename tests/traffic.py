"""Many customers at once on a running gateway, and what each of them got."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

# Anything that is not an answer begins with one of these; see bot/gateway/sentences.py.
APOLOGIES = ("Sorry", "This is taking longer")


@dataclass
class Customer:
    """One conversation: what was sent, what came back, and how long each took."""

    url: str
    token: str = ""
    sent: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    replies: list[list[dict[str, Any]]] = field(default_factory=list)
    errors: list[Any] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def arrive(self, client: aiohttp.ClientSession) -> None:
        async with client.post(f"{self.url}/api/v1/sessions", json={}) as response:
            self.token = (await response.json())["token"]

    async def say(self, client: aiohttp.ClientSession, text: str) -> None:
        message_id = f"m{len(self.sent)}"
        self.sent.append(text)
        began = time.monotonic()
        body = {"text": text, "message_id": message_id}
        async with client.post(f"{self.url}/api/v1/messages", json=body, headers=self.headers) as response:
            data = await response.json()
        self.seconds.append(time.monotonic() - began)
        if response.status != 200:
            self.errors.append((response.status, data))
        self.replies.append(data.get("replies", []))

    async def history(self, client: aiohttp.ClientSession) -> list[dict[str, Any]]:
        async with client.get(f"{self.url}/api/v1/messages?after=0", headers=self.headers) as response:
            return (await response.json())["messages"]

    @property
    def apologies(self) -> list[str]:
        said = [reply["text"] for replies in self.replies for reply in replies]
        return [text for text in said if text.startswith(APOLOGIES)]


async def crowd(url: str, count: int, texts: Sequence[str], during: Callable[[], Any] | None = None) -> list[Customer]:
    """Let ``count`` customers say all ``texts``, each in order; ``during`` runs in a thread once a quarter is said."""
    customers = [Customer(url) for _ in range(count)]
    quarter = max(1, count * len(texts) // 4)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
        for customer in customers:
            await customer.arrive(client)

        async def talk(customer: Customer) -> None:
            for text in texts:
                await customer.say(client, text)

        async def disturb() -> None:
            while sum(len(customer.seconds) for customer in customers) < quarter:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            if during is not None:
                await asyncio.to_thread(during)

        await asyncio.gather(disturb(), *map(talk, customers))
    return customers


async def check_histories(customers: Sequence[Customer]) -> None:
    """Fail unless each message of each customer stands once, in order, with one answer right behind it.

    A turn that fails at its end may have been answered already; then the apology is a second answer.
    """
    async with aiohttp.ClientSession() as client:
        for customer in customers:
            history = await customer.history(client)
            assert [message["text"] for message in history if message["from"] == "customer"] == customer.sent
            sides = [message["from"] for message in history if not message["text"].startswith(APOLOGIES)]
            apologised = [replies for replies in customer.replies if replies[-1]["text"].startswith(APOLOGIES)]
            unanswered = sum(len(replies) == 1 for replies in apologised)
            assert sides.count("customer") == len(customer.sent)
            assert sides.count("bot") == len(customer.sent) - unanswered, sides
            assert [len(replies) for replies in customer.replies if replies not in apologised] == [1] * (
                len(customer.sent) - len(apologised)
            )
            assert [message["seq"] for message in history] == list(range(1, len(history) + 1))
