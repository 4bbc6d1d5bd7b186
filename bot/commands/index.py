"""``frontdesk index``: build and status."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from bot.commands.output import json_option, print_json, print_pairs
from bot.progress import advance
from bot.settings import load_settings


@click.group()
def index() -> None:
    """Build the search index and see whether it fits the tickets."""


@index.command()
@json_option
def build(as_json: bool) -> None:
    """Embed what is new and build the index; a running bot changes over by itself.

    Example: frontdesk index build
    """
    from tqdm import tqdm

    from bot.answering.opening import embedder_of, index_options
    from retrieval.index import build_index
    from retrieval.language import mismatch_in
    from retrieval.store import TicketStore

    settings = load_settings()
    embedder = embedder_of(settings)
    with TicketStore(settings.tickets_db) as store, tqdm(total=store.count(), unit="ticket", disable=as_json) as bar:
        release = build_index(store, embedder, settings.index_dir, advance(bar), index_options(settings))
        said = mismatch_in(store, embedder)
    _show({"release": release.name, **asdict(release.manifest)}, as_json)
    if said:
        click.echo(said, err=True)


@index.command()
@json_option
def status(as_json: bool) -> None:
    """Show what is in the index, how it searches, and whether it fits the tickets.

    Example: frontdesk index status --json
    """
    from bot.answering.opening import embedder_of, index_options
    from retrieval.index import index_status
    from retrieval.store import TicketStore

    settings = load_settings()
    embedder = embedder_of(settings)
    with TicketStore(settings.tickets_db) as store:
        _show(asdict(index_status(settings.index_dir, store, embedder, index_options(settings))), as_json)


def _show(data: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(data)
    else:
        print_pairs([(name, _words(value)) for name, value in data.items() if value not in ("", {}, None)])


def _words(value: Any) -> Any:
    if isinstance(value, dict):
        return ", ".join(f"{name} {item}" for name, item in value.items())
    return value
