"""Trains two public Rasa projects with our pipeline and with their own: intent accuracy, stories passed, training.

Run: python -m benchmarks.understanding.projects [--work FOLDER] [--seeds 3]

rasa_financial_demo and rasa_helpdesk come with NLU data, domain, stories and test stories (FRONTDESK_DATA). Their own
configurations are used without Duckling and spaCy's model, which are servers and downloads of their own. Ours is
config.yml with CRFEntityExtractor, since their entities are learned from annotated examples, and with their own
fallback action. Test stories are run twice: with the customer's words, and with the intents and entities as annotated,
which tells the policies alone. What has been measured is kept in FOLDER/projects.json and not measured again.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
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
    Config,
    Notes,
    intents,
    read_config,
    run,
    split,
    stories,
    with_epochs,
    without,
    write_config,
)
from bot.settings import PROJECT_ROOT, var_dir

PROJECTS = ("rasa_helpdesk", "rasa_financial_demo")
ELSEWHERE = ("DucklingEntityExtractor", "SpacyNLP", "SpacyEntityExtractor")
# Made from the words and products of our own shop.
OWN_TO_THE_SHOP = ("bot.nlu.values.ValueExtractor", "bot.nlu.negation.NegationHandler")
OURS, THEIRS = "our pipeline", "their own"


def main() -> None:
    """Measure what is missing and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=var_dir() / "benchmarks" / "projects", help="folder of the notes")
    parser.add_argument("--seeds", type=int, default=3, help="random splits for intent accuracy")
    parser.add_argument("--epochs", type=int, help="epochs of their own networks; only to try this script out")
    parser.add_argument("--only", choices=PROJECTS, help="one project instead of both")
    options = parser.parse_args()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    notes = Notes(work / "projects.json")
    notes.step("machine", describe)
    for project in [options.only] if options.only else PROJECTS:
        measure(notes, data_folder() / project, work / project, options.seeds, options.epochs)
    print("\n".join(f"| {' | '.join(row)} |" for row in table(notes.steps)))


def data_folder() -> Path:
    """Return the folder of public data."""
    return Path(os.environ.get("FRONTDESK_DATA", PROJECT_ROOT.parent / "shared" / "data"))


def measure(notes: Notes, source: Path, work: Path, seeds: int, epochs: int | None) -> None:
    """Take both configurations through training, test stories and held-out intents."""
    theirs = with_epochs(without(read_config(source / "config.yml"), ELSEWHERE), epochs)
    configs = {OURS: ours_for(theirs), THEIRS: theirs}
    for name, config in configs.items():
        rasa, folder = OUR_RASA if name == OURS else RASA, work / name
        path = write_config(config, folder / "config.yml")
        label = f"{source.name}/{name}"
        notes.step(f"train/{label}", partial(train, rasa, path, source, folder))
        model = folder / "model.tar.gz"
        for kind, end_to_end in (("words", True), ("annotations", False)):
            tests = partial(stories, rasa, model, source / "tests", folder / kind, end_to_end=end_to_end)
            notes.step(f"stories by {kind}/{label}", tests)
    for seed in range(seeds):
        at = work / f"split-{seed}"
        nlu = source / "data" / "nlu" if (source / "data" / "nlu").is_dir() else source / "data"
        train_file, test_file = notes.step(f"split/{source.name}/{seed}", partial(split, nlu, at, seed))
        for name, config in configs.items():
            path = write_config(without(config, FALLBACKS), at / name / "config.yml")
            rasa, domain = OUR_RASA if name == OURS else RASA, source / "domain.yml"
            compare = partial(intents, rasa, path, Path(train_file), Path(test_file), domain, at / name)
            notes.step(f"intents/{source.name}/{name}/{seed}", compare)


def ours_for(theirs: Config) -> Config:
    """Return our configuration for a project with annotated entities, with the project's own rules and stories."""
    ours = without(read_config(PROJECT_ROOT / "config.yml"), OWN_TO_THE_SHOP)
    at = next(index for index, item in enumerate(ours["pipeline"]) if item["name"] == "EntitySynonymMapper")
    ours["pipeline"].insert(at, {"name": "CRFEntityExtractor"})
    # Its stories are learned by heart, as ours are; its rules keep the fallback that its domain names.
    kept = [item for item in theirs["policies"] if item["name"] in ("AugmentedMemoizationPolicy", "RulePolicy")]
    return {**ours, "policies": kept}


def train(rasa: Sequence[str], config: Path, source: Path, out: Path) -> dict[str, Any]:
    """Train on all data, from an empty cache."""
    command = [*rasa, "train", "--config", str(config), "--domain", str(source / "domain.yml")]
    command += ["--data", str(source / "data"), "--out", str(out), "--fixed-model-name", "model"]
    return asdict(run(command, out / "train.log", RASA_CACHE_DIRECTORY=str(out / "cache")))


def table(steps: dict[str, Any]) -> list[list[str]]:
    """Return the rows of a Markdown table."""
    head = ["project", "pipeline", "training (s)", "intent accuracy (%)", "stories by words", "stories by annotations"]
    rows = [head, ["---"] * len(head)]
    for step in [name for name in steps if name.startswith("train/")]:
        _, project, name = step.split("/")
        scores = [row["accuracy"] for key, row in steps.items() if key.startswith(f"intents/{project}/{name}/")]
        passed = [steps[f"stories by {kind}/{project}/{name}"] for kind in ("words", "annotations")]
        accuracy = f"{100 * mean(scores):.2f}" if scores else ""
        shares = [f"{row['passed']} of {row['of']}" for row in passed]
        rows.append([project, name, f"{steps[step]['seconds']:g}", accuracy, *shares])
    return rows


if __name__ == "__main__":
    main()
