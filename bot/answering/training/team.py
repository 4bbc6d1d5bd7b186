"""What every training of a team's own generator does alike: measure, fill the card, keep the work of a run.

Needs what the product needs; torch is for the courses alone.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from datetime import datetime, timezone
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bot.answering.extractive import ExtractiveComposer
from bot.answering.generation.pretrained import INSTALL
from bot.answering.generation.small import SmallGenerator
from bot.answering.generator import Generator
from bot.answering.training.corpus import Corpus
from bot.answering.training.measuring import Compose, Figures, Measure, verbatim
from bot.answering.training.parts import Parts, Screen, Wish
from bot.answering.training.splits import Side
from bot.errors import TrainingError

# What the small generator reads; tickets in other languages would teach it noise.
LANGUAGES = ("en",)
# Longest composition while measuring: a slow machine must not change what is measured.
SECONDS = 60.0


def check_installed(*names: str) -> None:
    """Refuse to train where a package is missing; imports none.

    Raises:
        TrainingError: one is missing.
    """
    if missing := [name for name in names if find_spec(name) is None]:
        raise TrainingError(f"Training needs {', '.join(missing)}, not installed here. Run: {INSTALL}")


def evaluate(parts: Parts, wish: Wish, screen: Screen) -> dict[str, Any]:
    """Measure the generator in use beside the best ticket and the extractive composer, on the held-out tickets."""
    only: Sequence[Side] = ("held out",)
    small = parts.settings.generator.backend == "small"
    corpus = parts.gather(wish, screen, languages=LANGUAGES if small else (), only=only)
    measure = parts.measure(corpus)
    generator = in_use(parts)
    systems: dict[str, Compose] = {
        generator.name: generator.compose,
        "best ticket verbatim": verbatim,
        "extractive": ExtractiveComposer(parts.reader).compose,
    }
    found = {name: measured(measure, name, compose, screen).to_dict() for name, compose in systems.items()}
    return {"date": today(), "data": corpus.counts(), "figures": found}


def in_use(parts: Parts) -> Generator:
    """Return the generator that settings name, as it is in use but for its limit of time."""
    from bot.answering.generation.opening import open_generator

    settings = parts.settings
    if settings.generator.backend != "small":
        return open_generator(settings, parts.reader)
    return small(parts, parts.shelf.current(), settings.var / "models")


def small(parts: Parts, weights: Path, cache: Path) -> SmallGenerator:
    """Return the small generator with some weights."""
    return SmallGenerator(weights, cache, parts.reader, threads=parts.settings.answers.threads, seconds=SECONDS)


def measured(measure: Measure, name: str, compose: Compose, screen: Screen) -> Figures:
    """Return a generator's figures, with progress."""
    with screen.bar(f"measuring {name}", len(measure.questions), "question") as done:
        return measure.of(compose, done)


def begun(parts: Parts, corpus: Corpus, wish: Wish) -> dict[str, Any]:
    """Return the card's first lines: counts, never texts."""
    return {
        "date": today(),
        "seed": wish.seed,
        "tickets": parts.store.count(),
        "data": corpus.counts(),
        "embedder": parts.embedder.name,
        "installed": False,
    }


def same_run(folder: Path, about: object) -> Path:
    """Return the folder of a training; what another one left in it is thrown away, what this one left is kept."""
    text = json.dumps(about, sort_keys=True)
    mark = folder / "run.json"
    if not mark.exists() or mark.read_text(encoding="utf-8") != text:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        mark.write_text(text, encoding="utf-8")
    return folder


def curves(log: Sequence[dict[str, Any]]) -> dict[str, list[tuple[float, float]]]:
    """Return the losses of the rows that a training was stopped by, by group."""
    groups = dict.fromkeys(name for line in log for name in line["held_out"])
    return {
        name: [(line["step"], line["held_out"][name]) for line in log if name in line["held_out"]] for name in groups
    }


def today() -> str:
    """Return the date, UTC."""
    return datetime.now(timezone.utc).date().isoformat()
