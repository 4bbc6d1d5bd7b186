"""``frontdesk tickets``: import, stats, redactions, export, erase."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from tqdm import tqdm

from bot.commands.candidates import candidates
from bot.commands.output import json_option, print_json, print_pairs
from bot.commands.skips import skip_writer
from bot.errors import BotError
from bot.progress import advance
from bot.settings import Settings, load_settings, signing_secret, signing_secrets

if TYPE_CHECKING:
    from retrieval.importers import ImportReport

FORMS = ("jsonl", "csv", "json", "zendesk", "freshdesk", "intercom")
# Forms that a file's name tells; a help desk is to be named.
FORMS_BY_SUFFIX = {"jsonl": "jsonl", "ndjson": "jsonl", "csv": "csv", "json": "json"}
SHOWN_SKIPS = 20


@click.group()
def tickets() -> None:
    """Bring solved tickets in, look at them, take them out, erase a customer."""


tickets.add_command(candidates)


@tickets.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "form", type=click.Choice(FORMS), help="Form of the file (default: by its name).")
@click.option("--map", "pairs", multiple=True, metavar="COLUMN=FIELD", help="Take a ticket field from this column.")
@click.option("--encoding", metavar="NAME", help="Encoding of the file (default: as its bytes look).")
@click.option(
    "--skipped",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write skipped rows with line and reason to this file (JSONL if it is called .jsonl, else CSV).",
)
@json_option
def import_command(
    file: Path, form: str | None, pairs: tuple[str, ...], encoding: str | None, skipped: Path | None, as_json: bool
) -> None:
    """Redact and store solved tickets; report what was skipped and why.

    An import that was stopped is started again with the same command: what is stored already costs next to nothing.

    Example: frontdesk tickets import history.csv --map body=question --map reply=answer
    """
    from retrieval.importers import import_tickets
    from retrieval.store import TicketStore

    settings = load_settings()
    form = form or _form_of(file)
    mapping = dict(_pair(pair) for pair in pairs)
    with ExitStack() as stack:
        store = stack.enter_context(TicketStore(settings.tickets_db))
        skip = stack.enter_context(skip_writer(skipped)) if skipped else None
        size = file.stat().st_size
        bar = stack.enter_context(tqdm(desc="import", total=size, unit="B", unit_scale=True, disable=as_json))
        report = import_tickets(
            file,
            store,
            form=form,
            mapping=mapping,
            secret=signing_secret(settings),
            encoding=encoding,
            progress=lambda rows: bar.set_postfix(rows=rows, refresh=False),
            position=advance(bar),
            skip=skip,
        )
    if as_json:
        print_json(asdict(report))
    else:
        _show_report(report)
    if report.read and len(report.skipped) == report.read:
        raise BotError(f"None of the {report.read} rows could be used; the reasons are above. See --map and --format.")


def _show_report(report: ImportReport) -> None:
    counts = [(name, getattr(report, name)) for name in ("read", "added", "updated", "unchanged")]
    print_pairs([*counts, ("skipped", len(report.skipped)), ("redactions", _counts(report.redactions))])
    for skip in report.skipped[:SHOWN_SKIPS]:
        click.echo(f"  line {skip.line}: {skip.reason}")
    if len(report.skipped) > SHOWN_SKIPS:
        click.echo(f"  ... and {len(report.skipped) - SHOWN_SKIPS} more (all of them with --json or --skipped FILE)")
    if report.added or report.updated:
        click.echo("Now run: frontdesk index build")


@tickets.command()
@json_option
def stats(as_json: bool) -> None:
    """Show what is stored.

    Example: frontdesk tickets stats --json
    """
    from retrieval.store import TicketStore

    with TicketStore(load_settings().tickets_db) as store:
        found = store.stats()
    if as_json:
        print_json(found)
    else:
        print_pairs([(name, _counts(value) if isinstance(value, dict) else value) for name, value in found.items()])


@tickets.command()
@click.option("--ticket", "ticket_id", metavar="ID", help="Show what was taken out of this ticket (default: totals).")
@json_option
def redactions(ticket_id: str | None, as_json: bool) -> None:
    """Show what redaction took out of the stored tickets: field, kind and rule, never the value.

    Example: frontdesk tickets redactions --json
    """
    from retrieval.store import TicketStore

    with TicketStore(load_settings().tickets_db) as store:
        if ticket_id:
            store.get(ticket_id)
            found = [asdict(one) for one in store.audit.of_ticket(ticket_id)]
        else:
            found = store.audit.summary()
    if as_json:
        print_json(found)
    elif not found:
        click.echo("nothing was taken out")
    for row in () if as_json else found:
        counts = f"  {row['removals']} in {row['tickets']} tickets" if "removals" in row else ""
        click.echo(f"{row['field']:<9} {row['kind']:<10} {row['rule']}{counts}")


@tickets.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(file: Path) -> None:
    """Write all stored tickets (redacted) to FILE as JSONL.

    Example: frontdesk tickets export tickets.jsonl
    """
    from retrieval.store import TicketStore

    if file.exists():
        raise BotError(f"{file} exists already. Name another file, or remove it first.")
    count = 0
    try:
        with TicketStore(load_settings().tickets_db) as store, file.open("w", encoding="utf-8") as handle:
            for ticket in tqdm(store.tickets(), total=store.count(), desc="export", unit="ticket"):
                handle.write(json.dumps(asdict(ticket), ensure_ascii=False) + "\n")
                count += 1
    except OSError as exc:
        raise BotError(f"{file} cannot be written: {exc.strerror}. Name another file.") from exc
    click.echo(f"{count} tickets written to {file}")


@tickets.command()
@click.option("--customer", metavar="EMAIL", help="Erase every ticket and conversation of this address.")
@click.option("--ticket", "ticket_id", metavar="ID", help="Erase one ticket.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def erase(customer: str | None, ticket_id: str | None, yes: bool) -> None:
    """Remove a customer from tickets and conversations, or one ticket; the index forgets them too.

    The order system keeps its own records and is not touched.

    Example: frontdesk tickets erase --customer anna@example.org --yes
    """
    if (customer is None) == (ticket_id is None):
        raise click.UsageError("Name either --customer EMAIL or --ticket ID.")
    if not yes:
        click.confirm("This cannot be undone. Erase?", abort=True)
    settings = load_settings()
    erased = _erase_customer(settings, customer) if customer else _erase_ticket(settings, str(ticket_id))
    # Even if there was nothing to erase: an erasure that was interrupted may have come no further than the store.
    _rebuild(settings)
    if ticket_id and not erased["tickets"]:
        raise BotError(f"There is no ticket {ticket_id}. Nothing was erased.")
    click.echo(", ".join(f"{count} {name}" for name, count in erased.items()) + " erased")


def _erase_ticket(settings: Settings, ticket_id: str) -> dict[str, int]:
    from retrieval.store import TicketStore

    with TicketStore(settings.tickets_db) as store:
        return {"tickets": int(store.erase_ticket(ticket_id))}


def _erase_customer(settings: Settings, email: str) -> dict[str, int]:
    from bot.gateway.erasure import check_address, erase_mentions
    from retrieval.redact import customer_key
    from retrieval.store import TicketStore

    check_address(email)
    with TicketStore(settings.tickets_db) as store:
        # Tickets that came before the secret was changed know the customer by the old one.
        count = sum(int(store.erase_customer(customer_key(email, secret))) for secret in signing_secrets(settings))
    return {"tickets": count, "conversations": erase_mentions(settings, email)}


def _rebuild(settings: Settings) -> None:
    """Erased tickets must not live on as vectors; unchanged vectors are taken from the store."""
    from bot.prepare import ensure_index

    ensure_index(settings, click.echo)


def _form_of(file: Path) -> str:
    names = [suffix.lstrip(".").lower() for suffix in file.suffixes if suffix != ".gz"]
    if names and names[-1] in FORMS_BY_SUFFIX:
        return FORMS_BY_SUFFIX[names[-1]]
    raise click.UsageError(f"The form of {file.name} is not clear from its name. Add --format {'|'.join(FORMS)}.")


def _pair(text: str) -> tuple[str, str]:
    column, separator, name = text.partition("=")
    if not (column and separator and name):
        raise click.UsageError(f"--map takes COLUMN=FIELD, not {text!r}. Example: --map body=question")
    return column, name


def _counts(value: dict[str, int]) -> str:
    return ", ".join(f"{name or '(not given)'} {count}" for name, count in value.items()) or "none"
