"""The command line: collects the commands and turns our errors into one line and an exit code.

Exit codes: 0 done, 1 an error with its remedy on stderr, 2 the command was not understood.
"""

from __future__ import annotations

import os
import sys

import click

from bot import __version__
from bot.commands.accounts import accounts
from bot.commands.ask import chat, search
from bot.commands.channels import channels
from bot.commands.doctor import doctor
from bot.commands.evaluate import evaluate
from bot.commands.generator import generator
from bot.commands.index import index
from bot.commands.rasa import rasa
from bot.commands.reload import reload
from bot.commands.test import test
from bot.commands.tickets import tickets
from bot.commands.train import train
from bot.commands.up import up
from bot.errors import BotError
from retrieval.errors import RetrievalError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="frontdesk")
def cli() -> None:
    """Answer customers from tested flows and from your own solved tickets.

    Start everything with: frontdesk up
    """


for command in (up, chat, search, tickets, index, train, reload, rasa, generator, evaluate, test, doctor):
    cli.add_command(command)
for command in (accounts, channels):
    cli.add_command(command)


def main() -> None:
    """Run the command line."""
    # Data at rest holds customers' words: files of this process and of all it starts are the owner's alone.
    os.umask(0o077)
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except click.ClickException as exc:
        exc.show()
        sys.exit(exc.exit_code)
    except (BotError, RetrievalError) as exc:
        click.echo(f"Error: {exc}", err=True)
        sys.exit(1)
