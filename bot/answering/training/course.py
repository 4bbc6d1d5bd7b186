"""The team's own small generator, from tickets to weights in use: gather, train, measure, judge, install."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from bot.answering.training.corpus import Corpus
from bot.answering.training.curves import draw
from bot.answering.training.installing import sha256
from bot.answering.training.judging import verdict
from bot.answering.training.parts import Parts, Screen, Wish
from bot.answering.training.rehearsal import read_cards
from bot.answering.training.team import LANGUAGES, begun, check_installed, curves, measured, same_run, small
from bot.answering.training.trained import Trained


class Course:
    """One training of the small generator; killed, it goes on where it was when the same is asked for again."""

    def __init__(self, parts: Parts, wish: Wish, screen: Screen) -> None:
        self._parts, self._wish, self._screen = parts, wish, screen
        self._work = parts.shelf.work
        self._cards = read_cards()

    def run(self) -> dict[str, Any]:
        """Train from the weights in use, install what came of it if it is better, and return its card.

        Raises:
            TrainingError: torch is missing, there are too few tickets, another training runs, or the folder cannot be
                written.
        """
        check_installed("torch")
        shelf = self._parts.shelf
        with shelf.alone():
            base = shelf.current()
            corpus = self._parts.gather(self._wish, self._screen, languages=LANGUAGES, path=self._work / "pairs.jsonl")
            card = begun(self._parts, corpus, self._wish) | {"base": "team" if base == shelf.team else "shipped"}
            card["base_sha256"] = sha256(base)
            wish = self._wish
            folder = same_run(self._work / "small", [corpus.counts(), card["base_sha256"], wish.seed, wish.pairs])
            trained = self._trained(base, corpus, folder)
            card["training"] = trained.told() | {"cards": len(self._cards)}
            draw(self._work / "curves.svg", "Loss of the team's generator", curves(trained.log))
            card |= self._judged(base, corpus, trained, folder)
            if card["installed"]:
                shelf.install(folder / "generator.safetensors", card)
                shutil.rmtree(folder)
            (self._work / "report.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
            return card

    def _trained(self, base: Path, corpus: Corpus, folder: Path) -> Trained:
        from bot.answering.training.finetune import finetune

        book, seconds = self._parts.book, self._wish.minutes * 60
        training, check = ([pair.row(book) for pair in corpus.pairs[side]] for side in ("training", "check"))
        with self._screen.bar("training", round(seconds), "s") as done:
            return finetune(
                base,
                training,
                check,
                folder,
                seconds=seconds,
                seed=self._wish.seed,
                threads=self._parts.settings.answers.threads,
                said=lambda line: done(line["seconds"]),
                cards=self._cards,
            )

    def _judged(self, base: Path, corpus: Corpus, trained: Trained, folder: Path) -> dict[str, Any]:
        """Measure both generators as they would be used, and return what the card says of it."""
        from bot.answering.training.finetune import export

        if not trained.learned:
            against = ["no step made the loss on newer tickets smaller"]
            return {"verdict": {"better": False, "against": against}, "installed": False}
        new = folder / "generator.safetensors"
        export(trained.best, new)
        measure, graphs = self._parts.measure(corpus), folder / "graphs"
        figures = {
            name: measured(measure, name, small(self._parts, weights, graphs).compose, self._screen)
            for name, weights in (("new", new), ("current", base))
        }
        shutil.rmtree(graphs)
        decided = verdict(figures["new"], figures["current"])
        return {
            "figures": {name: one.to_dict() for name, one in figures.items()},
            "verdict": decided.to_dict(),
            "installed": decided.better or self._wish.force,
            "forced": self._wish.force and not decided.better,
        }
