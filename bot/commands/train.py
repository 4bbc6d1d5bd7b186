"""``frontdesk train``: train Rasa on ``training_data/``."""

from __future__ import annotations

import click

from bot.prepare import train_model
from bot.settings import load_settings


@click.command()
def train() -> None:
    """Train the dialogue model on training_data/; the old one stays in use if training fails.

    Example: frontdesk train
    """
    train_model(load_settings(), click.echo)
