"""``frontdesk generator``: train the team's own, measure it, see what is in use, go back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from bot.commands.output import json_option, print_json, print_pairs
from bot.progress import advance
from bot.settings import load_settings

FIGURES = ("answered", "rouge_l", "likeness", "supported", "made_up", "refused", "milliseconds")
LIVE = "A running bot takes it up within seconds."


class Terminal:
    """Shows progress on standard error, or nothing."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    def say(self, text: str) -> None:
        """Show a line."""
        if not self._quiet:
            click.echo(text, err=True)

    @contextmanager
    def bar(self, what: str, total: int, unit: str) -> Iterator[Callable[[int], None]]:
        """Show a progress bar."""
        with tqdm(total=total, desc=what, unit=unit, disable=self._quiet) as bar:
            yield advance(bar)


@click.group()
def generator() -> None:
    """Train the generator on your own solved tickets, and measure it."""


@generator.command()
@click.option(
    "--base",
    default="small",
    show_default=True,
    metavar="NAME",
    help="What to train: small, or a model of others by folder or hub name, which gets a LoRA adapter.",
)
@click.option(
    "--minutes", type=click.FloatRange(0.05, 10_000), default=30.0, show_default=True, help="Longest training."
)
@click.option(
    "--pairs", type=click.IntRange(50), default=5000, show_default=True, help="Newest tickets to learn from, at most."
)
@click.option("--seed", type=int, default=7, show_default=True, help="Of all that is drawn by chance.")
@click.option("--force", is_flag=True, help="Install the result even if it is not better.")
@json_option
def train(base: str, minutes: float, pairs: int, seed: int, force: bool, as_json: bool) -> None:
    """Learn from the imported tickets; install what came of it only if it is better on tickets held out.

    Stopped, it goes on where it was when the same command is given again.

    Example: frontdesk generator train --minutes 20
    """
    from bot.answering.training.adapter import AdapterCourse
    from bot.answering.training.course import Course
    from bot.answering.training.parts import Wish, opened
    from bot.answering.training.team import check_installed

    check_installed("torch", *(() if base == "small" else ("transformers", "peft")))
    settings = load_settings()
    wish, terminal = Wish(minutes, pairs, seed, force), Terminal(quiet=as_json)
    with opened(settings) as parts:
        course = Course(parts, wish, terminal) if base == "small" else AdapterCourse(parts, wish, terminal, base)
        card = course.run()
    if as_json:
        print_json(card)
        return
    _show_figures(card.get("figures", {}))
    _show_outcome(card, settings.generator.backend)
    click.echo(f"The losses are drawn in {parts.shelf.work / 'curves.svg'}")


@generator.command()
@click.option("--pairs", type=click.IntRange(50), default=5000, show_default=True, help="As given to train.")
@json_option
def evaluate(pairs: int, as_json: bool) -> None:
    """Measure the generator in use on the newest tickets, beside the best ticket and the extractive composer.

    Example: frontdesk generator evaluate --json
    """
    from bot.answering.training.parts import Wish, opened
    from bot.answering.training.team import evaluate as measure

    with opened(load_settings()) as parts:
        result = measure(parts, Wish(pairs=pairs), Terminal(quiet=as_json))
    if as_json:
        print_json(result)
    else:
        _show_figures(result["figures"])


@generator.command()
@json_option
def status(as_json: bool) -> None:
    """Show which generator is in use, what it was trained on, and whether there is one to go back to.

    Example: frontdesk generator status
    """
    from bot.answering.training.installing import Shelf

    settings = load_settings()
    found = {"backend": settings.generator.backend, **Shelf(settings.var / "generator").status()}
    if as_json:
        print_json(found)
    else:
        print_pairs([(name, value) for name, value in found.items() if not isinstance(value, Mapping)])


@generator.command()
def rollback() -> None:
    """Go back to the small generator that was in use before the last training; once more undoes it.

    Example: frontdesk generator rollback
    """
    from bot.answering.training.installing import Shelf

    shelf = Shelf(load_settings().var / "generator")
    with shelf.alone():
        now = shelf.rollback()
    click.echo(f"In use now: {_named(now, shelf.team)}. {LIVE}")


def _named(weights: Path, team: Path) -> str:
    return "the team's generator" if weights == team else "the shipped generator"


def _show_figures(figures: Mapping[str, Mapping[str, Any]]) -> None:
    if not figures:
        return
    width = max(map(len, figures))
    click.echo(f"{'':<{width}}  " + "  ".join(f"{name:>12}" for name in FIGURES))
    for name, values in figures.items():
        click.echo(f"{name:<{width}}  " + "  ".join(f"{values[figure]:>12.3f}" for figure in FIGURES))
    first = next(iter(figures.values()))
    click.echo(f"{first['questions']} held-out questions with an answer, {first['unanswerable']} without")


def _show_outcome(card: Mapping[str, Any], backend: str) -> None:
    verdict = card["verdict"]
    if card["installed"]:
        click.echo("Installed, as asked, though not better:" if not verdict["better"] else "Better, and installed.")
    else:
        click.echo("Not installed; what was in use stays. To install it all the same, repeat with --force:")
    for reason in verdict["against"]:
        click.echo(f"  {reason}")
    if verdict["better"]:
        click.echo(f"  likeness gains {verdict['gain']:+.3f}, {verdict['needed']:.3f} was needed")
    if not card["installed"]:
        return
    if "settings" in card:
        click.echo(f"To use it, put this into settings.yml:\n\n{card['settings']}\n")
    elif backend != "small":
        click.echo(f"Settings name generator.backend {backend}; this one is used with: small")
    else:
        click.echo(f"{LIVE}\nTo go back: frontdesk generator rollback")
