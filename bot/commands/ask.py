"""``frontdesk search`` and ``frontdesk chat``: ask from the terminal."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from typing import Any

import click

from bot.commands.output import json_option, print_json
from bot.errors import BotError
from bot.settings import load_settings
from bot.starter import reachable

SECONDS = 60.0


@click.command()
@click.argument("text")
@click.option("-k", "top_k", type=click.IntRange(1, 100), default=5, show_default=True, help="Number of hits.")
@json_option
def search(text: str, top_k: int, as_json: bool) -> None:
    """Show the solved tickets nearest to TEXT.

    Example: frontdesk search "my tent pole broke" -k 3
    """
    from bot.answering.opening import embedder_of
    from retrieval.index import load_index
    from retrieval.retriever import Retriever
    from retrieval.store import TicketStore

    settings = load_settings()
    embedder = embedder_of(settings)
    with TicketStore(settings.tickets_db) as store:
        hits = Retriever(store, load_index(settings.index_dir, embedder), embedder).search(text, top_k)
    if as_json:
        rows = [(hit.ticket, hit) for hit in hits]
        print_json([{"id": t.id, "title": t.subject, "excerpt": t.answer[:240], "score": h.score} for t, h in rows])
        return
    for hit in hits:
        click.echo(f"{hit.score:.3f}  {hit.ticket.id}  {hit.ticket.subject}")
        click.echo(f"       {' '.join(hit.ticket.answer.split())[:160]}")
    if not hits:
        click.echo("No ticket found.")


@click.command()
@click.option("--url", help="Address of the gateway (default: the one in the settings).")
def chat(url: str | None) -> None:
    """Talk to a running Frontdesk in the terminal; an empty line or Ctrl-D ends it.

    Example: frontdesk chat --url http://127.0.0.1:8080
    """
    gateway = load_settings().gateway
    client = _Chat(url or f"http://{reachable(gateway.host)}:{gateway.port}")
    click.echo("You are talking to Frontdesk. An empty line ends the conversation.")
    while text := _prompt():
        replies = client.say(text)
        for reply in replies:
            _print_reply(reply, client)
        if not replies:
            click.echo("     (a person has this conversation now; the bot is silent)")


def _prompt() -> str:
    try:
        return str(click.prompt("you", default="", show_default=False, prompt_suffix="> ")).strip()
    except click.exceptions.Abort:
        click.echo()
        return ""


class _Chat:
    """One visitor session over the public API."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.payloads: dict[str, str] = {}
        self.token = self._post("/api/v1/sessions", {}, {})["token"]

    def say(self, text: str) -> list[dict[str, Any]]:
        """Send a message, or press the button of this number or title."""
        body = {"text": self.payloads.get(text.lower(), text), "message_id": uuid.uuid4().hex}
        self.payloads.clear()
        replies = self._post("/api/v1/messages", body, {"Authorization": f"Bearer {self.token}"})["replies"]
        return list(replies)

    def _post(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        data = json.dumps(body).encode()
        try:
            request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json", **headers})
            with urllib.request.urlopen(request, timeout=SECONDS) as response:
                return dict(json.load(response))
        except urllib.error.HTTPError as exc:
            raise BotError(_reason(exc)) from exc
        except (OSError, ValueError) as exc:
            raise BotError(f"{self.url} does not answer ({exc}). Start it with: frontdesk up") from exc


def _reason(error: urllib.error.HTTPError) -> str:
    """Return the gateway's own words, or the status when something else answered."""
    try:
        return str(json.loads(error.read())["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"{error.url} answered {error.code} {error.reason}. Is this a Frontdesk gateway?"


def _print_reply(reply: dict[str, Any], client: _Chat) -> None:
    click.echo(f"bot> {reply['text']}")
    for source in reply["sources"]:
        click.echo(f"     source {source['id']}: {source['title']}")
    for number, button in enumerate(reply["buttons"], start=1):
        click.echo(f"     [{number}] {button['title']}")
        client.payloads[str(number)] = client.payloads[button["title"].lower()] = button["payload"]
