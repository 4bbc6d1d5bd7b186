"""``frontdesk search`` and ``frontdesk chat``: ask from the terminal."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import click

from bot.commands.output import json_option, print_json
from bot.errors import BotError
from bot.settings import load_settings
from bot.starter import reachable

if TYPE_CHECKING:
    from retrieval.store import TicketStore

Mode = Literal["hybrid", "dense", "keyword"]

SECONDS = 60.0
# Names shown when a filter names one that no ticket has.
MAX_NAMES = 20


@click.command()
@click.argument("text")
@click.option("-k", "top_k", type=click.IntRange(1, 100), default=5, show_default=True, help="Number of hits.")
@click.option("--offset", type=click.IntRange(0, 299), default=0, show_default=True, help="Hits to leave out.")
@click.option("--product", help="Only tickets about this product.")
@click.option("--channel", help="Only tickets that came this way, such as email.")
@click.option("--language", help="Only tickets in this language, such as en.")
@click.option("--topic", help="Only tickets of this topic.")
@click.option("--from", "created_from", metavar="DAY", help="Only tickets made on this day (UTC) or later.")
@click.option("--to", "created_to", metavar="DAY", help="Only tickets made on this day (UTC) or before.")
@click.option(
    "--mode",
    type=click.Choice(["hybrid", "dense", "keyword"]),
    default="hybrid",
    show_default=True,
    help="Search by meaning and words, or by one alone.",
)
@json_option
def search(text: str, top_k: int, offset: int, mode: Mode, as_json: bool, **conditions: str | None) -> None:
    """Show the solved tickets nearest to TEXT.

    Example: frontdesk search "my tent pole broke" -k 3 --product "Ridgeline 2 tent" --from 2026-01-01
    """
    from bot.answering.opening import embedder_of, index_options, reranker_of
    from bot.answering.pages import depth, page_of, shown
    from retrieval.filters import Filters
    from retrieval.index import load_index
    from retrieval.retriever import Retriever
    from retrieval.store import TicketStore

    settings = load_settings()
    filters = Filters(**conditions)
    embedder = embedder_of(settings)
    try:
        deep = depth(offset, top_k)
    except ValueError as exc:
        raise click.UsageError(str(exc)) from exc
    with TicketStore(settings.tickets_db) as store:
        index = load_index(settings.index_dir, embedder, options=index_options(settings))
        retriever = Retriever(store, index, embedder, reranker=reranker_of(settings))
        found = retriever.search(text, deep, mode, filters=filters)
        unknown = "" if found else _unknown_name(store, conditions)
    page = page_of(found, offset, top_k)
    if as_json:
        print_json([shown(hit) for hit in page.hits])
        return
    for hit in page.hits:
        click.echo(f"{hit.score:.3f}  {hit.ticket.id}  {hit.ticket.subject}")
        click.echo(f"       {' '.join(hit.ticket.answer.split())[:160]}")
    if page.next_offset is not None:
        click.echo(f"More hits: --offset {page.next_offset}")
    if not page.hits:
        click.echo(f"No ticket found.{unknown}")


def _unknown_name(store: TicketStore, conditions: Mapping[str, str | None]) -> str:
    """Return which name of a filter no ticket has, and the names that there are."""
    from retrieval.filters import NAMED

    for column in NAMED:
        value, known = conditions[column], store.filtered.names(column)
        if value is not None and value.strip().lower() not in map(str.lower, known):
            more = ", ..." if len(known) > MAX_NAMES else ""
            return f" No {column} is {value!r}. There are: {', '.join(known[:MAX_NAMES])}{more}"
    return ""


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
