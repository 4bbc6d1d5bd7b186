"""``frontdesk evaluate``: measure retrieval and answers on a fixed set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bot.commands.output import json_option, print_json, print_pairs
from bot.settings import load_settings

MODES = ("hybrid", "dense", "keyword")


@click.group()
def evaluate() -> None:
    """Measure retrieval and answers on a fixed set of questions."""


@evaluate.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--mode", type=click.Choice(MODES), default="hybrid", show_default=True, help="Which search to measure.")
@json_option
def retrieval(directory: Path, mode: str, as_json: bool) -> None:
    """Print recall@k, MRR@10, nDCG@10 and latency for a folder in BEIR form.

    Example: frontdesk evaluate retrieval my_set --mode dense
    """
    from retrieval.embedder import load_embedder
    from retrieval.evaluate import evaluate_folder

    settings = load_settings()
    embedder = load_embedder(settings.answers.embedder, settings.embedder_dir, settings.answers.threads)
    _show(evaluate_folder(directory, embedder, mode=mode), as_json)


@evaluate.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def answers(file: Path, as_json: bool) -> None:
    """Print the share of each rung, refusals right and wrong, grounding and similarity.

    FILE holds JSON lines of {"question", "answer"?, "answerable"}.

    Example: frontdesk evaluate answers training_data/questions/a.jsonl
    """
    from bot.answering.evaluate import evaluate_file

    _show(evaluate_file(file, load_settings()), as_json)


def _show(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(result)
        return
    print_pairs([(name, f"{value:.4f}" if isinstance(value, float) else value) for name, value in result.items()])
