"""``frontdesk doctor``: what is installed and used, what is missing and how to get it."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version

import click

from bot.commands.finding import Finding
from bot.commands.output import json_option, print_json
from bot.commands.stores import stores
from bot.errors import BotError
from bot.settings import Settings, load_settings
from bot.settings_channels import slack_state, telegram_state
from retrieval.errors import RetrievalError

PACKAGES = ("rasa", "rasa-sdk", "aiohttp", "onnxruntime", "faiss-cpu", "sqlite-utils", "supervisor")
FREE_GIB = 2.0


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Report what is installed, which device and index are used, and what is missing.

    Example: frontdesk doctor
    """
    settings = load_settings()
    findings = [finding for check in CHECKS for finding in _guarded(check, settings)]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            mark = "!" if finding.remedy else "ok"
            click.echo(f"{mark:<3} {finding.name:<16} {finding.value}")
            if finding.remedy:
                click.echo(f"    {'':<16} -> {finding.remedy}")
    if any(finding.remedy for finding in findings):
        sys.exit(1)


def _guarded(check: Callable[[Settings], list[Finding]], settings: Settings) -> list[Finding]:
    try:
        return check(settings)
    except (BotError, RetrievalError) as exc:
        return [Finding(check.__name__.strip("_"), "not usable", str(exc))]


def _python(_: Settings) -> list[Finding]:
    right = sys.version_info[:2] == (3, 10)
    return [Finding("python", platform.python_version(), "" if right else "Rasa 3.6 needs Python 3.10: make install")]


def _packages(_: Settings) -> list[Finding]:
    return [_package(name) for name in PACKAGES]


def _package(name: str) -> Finding:
    try:
        return Finding(name, version(name))
    except PackageNotFoundError:
        return Finding(name, "missing", "make install")


def _disk(settings: Settings) -> list[Finding]:
    settings.var.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.var).free / 2**30
    remedy = "" if free > FREE_GIB else f"Less than {FREE_GIB:g} GiB: free some space or set FRONTDESK_VAR elsewhere"
    return [Finding("data folder", f"{settings.var} ({free:.0f} GiB free)", remedy)]


def _embedder(settings: Settings) -> list[Finding]:
    from bot.answering.opening import embedder_of

    embedder = embedder_of(settings)
    how = getattr(embedder, "runs_on", type(embedder).__name__)
    return [Finding("embedder", f"{embedder.name}, {embedder.dimension} dimensions, {how}")]


def _reranker(settings: Settings) -> list[Finding]:
    from bot.answering.opening import embedder_of, miscalibrated, reranker_of

    reranker = reranker_of(settings)
    found = [Finding("reranker", reranker.name if reranker else "off")]
    if settings.answers.evidence_threshold < 0 and (said := miscalibrated(settings, embedder_of(settings).name)):
        found.append(Finding("confidence", "not fitted on these models", said))
    return found


def _generator(settings: Settings) -> list[Finding]:
    from bot.answering.generation.opening import check_generator
    from bot.answering.opening import embedder_of
    from bot.answering.reading import Reader

    return [Finding("generator", check_generator(settings, Reader(embedder_of(settings))))]


def _language(settings: Settings) -> list[Finding]:
    from bot.answering.opening import embedder_of
    from retrieval.language import mismatch_in
    from retrieval.store import TicketStore

    if not settings.tickets_db.exists():
        return []
    with TicketStore(settings.tickets_db) as store:
        said = mismatch_in(store, embedder_of(settings))
    return [Finding("language", "the embedder does not read all tickets", said)] if said else []


def _index(settings: Settings) -> list[Finding]:
    from bot.answering.opening import embedder_of, index_options
    from retrieval.index import load_index
    from retrieval.store import TicketStore

    embedder, options = embedder_of(settings), index_options(settings)
    with TicketStore(settings.tickets_db) as store:
        index = load_index(settings.index_dir, embedder, content_hash=store.content_hash(), options=options)
        return [Finding("index", f"{options.engine}, {index.kind}, {len(index)} vectors for {store.count()} tickets")]


def _model(settings: Settings) -> list[Finding]:
    from bot.dialogue.train import is_current

    if is_current(settings):
        return [Finding("dialogue model", "up to date")]
    return [Finding("dialogue model", "missing or older than training_data/", "frontdesk train")]


def _workers(settings: Settings) -> list[Finding]:
    from bot.live import read_live
    from bot.starter import is_running

    live = read_live(settings.live_file)
    if live.refused:
        said = f"{live.reason}\nMend it and run: frontdesk reload"
        return [Finding("dialogue workers", f"{live.refused} was not put in use, {live.model} stays", said)]
    named = len(settings.dialogue.ports) or settings.dialogue.workers
    if not is_running(settings):
        return [Finding("dialogue workers", f"{named}, at the next start")]
    remedy = "" if len(live.ports) == named else f"The settings name {named}: frontdesk reload"
    return [Finding("dialogue workers", f"{len(live.ports)} running", remedy)]


def _orders(settings: Settings) -> list[Finding]:
    if settings.orders.backend == "demo":
        return [Finding("orders", "the built-in demo shop (invented orders)")]
    if not settings.orders.url:
        return [Finding("orders", settings.orders.backend, "Set orders.url in settings.yml")]
    return [Finding("orders", settings.orders.url)]


def _secrets(settings: Settings) -> list[Finding]:
    signing = "from the environment" if settings.secrets.signing else f"kept in {settings.var / 'secret'}"
    key = "set" if settings.secrets.api_key else "FRONTDESK_API_KEY is not set here: the search and handoff API is off"
    signed = "set" if settings.secrets.identify else "FRONTDESK_IDENTIFY_SECRET is not set here: identification is off"
    return [Finding("signing secret", signing), Finding("API key", key), Finding("signed customers", signed)]


def _channels(settings: Settings) -> list[Finding]:
    secrets = settings.channel_secrets
    states = (slack_state(settings.slack, secrets), telegram_state(settings.telegram, secrets))
    return [
        Finding("web", "on"),
        *(Finding(state.name, f"on, mode {state.mode}" if state.on else state.reason) for state in states),
    ]


CHECKS: tuple[Callable[[Settings], list[Finding]], ...] = (
    _python,
    _packages,
    _disk,
    _embedder,
    _reranker,
    _generator,
    _language,
    _index,
    _model,
    _workers,
    stores,
    _orders,
    _secrets,
    _channels,
)
