"""``frontdesk test``: play suites of conversations and check the replies."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
from tqdm import tqdm

from bot.commands.output import json_option, print_json
from bot.errors import ServiceUnavailable, SuiteError
from bot.progress import advance
from bot.settings import PROJECT_ROOT, load_settings
from bot.suite.story import Suite

SUITES = PROJECT_ROOT / "tests" / "suites"


class CannotRun(click.ClickException):
    """The stories could not be played: a file is wrong, or no gateway answers."""

    exit_code = 2


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--url", help="Use a running gateway instead of starting one, such as http://127.0.0.1:8080.")
@click.option("--var", type=click.Path(file_okay=False, path_type=Path), help="Folder of the installation.")
@click.option("-k", "name", default="", help="Only stories with this in their name.")
@click.option("--repeat", type=click.IntRange(1, 1000), default=1, help="Play each story that often and compare.")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Conversations at once.")
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write JUnit XML to this file.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write all conversations to this page.")
@json_option
def test(
    paths: tuple[Path, ...],
    url: str | None,
    var: Path | None,
    name: str,
    repeat: int,
    jobs: int,
    junit: Path | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """Play the stories in PATHS (files or folders, default tests/suites) and check every reply.

    Exit code 0: all passed; 1: a story failed; 2: the suite could not be run.

    Example: frontdesk test tests/suites/orders.yml --repeat 3 --junit report.xml
    """
    from bot.suite.junit import write_junit
    from bot.suite.page import write_page
    from bot.suite.reading import read_suites
    from bot.suite.running import Plan, run
    from bot.suite.transcript import document, failures

    try:
        suites = _named(read_suites(paths or (SUITES,)), name)
        with _gateway(url, var, quiet=as_json) as (address, freshen):
            count = sum(len(suite.stories) for suite in suites)
            with tqdm(total=count, desc="stories", unit="story", disable=as_json) as bar:
                plan = Plan(jobs=jobs, repeat=repeat, freshen=freshen, progress=advance(bar))
                result = asyncio.run(run(suites, address, plan))
    except (SuiteError, ServiceUnavailable) as exc:
        raise CannotRun(str(exc)) from exc
    if junit is not None:
        write_junit(result, junit)
    if html is not None:
        write_page(result, html)
    if as_json:
        print_json(document(result))
    else:
        for block in failures(result):
            click.echo(f"{block}\n")
        _print_counts(result.counts())
    sys.exit(0 if result.passed else 1)


def _named(suites: list[Suite], name: str) -> list[Suite]:
    """Return the suites with the stories whose names hold ``name``."""
    kept = []
    for suite in suites:
        stories = tuple(story for story in suite.stories if name.casefold() in story.name.casefold())
        if stories:
            kept.append(replace(suite, stories=stories))
    if not kept:
        raise SuiteError(f"No story's name holds {name!r}.")
    return kept


@contextmanager
def _gateway(url: str | None, var: Path | None, *, quiet: bool) -> Iterator[tuple[str, Callable[[], None] | None]]:
    """Give a gateway's address and how to put its demo shop back, None where that is not possible."""
    from bot.suite.installation import own_installation

    if url is not None:
        yield url, _freshener(var)
        return
    with own_installation(var, lambda line: None if quiet else click.echo(line, err=True)) as (address, folder):
        yield address, _freshener(folder)


def _freshener(var: Path | None) -> Callable[[], None] | None:
    """Return what puts the demo shop of an installation back; a team's own order system is never touched."""
    settings = load_settings()
    if var is None or settings.orders.backend != "demo":
        return None
    shop = replace(settings, var=var.resolve()).demo_shop_db
    return lambda: shop.unlink(missing_ok=True)


def _print_counts(counts: dict[str, int | float]) -> None:
    skipped = f", {counts['skipped']} skipped (they change orders; see --var)" if counts["skipped"] else ""
    click.echo(
        f"{counts['passed']} of {counts['stories']} stories passed, {counts['failed']} failed{skipped}; "
        f"{counts['steps']} steps in {counts['seconds']:.1f} s, "
        f"p50 {counts['p50_ms']:.0f} ms, p95 {counts['p95_ms']:.0f} ms"
    )
