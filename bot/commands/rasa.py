"""``frontdesk rasa``: Rasa's own command line, without the packages that the named model does not need."""

from __future__ import annotations

import os
import sys
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from bot.errors import DialogueUnavailable

CONFIG = ("-c", "--config")
MODEL = ("-m", "--model")


@click.command(
    add_help_option=False, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def rasa(arguments: tuple[str, ...]) -> None:
    """Run a command of Rasa, ARGUMENTS as for `rasa`; starts in a third of the time where no model needs TensorFlow.

    Example: frontdesk rasa test core --stories tests/conversations --model var/models
    """
    from bot.dialogue import environment, lean

    environment.prepare(os.cpu_count() or 1)
    lean.import_rasa("rasa.__main__", components_named(arguments))
    from rasa.__main__ import main

    sys.argv = ["rasa", *arguments]
    main()


def components_named(arguments: Sequence[str]) -> tuple[str, ...]:
    """Return the components of all configurations and models that a command line of Rasa names, or that it will find.

    None when one of them cannot be read or chooses its components itself: then nothing may be kept out.
    """
    from bot.dialogue.lean import components_of_config, components_of_model

    configs, models = list(_configs(arguments)), list(_models(arguments))
    if arguments[:1] == ("init",) or not configs + models:
        return ()
    try:
        found = [components_of_config(path) for path in configs] + [components_of_model(path) for path in models]
    except (OSError, KeyError, ValueError, tarfile.TarError):
        return ()
    return tuple(name for names in found for name in names) if all(found) else ()


def _configs(arguments: Sequence[str]) -> Iterator[Path]:
    """Yield what is named by ``--config`` (one or more files or folders), or ./config.yml."""
    named = list(_values(arguments, CONFIG))
    for name in named or ["config.yml"]:
        path = Path(name)
        if path.is_dir():
            yield from sorted(path.glob("*.yml"))
        elif named or path.exists():
            yield path


def _models(arguments: Sequence[str]) -> Iterator[Path]:
    """Yield the archives that the arguments name, and the newest one in each folder named by ``--model``."""
    from bot.dialogue.models import latest_model

    for name in arguments:
        if name.endswith(".tar.gz"):
            yield Path(name)
    named = [Path(name) for name in _values(arguments, MODEL)]
    for folder in named or [Path("models")]:
        if folder.is_dir():
            try:
                yield latest_model(folder)
            except DialogueUnavailable:
                continue


def _values(arguments: Sequence[str], options: tuple[str, ...]) -> Iterator[str]:
    """Yield the values that follow one of ``options``, up to the next option."""
    taking = False
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if argument.startswith("-"):
            taking = name in options
            if taking and equals:
                yield value
        elif taking:
            yield argument
