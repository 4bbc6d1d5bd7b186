"""``frontdesk train``: train Rasa on ``training_data/``."""

from __future__ import annotations

import click

from bot.settings import load_settings


@click.command()
def train() -> None:
    """Train the dialogue model on training_data/; the old one stays in use if training fails.

    Example: frontdesk train
    """
    from bot.dialogue.train import train as train_model

    archive = train_model(load_settings())
    click.echo(f"dialogue model: {archive.name}")
