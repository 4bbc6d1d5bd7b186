"""Compares Frontdesk with stock Rasa on the same training data: accuracy, training, start, turns, load, memory.

Run: python -m benchmarks.understanding.stock [--work FOLDER] [--seeds 3] [--turns 200]

The peer is the pipeline and the policies that Rasa writes into a new project (DIET, ResponseSelector, TED, UnexpecTED,
100 epochs), trained on our training_data/ and domain.yml, served by `rasa run` and `rasa run actions`. Against it stand
our worker alone, which does what the peer does, and the whole product through its public API. Turns are measured in
turn, one of each system. What has been measured is kept in FOLDER/stock.json and not measured again.
"""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.machine import describe
from benchmarks.understanding.commands import (
    FALLBACKS,
    OUR_RASA,
    RASA,
    Notes,
    intents,
    read_config,
    run,
    split,
    stock_config,
    stories,
    without,
    write_config,
)
from benchmarks.understanding.serving import Product, StockRasa, System, Worker, memory, throughput, turns
from bot.settings import PROJECT_ROOT, var_dir

# A question, and what its right answer says; the second is worded as a training example is, so that both understand it.
TEMPLATE, HOURS = "what are your opening hours?", "Monday to Friday"
STATUS, ORDER = "where is FH-204817 anna@example.org", "FH-204817"
# Who asks for the same order again and again is handed over to a person, which is another turn than the one measured.
REPEATS = 2
NLU = PROJECT_ROOT / "training_data" / "nlu"
DOMAIN = PROJECT_ROOT / "domain.yml"
CONVERSATIONS = PROJECT_ROOT / "tests" / "conversations"
DATA = [str(PROJECT_ROOT / "training_data" / name) for name in ("nlu", "rules", "stories")]


