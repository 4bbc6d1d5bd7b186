"""``frontdesk accounts``: who may log in at the desk.

Works on the ledger itself, so it needs nobody's password, and the gateway may run meanwhile.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from bot.commands.output import json_option, print_json
from bot.settings import load_settings

if TYPE_CHECKING:
    from bot.gateway.desk.accounts import Accounts

T = TypeVar("T")


@click.group()
def accounts() -> None:
    """Say who may log in at the desk (/desk), and as what."""


role_choice = click.Choice(["agent", "admin"])


@accounts.command()
@click.argument("name")
@click.option("--role", type=role_choice, default="agent", show_default=True, help="Admins also keep canned replies.")
def add(name: str, role: str) -> None:
    """Make an account; the password is asked for twice, or read from standard input.

    Example: frontdesk accounts add Maren --role admin
    """
    password = _password()
    added = _run(lambda found: found.add(name, password, "admin" if role == "admin" else "agent"))
    click.echo(f"{added} may log in at /desk as {role}.")


@accounts.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List the accounts.

    Example: frontdesk accounts list
    """
    found = _run(lambda store: store.list_all())
    if as_json:
        print_json([vars(account) for account in found])
        return
    for account in found:
        click.echo(f"{account.name:<42}{account.role:<8}{account.created_at[:10]}")
    if not found:
        click.echo("There is no account yet. Make one: frontdesk accounts add NAME")


@accounts.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove an account; whoever is logged in with it is logged out.

    Example: frontdesk accounts remove Maren
    """
    _run(lambda found: found.remove(name))
    click.echo(f"{name} may no longer log in.")


@accounts.command()
@click.argument("name")
@click.argument("role", type=role_choice)
def role(name: str, role: str) -> None:
    """Make an agent an admin, or an admin an agent.

    Example: frontdesk accounts role Maren admin
    """
    _run(lambda found: found.set_role(name, "admin" if role == "admin" else "agent"))
    click.echo(f"{name} is {role} now.")


@accounts.command()
@click.argument("name")
def password(name: str) -> None:
    """Give an account a new password; it is logged out everywhere.

    Example: frontdesk accounts password Maren
    """
    chosen = _password()
    _run(lambda found: found.set_password(name, chosen))
    click.echo(f"{name} has a new password and must log in again.")


def _password() -> str:
    """Ask twice without showing it, or take the first line of standard input when that is no terminal."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt="Password again"))
    return sys.stdin.readline().rstrip("\r\n")


def _run(work: Callable[[Accounts], Awaitable[T]]) -> T:
    return asyncio.run(_with_accounts(work))


async def _with_accounts(work: Callable[[Accounts], Awaitable[T]]) -> T:
    from bot.gateway.desk.accounts import Accounts
    from bot.gateway.storage.database import Database

    settings = load_settings()
    database = Database(settings.ledger)
    await database.open()
    try:
        return await work(Accounts(database, settings.desk.session_hours))
    finally:
        await database.close()
