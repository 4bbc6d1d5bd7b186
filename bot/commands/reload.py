"""``frontdesk reload``: new dialogue workers for a running bot; and how a training becomes live."""

from __future__ import annotations

import time
from collections.abc import Callable

import click

from bot.errors import BotError
from bot.fleet import READY_SECONDS, is_reloading, newest_model, reload_file
from bot.live import read_live
from bot.settings import Settings, load_settings
from bot.starter import is_running

# Beyond the time that new workers have: the old ones finish their turns first. Seconds.
MARGIN = 60.0


@click.command()
def reload() -> None:
    """Start the dialogue workers of a running bot anew, without a dropped turn: newest model, code and settings.

    Example: frontdesk reload
    """
    settings = load_settings()
    if not is_running(settings):
        raise BotError(f"No `frontdesk up` runs on {settings.var}. Start it, or set FRONTDESK_VAR.")
    asked = reload_file(settings)
    asked.parent.mkdir(parents=True, exist_ok=True)
    asked.touch()
    click.echo("starting new workers ...")
    _until(lambda: not is_reloading(settings), settings)
    _report(settings, newest_model(settings))


def take_over(settings: Settings, model: str) -> None:
    """Wait until a running bot answers with ``model``, and say so; says what to do when none runs.

    Raises:
        BotError: the model was not put in use; the old one stays.
    """
    if not is_running(settings):
        click.echo("It is used at the next start: frontdesk up")
        return
    click.echo("A bot is running; its workers are being replaced, turns go on ...")
    _until(lambda: model in (read_live(settings.live_file).model, read_live(settings.live_file).refused), settings)
    _report(settings, model)


def _until(happened: Callable[[], bool], settings: Settings) -> None:
    deadline = time.monotonic() + READY_SECONDS + MARGIN
    while not happened():
        if not is_running(settings):
            raise BotError("The running bot was stopped meanwhile. Start it: frontdesk up")
        if time.monotonic() > deadline:
            raise BotError(f"The running bot does not react. See {settings.var / 'log'}")
        time.sleep(0.2)


def _report(settings: Settings, model: str) -> None:
    live = read_live(settings.live_file)
    if live.refused == model:
        raise BotError(
            f"The model {model} was not put in use, {live.model} stays. {live.reason}\n"
            "Mend what it says, then run: frontdesk reload"
        )
    click.echo(f"in use: {live.model}")
