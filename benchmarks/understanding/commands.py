"""Runs Rasa's own commands on a project and reads the reports that they write; keeps what has been measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.settings import PROJECT_ROOT

RASA = (sys.executable, "-W", "ignore", "-m", "rasa")
# The same commands, without the packages that the model does not need.
OUR_RASA = (sys.executable, "-W", "ignore", "-m", "bot", "rasa")
# What turns a wrong intent into a fallback: left out where intents are compared, since only Rasa's own is known to
# `rasa test nlu`.
FALLBACKS = ("FallbackClassifier", "bot.nlu.scope.ScopeDetector", "bot.nlu.language.LanguageGate")

Config = dict[str, Any]


class Notes:
    """Figures in a JSON file, one step after the other; a step that is in the file is not measured again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.steps: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}

    def step(self, name: str, measure: Callable[[], Any]) -> Any:
        """Return the figures of ``name``, measured now unless they have been."""
        if name not in self.steps:
            print(f"{time.strftime('%H:%M:%S')} {name}", file=sys.stderr, flush=True)
            self.steps[name] = measure()
            staged = self.path.with_suffix(".new")
            staged.write_text(json.dumps(self.steps, indent=1, ensure_ascii=False), "utf-8")
            os.replace(staged, self.path)
        return self.steps[name]


@dataclass(frozen=True)
class Cost:
    """What a command took: wall seconds, CPU seconds of all its threads, greatest resident memory in MiB."""

    seconds: float
    cpu_seconds: float
    peak_mib: float


def run(command: Sequence[str], log: Path, **environment: str) -> Cost:
    """Run a command with its output in ``log``.

    Raises:
        RuntimeError: it failed; holds the end of the log.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    environ = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "LOG_LEVEL": "WARNING"}
    began = time.monotonic()
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=PROJECT_ROOT, env={**environ, **environment}, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{' '.join(command)} failed, status {status}. The end of {log}:\n{log.read_text()[-2000:]}")
    return Cost(
        round(time.monotonic() - began, 1), round(used.ru_utime + used.ru_stime, 1), round(used.ru_maxrss / 1024)
    )


def stock_config(epochs: int | None = None) -> Config:
    """Return the pipeline and policies that Rasa writes into a new project; ``epochs`` only to try this script out."""
    import rasa.engine.recipes as recipes

    written = Path(str(recipes.__file__)).parent / "config_files" / "default_config.yml"
    config: Config = yaml.safe_load(written.read_text("utf-8"))
    return with_epochs(config, epochs)


def with_epochs(config: Config, epochs: int | None) -> Config:
    """Return ``config`` with another number of epochs where it names one."""
    for item in [*config["pipeline"], *config["policies"]] if epochs else ():
        if "epochs" in item:
            item["epochs"] = epochs
    return config


def read_config(path: Path) -> Config:
    """Return a Rasa configuration."""
    config: Config = yaml.safe_load(path.read_text("utf-8"))
    return config


def without(config: Config, names: Sequence[str]) -> Config:
    """Return ``config`` without the components of these names."""
    return {**config, "pipeline": [item for item in config["pipeline"] if item["name"] not in names]}


def write_config(config: Config, path: Path) -> Path:
    """Write a configuration and return where."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(config, sort_keys=False, allow_unicode=True), "utf-8")
    return path


def split(data: Path, out: Path, seed: int) -> list[str]:
    """Split NLU examples four to one, each intent by itself, and return the files of training and test."""
    command = [*OUR_RASA, "data", "split", "nlu", "--nlu", str(data), "--out", str(out)]
    run([*command, "--training-fraction", "0.8", "--random-seed", str(seed)], out / "split.log")
    return [str(out / "training_data.yml"), str(out / "test_data.yml")]


def intents(rasa: Sequence[str], config: Path, train: Path, test: Path, domain: Path, out: Path) -> dict[str, Any]:
    """Train NLU on one file, test it on another, and return intent accuracy, weighted F1 and the cost of training."""
    fresh = {"RASA_CACHE_DIRECTORY": str(out / "cache")}
    command = [*rasa, "train", "nlu", "--nlu", str(train), "--config", str(config), "--domain", str(domain)]
    cost = run([*command, "--out", str(out), "--fixed-model-name", "nlu"], out / "train.log", **fresh)
    command = [*rasa, "test", "nlu", "--nlu", str(test), "--model", str(out / "nlu.tar.gz"), "--domain", str(domain)]
    run([*command, "--config", str(config), "--out", str(out), "--no-plot"], out / "test.log")
    report = json.loads((out / "intent_report.json").read_text())
    wrong = len(json.loads((out / "intent_errors.json").read_text())) if (out / "intent_errors.json").exists() else 0
    messages = report["weighted avg"]["support"]
    return {
        "messages": messages,
        "accuracy": round(1 - wrong / messages, 4),
        "weighted F1": round(report["weighted avg"]["f1-score"], 4),
        "training": asdict(cost),
    }


def stories(rasa: Sequence[str], model: Path, tests: Path, out: Path, *, end_to_end: bool = True) -> dict[str, Any]:
    """Return how many conversations pass; ``end_to_end`` reads the customer's words, else the intents as written."""
    command = [*rasa, "test", "core", "--stories", str(tests), "--model", str(model), "--out", str(out), "--no-plot"]
    cost = run([*command, *(["--e2e"] if end_to_end else [])], out / "stories.log")
    accuracy = json.loads((out / "story_report.json").read_text())["conversation_accuracy"]
    return {"passed": accuracy["correct"], "of": accuracy["total"], "command": asdict(cost)}
