"""``frontdesk tickets candidates``: what people solved at the desk, ready to be imported."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from bot.errors import BotError
from bot.settings import Settings, load_settings


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--since", default="", metavar="DATE", help="Only what was closed on or after this day, as 2026-11-01.")
def candidates(file: Path, since: str) -> None:
    """Write the conversations that people closed as solved to FILE (JSONL), for a person to read before the import.

    The file holds customers' words as they were written; the import redacts them. Delete it afterwards.

    Example: frontdesk tickets candidates solved.jsonl && frontdesk tickets import solved.jsonl
    """
    found = asyncio.run(_read(load_settings(), since))
    try:
        with file.open("w", encoding="utf-8") as handle:
            for row in found:
                handle.write(json.dumps(row, ensure_ascii=False) + "\n")
    except OSError as exc:
        raise BotError(f"{file} cannot be written: {exc.strerror}. Name another file.") from exc
    click.echo(f"{len(found)} solved conversations written to {file}")


async def _read(settings: Settings, since: str) -> list[dict[str, Any]]:
    from bot.gateway.desk.candidates import candidates as read
    from bot.gateway.storage.database import Database

    database = Database(settings.ledger)
    await database.open()
    try:
        return await read(database, since)
    finally:
        await database.close()
