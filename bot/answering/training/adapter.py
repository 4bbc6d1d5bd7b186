"""The team's own adapter for a model of others: gather, train, measure beside the generator in use, save if better.

Settings decide what is in use; which lines put the adapter there is told, and nothing else is changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from bot.answering.generation.opening import rules_of
from bot.answering.training.corpus import Corpus
from bot.answering.training.curves import draw
from bot.answering.training.installing import sha256
from bot.answering.training.judging import verdict
from bot.answering.training.parts import Parts, Screen, Wish
from bot.answering.training.team import SECONDS, begun, check_installed, curves, in_use, measured, same_run
from bot.answering.training.trained import Trained
from bot.errors import TrainingError

# Pairs below which even an adapter of few weights only learns them by heart.
LEAST = 20


class AdapterCourse:
    """One training of an adapter; killed, it goes on where it was when the same is asked for again."""

    def __init__(self, parts: Parts, wish: Wish, screen: Screen, source: str) -> None:
        self._parts, self._wish, self._screen, self._source = parts, wish, screen, source
        self._folder = parts.shelf.folder / "adapters" / slug(source)
        self._work = parts.shelf.work

    def run(self) -> dict[str, Any]:
        """Train, measure and save; return the card with the settings that put the adapter in use.

        Raises:
            TrainingError: a package is missing, the model cannot be loaded, there are too few tickets, or another
                training runs.
        """
        check_installed("torch", "transformers", "peft")
        with self._parts.shelf.alone():
            corpus = self._parts.gather(self._wish, self._screen, path=self._work / "pairs.jsonl")
            card = begun(self._parts, corpus, self._wish) | {"base": self._source}
            card |= self._taught(corpus, card)
            (self._work / "report.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
            return card

    def _taught(self, corpus: Corpus, card: dict[str, Any]) -> dict[str, Any]:
        from bot.answering.training import lora

        self._screen.say(f"loading {self._source}")
        model, tokenizer = lora.open_model(self._source)
        base = base_hash(self._source, model.config)
        about = [corpus.counts(), base, self._wish.seed, self._wish.pairs]
        folder = same_run(self._work / slug(self._source), about)
        model, trained, device = self._trained(model, tokenizer, corpus, folder)
        told: dict[str, Any] = {"base_sha256": base, "device": device, "training": trained.told()}
        draw(self._work / "curves.svg", f"Loss of the adapter for {self._source}", curves(trained.log))
        if not trained.learned:
            return told | {"verdict": {"better": False, "against": ["no step made the loss on newer tickets smaller"]}}
        staged = folder / "adapter"
        # Before the measurement, for which it is merged into the model.
        lora.save(model, tokenizer, staged)
        told |= self._judged(corpus, model.merge_and_unload(), tokenizer)
        if told["verdict"]["better"] or self._wish.force:
            told |= {"installed": True, "adapter": str(self._folder)}
            told["settings"] = settings_lines(self._source, self._folder)
            publish(staged, self._folder, card | told)
            shutil.rmtree(folder)
        return told

    def _judged(self, corpus: Corpus, model: Any, tokenizer: Any) -> dict[str, Any]:
        from bot.answering.generation.pretrained import TransformersGenerator

        measure = self._parts.measure(corpus)
        rules = rules_of(self._parts.settings)
        new = TransformersGenerator("new", model, tokenizer, rules=rules, seconds=SECONDS)
        current = in_use(self._parts)
        figures = {
            "new": measured(measure, "new", new.compose, self._screen),
            "current": measured(measure, "current", current.compose, self._screen),
        }
        return {
            "current": current.name,
            "figures": {name: one.to_dict() for name, one in figures.items()},
            "verdict": verdict(figures["new"], figures["current"]).to_dict(),
        }

    def _trained(self, model: Any, tokenizer: Any, corpus: Corpus, folder: Path) -> tuple[Any, Trained, str]:
        from bot.answering.training import lora
        from bot.answering.training.devices import PAIRS, device_for
        from bot.answering.training.prompts import Prompts

        ends = model.generation_config.eos_token_id
        prompts = Prompts(
            tokenizer,
            self._parts.book,
            rules_of(self._parts.settings),
            seq2seq=bool(model.config.is_encoder_decoder),
            ends=[ends] if isinstance(ends, int) else ends or (),
        )
        training, check = (prompts.lessons(corpus.pairs[side]) for side in ("training", "check"))
        if len(training) < LEAST or not check:
            raise TrainingError(
                f"Of {len(corpus.pairs['training'])} pairs {len(training)} are short enough for {self._source} "
                f"({LEAST} are needed). Use a model that reads more."
            )
        longest = max(len(lesson.ids) for lesson in training)
        device = device_for(model.config, sum(value.numel() for value in model.parameters()), longest)
        self._screen.say(f"training on {device.name}, {device.at_once} of {PAIRS} pairs at once")
        seconds = self._wish.minutes * 60
        trainer = lora.AdapterTrainer(
            lora.adapted(model, self._wish.seed),
            folder,
            device,
            tokenizer.pad_token_id,
            seconds=seconds,
            updates=lora.EPOCHS * len(training) // PAIRS,
        )
        with self._screen.bar("training", round(seconds), "s") as done:
            state = trainer.train(training, check, self._wish.seed, lambda line: done(line["seconds"]))
        left_out = len(corpus.pairs["training"]) - len(training)
        losses = [line["mean"] for line in state.log]
        trained = Trained(
            folder / "best.pt", state.step, state.spent, len(training), left_out, losses[0], min(losses), state.log
        )
        return trainer.best(), trained, device.name


def publish(staged: Path, to: Path, card: dict[str, Any]) -> None:
    """Put an adapter with its card where settings look for it, whole or not at all; a former one is kept beside it.

    Raises:
        TrainingError: the folder cannot be written.
    """
    former = to.with_name(f"{to.name}.previous")
    try:
        (staged / "card.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
        to.parent.mkdir(parents=True, exist_ok=True)
        if to.exists():
            shutil.rmtree(former, ignore_errors=True)
            os.replace(to, former)
        os.replace(staged, to)
    except OSError as exc:
        raise TrainingError(f"{to} cannot be written: {exc.strerror}. Nothing was installed.") from exc


def settings_lines(source: str, adapter: Path) -> str:
    """Return the lines of settings.yml that put an adapter in use."""
    return "\n".join(
        [
            "generator:",
            "  backend: transformers",
            f"  model: {json.dumps(source)}",
            f"  adapter: {json.dumps(str(adapter))}",
        ]
    )


def slug(source: str) -> str:
    """Return the last part of a folder or hub name, fit to be the name of a folder."""
    last = source.rstrip("/").rsplit("/", 1)[-1].lower()
    return re.sub(r"[^a-z0-9.-]+", "-", last).strip("-.") or "model"


def base_hash(source: str, config: Any) -> str:
    """Return what tells the base model from others: the hub's commit, or a hash of the folder's weight files."""
    folder = Path(source).expanduser()
    if not folder.is_dir():
        return str(getattr(config, "_commit_hash", None) or "")
    files = sorted(path for path in folder.iterdir() if path.suffix in (".safetensors", ".bin"))
    return hashlib.sha256("".join(f"{path.name} {sha256(path)}\n" for path in files).encode()).hexdigest()
