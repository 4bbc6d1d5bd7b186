"""``frontdesk train``: train Rasa on ``training_data/``."""

from __future__ import annotations

import click

from bot.commands.reload import take_over
from bot.fleet import newest_model
from bot.prepare import train_model
from bot.settings import load_settings


@click.command()
def train() -> None:
    """Train the dialogue model on training_data/; a running bot changes to it without a dropped turn.

    The old one stays in use if training fails, or if workers do not start with the new one.

    Example: frontdesk train
    """
    settings = load_settings()
    train_model(settings, click.echo)
    take_over(settings, newest_model(settings))