def main() -> None:
    """Measure what is missing, print the table, draw the plot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--work", type=Path, default=var_dir() / "benchmarks" / "stock", help="folder of models and notes"
    )
    parser.add_argument("--seeds", type=int, default=3, help="random splits for intent accuracy")
    parser.add_argument("--turns", type=int, default=200, help="counted turns of each kind")
    parser.add_argument("--messages", type=int, default=25, help="messages of each of 16 senders")
    parser.add_argument("--epochs", type=int, help="epochs of the peer; only to try this script out")
    options = parser.parse_args()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    notes = Notes(work / "stock.json")
    notes.step("machine", describe)
    notes.step("settings", lambda: {key: str(value) for key, value in vars(options).items() if key != "work"})
    configs = {
        "stock Rasa": write_config(stock_config(options.epochs), work / "stock" / "config.yml"),
        "Frontdesk": PROJECT_ROOT / "config.yml",
    }
    training(notes, work, configs)
    accuracy(notes, work, configs, options.seeds)
    serving(notes, work, options.turns, options.messages)
    rows = table(notes.steps)
    print("\n".join(f"| {' | '.join(row)} |" for row in rows))
    plot(notes.steps, work / "stock.png")


def training(notes: Notes, work: Path, configs: dict[str, Path]) -> None:
    """Train both on everything, from an empty cache, and let the conversations of tests/ judge both models."""
    stock, ours = work / "stock", work / "ours"
    peer = [*RASA, "train", "--config", str(configs["stock Rasa"]), "--domain", str(DOMAIN), "--data", *DATA]
    peer += ["--out", str(stock), "--fixed-model-name", "stock"]
    notes.step("train/stock Rasa", lambda: asdict(cold(peer, stock)))
    notes.step("train/Frontdesk", lambda: asdict(train_ours(ours)))
    for name, rasa, model in (("stock Rasa", RASA, stock / "stock.tar.gz"), ("Frontdesk", OUR_RASA, ours / "models")):
        notes.step(f"stories/{name}", partial(stories, rasa, model, CONVERSATIONS, work / "stories" / name))


def train_ours(var: Path) -> Any:
    """Train as `frontdesk train` does; the embedder is opened first, since an installation has it already."""
    from bot.settings import load_settings
    from retrieval.embedder import load_embedder

    settings = load_settings({**os.environ, "FRONTDESK_VAR": str(var)})
    load_embedder(settings.answers.embedder, settings.embedder_dir, 1)
    return cold([*RASA[:3], "-m", "bot.dialogue.train"], var, FRONTDESK_VAR=str(var))


def cold(command: list[str], folder: Path, **environment: str) -> Any:
    """Run a training with an empty cache."""
    cache = folder / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    return run(command, folder / "train.log", RASA_CACHE_DIRECTORY=str(cache), **environment)


def accuracy(notes: Notes, work: Path, configs: dict[str, Path], seeds: int) -> None:
    """Measure intents on held-out fifths of training_data/nlu, the same messages for both."""
    for seed in range(seeds):
        folder = work / f"split-{seed}"
        train, test = map(Path, notes.step(f"split/{seed}", partial(split, NLU, folder, seed)))
        for name, rasa in (("stock Rasa", RASA), ("Frontdesk", OUR_RASA)):
            config = write_config(without(read_config(configs[name]), FALLBACKS), folder / name / "config.yml")
            notes.step(f"intents/{name}/{seed}", partial(intents, rasa, config, train, test, DOMAIN, folder / name))


def serving(notes: Notes, work: Path, count: int, messages: int) -> None:
    """Start all three, measure their turns side by side, then each alone under load."""
    if "memory" in notes.steps:
        return
    systems: dict[str, System] = {
        "stock Rasa": StockRasa(work / "stock" / "stock.tar.gz", work / "stock"),
        "worker": Worker(work / "ours"),
        "product": Product(work / "product"),
    }
    try:
        # Always anew: a server that has been measured in another run is not there any more.
        started = {name: system.start() for name, system in systems.items()}
        notes.step("start", lambda: started)
        notes.step("template", lambda: turns(systems, TEMPLATE, HOURS, count))
        notes.step("custom action", lambda: turns(systems, STATUS, ORDER, count, REPEATS))
        notes.step("messages/s, 16 senders", lambda: loads(systems, messages))
        notes.step("memory", lambda: {name: memory(system.roots()) for name, system in systems.items()})
    finally:
        for system in systems.values():
            system.stop()


def loads(systems: dict[str, System], messages: int) -> dict[str, float]:
    """Return messages per second of each system."""
    return {name: throughput(system, TEMPLATE, 16, messages) for name, system in systems.items()}


def table(steps: dict[str, Any]) -> list[list[str]]:
    """Return the rows of a Markdown table: the peer, ours, and how many times as good."""
    rows = [["", "stock Rasa", "worker", "product", "stock / worker"], ["---"] * 5]

    def add(name: str, peer: float, worker: float, product: float | None = None, *, more: bool = False) -> None:
        times = worker / peer if more else peer / worker
        rows.append([name, f"{peer:g}", f"{worker:g}", "" if product is None else f"{product:g}", f"{times:.1f}"])

    for key, label in (("seconds", "training (s)"), ("cpu_seconds", "training (s of CPU)"), ("peak_mib", "peak (MiB)")):
        add(label, steps["train/stock Rasa"][key], steps["train/Frontdesk"][key])
    scores = {name: [row for key, row in steps.items() if key.startswith(f"intents/{name}/")] for name in NAMES}
    add("intent accuracy, held out (%)", *(share(scores[name]) for name in NAMES), more=True)
    add("conversations passed", *(steps[f"stories/{name}"]["passed"] for name in NAMES), more=True)
    triples: list[tuple[str, Callable[[str], float], bool]] = [
        ("start to first answer (s)", lambda who: steps["start"][who], False),
        ("template turn, p50 (ms)", lambda who: steps["template"][who]["p50 (ms)"], False),
        ("template turn, p95 (ms)", lambda who: steps["template"][who]["p95 (ms)"], False),
        ("custom action, p50 (ms)", lambda who: steps["custom action"][who]["p50 (ms)"], False),
        ("custom action, p95 (ms)", lambda who: steps["custom action"][who]["p95 (ms)"], False),
        ("custom action, answered rightly (%)", lambda who: steps["custom action"][who]["right (%)"], True),
        ("messages/s, 16 senders", lambda who: steps["messages/s, 16 senders"][who], True),
        ("memory (MiB)", lambda who: steps["memory"][who], False),
    ]
    for label, value, more in triples:
        add(label, *(value(who) for who in ("stock Rasa", "worker", "product")), more=more)
    return rows


NAMES = ("stock Rasa", "Frontdesk")
# Rows that are no cost.
QUALITY = ("intent", "conversations", "custom action, answered")


def share(scores: list[dict[str, Any]]) -> float:
    """Return the mean accuracy in percent."""
    return round(100 * mean(float(score["accuracy"]) for score in scores), 2)


def plot(steps: dict[str, Any], out: Path) -> None:
    """Draw how many times as long, or as much, the peer takes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = [
        row for row in table(steps)[2:] if not row[0].startswith(("intent", "conversations", "custom action, answered"))
    ]
    figure, axes = pyplot.subplots(figsize=(6.4, 3.4), dpi=150)
    bars = axes.barh([row[0] for row in rows], [float(row[4]) for row in rows], color="#2f6f5e")
    axes.bar_label(bars, [f"{row[4]}x" for row in rows], padding=3, fontsize=8)
    axes.invert_yaxis()
    axes.axvline(1, color="grey", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xlabel("stock Rasa beside our worker: times better")
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(str(out))


if __name__ == "__main__":
    main()
