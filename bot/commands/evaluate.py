"""``frontdesk evaluate``: measure retrieval and answers on a fixed set."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args

import click
from tqdm import tqdm

from bot.commands.output import json_option, print_json, print_pairs
from bot.progress import advance
from bot.settings import load_settings

Mode = Literal["hybrid", "dense", "keyword"]


@click.group()
def evaluate() -> None:
    """Measure retrieval and answers on a fixed set of questions."""


@evaluate.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--mode", type=click.Choice(get_args(Mode)), default="hybrid", show_default=True, help="Which search to measure."
)
@json_option
def retrieval(directory: Path, mode: Mode, as_json: bool) -> None:
    """Print recall@k, MRR@10, nDCG@10 and latency for a folder in BEIR form.

    Example: frontdesk evaluate retrieval my_set --mode dense
    """
    from bot.answering.opening import embedder_of, reranker_of
    from retrieval.evaluate import evaluate_folder

    settings = load_settings()
    embedder = embedder_of(settings)
    with tqdm(desc="index", unit="document", disable=as_json) as bar:
        result = evaluate_folder(directory, embedder, reranker_of(settings), mode=mode, progress=advance(bar))
    _show(result, as_json)


@evaluate.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def answers(file: Path, as_json: bool) -> None:
    """Print the share of each rung, refusals right and wrong, grounding and similarity.

    FILE holds JSON lines of {"question", "answer"?, "answerable"}.

    Example: frontdesk evaluate answers training_data/questions/a.jsonl
    """
    from bot.answering.evaluate import evaluate_answers

    with tqdm(desc="answers", unit="question", disable=as_json) as bar:
        result = evaluate_answers(file, load_settings(), advance(bar))
    _show(result, as_json)


def _show(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(result)
        return
    print_pairs([(name, f"{value:.4f}" if isinstance(value, float) else value) for name, value in result.items()])
