"""``frontdesk evaluate``: measure retrieval, answers and understanding on a fixed set."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Literal, get_args

import click
from tqdm import tqdm

from bot.commands.output import json_option, print_json, print_pairs
from bot.errors import BotError
from bot.progress import advance
from bot.settings import PROJECT_ROOT, load_settings

Mode = Literal["hybrid", "dense", "keyword"]


@click.group()
def evaluate() -> None:
    """Measure retrieval, answers and understanding on a fixed set."""


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


@evaluate.command()
@click.argument("results", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--folds", type=click.IntRange(2, 20), default=5, show_default=True, help="Parts of the training data.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write the report to this page.")
@json_option
def understanding(results: Path | None, folds: int, html: Path | None, as_json: bool) -> None:
    """Print how well intents are recognised, with the worst confusions.

    Without RESULTS, cross-validates config.yml over training_data/nlu: each example is understood by a model that has
    not seen it. RESULTS is a folder written by `rasa test nlu --successes`, or JSON lines of
    {"text", "intent", "predicted", "confidence"}.

    Example: frontdesk evaluate understanding --html understanding.html
    """
    from bot.suite.report import write_report
    from bot.suite.understanding import figures, read_rows

    rows = read_rows(results) if results is not None else _cross_validated(folds, quiet=as_json)
    data = figures(rows)
    if html is not None:
        write_report(rows, html)
    if as_json:
        print_json(data)
        return
    intents, confusions = data.pop("intents"), data.pop("confusions")
    _show({**data, "intents": len(intents)}, as_json)
    for pair in confusions[:10]:
        examples = "; ".join(repr(one["text"][:60]) for one in pair["examples"][:2])
        click.echo(f"{pair['count']:4} x {pair['intent']} taken for {pair['predicted']}: {examples}")


def _cross_validated(folds: int, *, quiet: bool) -> list[Any]:
    """Return the rows of a cross-validation, run in a process of its own: Rasa and its models stay out of this one.

    Raises:
        BotError: it failed; holds the end of its output.
    """
    from bot.suite.understanding import read_rows

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        command = [sys.executable, "-W", "ignore", "-m", "bot.dialogue.understanding", str(path), str(folds)]
        child = subprocess.Popen(
            command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )
        said: list[str] = []
        with tqdm(total=folds, desc="cross-validation", unit="fold", disable=quiet) as bar:
            for line in child.stdout or ():
                said.append(line)
                bar.update(line.startswith("fold "))
        if child.wait():
            raise BotError(f"The cross-validation failed. The end of its output:\n{''.join(said[-15:])}")
        return read_rows(path)


def _show(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(result)
        return
    print_pairs([(name, f"{value:.4f}" if isinstance(value, float) else value) for name, value in result.items()])
