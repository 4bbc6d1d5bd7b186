"""``frontdesk up``: prepare what is missing, start all processes, wait until they are ready."""

from __future__ import annotations

import signal
from dataclasses import replace
from types import FrameType
from typing import Any

import click

from bot.desk.hours import read_hours
from bot.errors import BotError
from bot.prepare import prepare_apart
from bot.settings import load_settings
from bot.starter import Processes, check_port, sole_user


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the gateway (default 8080).")
@click.option("--host", help="Address of the gateway (default 127.0.0.1).")
def up(port: int | None, host: str | None) -> None:
    """Start everything; the first run prepares what is missing.

    Example: frontdesk up --port 8090
    """
    settings = load_settings()
    gateway = replace(settings.gateway, port=port or settings.gateway.port, host=host or settings.gateway.host)
    settings = replace(settings, gateway=gateway)
    with sole_user(settings):
        check_port(settings)
        # What the gateway would refuse at each of its starts is refused before any.
        read_hours(settings.desk.hours, settings.desk.holidays, settings.desk.time_zone)
        prepare_apart()
        _run(Processes(settings))


def _run(processes: Processes) -> None:
    # Also SIGINT: a shell starts background jobs with it ignored.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    try:
        processes.start()
        click.echo("starting ...")
        processes.wait_until_ready(_show, click.echo)
        click.echo(
            f"\nFrontdesk is ready: {processes.url}   (Ctrl-C stops it; logs in {processes.settings.var / 'log'})"
        )
        code = processes.wait(click.echo)
        raise BotError(f"The process manager ended with code {code}. See {processes.settings.var / 'log'}")
    except KeyboardInterrupt:
        click.echo("\nstopping ...")
    finally:
        processes.stop()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _show(state: dict[str, Any]) -> None:
    parts = state.get("parts", {})
    line = ", ".join(f"{name} {'ready' if part.get('ready') else 'starting'}" for name, part in parts.items())
    if line:
        click.echo(f"  {line}")
