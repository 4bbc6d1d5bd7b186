"""Puts the team's own weights in use, whole or not at all, and takes them out again; the former ones are kept.

Under ``var/generator``: the weights in use and their card, those before them, and the work of a training. Where there
are no weights the shipped ones are in use.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.answering.generation.small import TEAM
from bot.answering.small.network import SHIPPED
from bot.errors import TrainingError

PREVIOUS = "generator.previous.safetensors"


class Shelf:
    """The folder of the team's weights."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.team, self.previous = folder / TEAM, folder / PREVIOUS
        self.work = folder / "training"

    def current(self) -> Path:
        """Return the weights in use.

        Raises:
            TrainingError: there are none.
        """
        path = self.team if self.team.exists() else SHIPPED
        if not path.exists():
            raise TrainingError(f"There are no weights to start from: {path} is missing. Install the package again.")
        return path

    def install(self, weights: Path, card: dict[str, Any]) -> None:
        """Put weights in use; those in use before are kept for :meth:`rollback`.

        Raises:
            TrainingError: the folder cannot be written; the weights in use are as before.
        """
        card = {**card, "weights_sha256": sha256(weights)}
        try:
            with self._staged() as staged:
                new = Path(shutil.copy2(weights, staged / TEAM))
                card_of(new).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
                self._keep_current(staged)
                # The card first: with the weights of another it is ignored, and a kill between the two hurts nobody.
                os.replace(card_of(new), card_of(self.team))
                os.replace(new, self.team)
        except OSError as exc:
            raise TrainingError(f"{self.folder} cannot be written: {exc.strerror}. Nothing was installed.") from exc

    def rollback(self) -> Path:
        """Change the weights in use for those before them, and return what is in use now; twice is as before.

        Raises:
            TrainingError: nothing was ever installed, or the folder cannot be written.
        """
        if not self.team.exists() and not self.previous.exists():
            raise TrainingError("The shipped generator is in use and there is no other to go back to.")
        try:
            with self._staged() as staged:
                for path in (self.previous, card_of(self.previous)):
                    if path.exists():
                        shutil.copy2(path, staged / path.name)
                had_previous = self.previous.exists()
                self._keep_current(staged)
                if not had_previous:
                    self.team.unlink()
                    card_of(self.team).unlink(missing_ok=True)
                else:
                    _move(staged / card_of(self.previous).name, card_of(self.team))
                    os.replace(staged / PREVIOUS, self.team)
        except OSError as exc:
            raise TrainingError(f"{self.folder} cannot be written: {exc.strerror}. Nothing was changed.") from exc
        return self.current()

    def _keep_current(self, staged: Path) -> None:
        """Let the previous weights be those in use; with the shipped ones in use there are no previous ones."""
        for path, kept in ((card_of(self.team), card_of(self.previous)), (self.team, self.previous)):
            if path.exists():
                shutil.copy2(path, staged / f"{path.name}.kept")
                os.replace(staged / f"{path.name}.kept", kept)
            else:
                kept.unlink(missing_ok=True)

    @contextmanager
    def _staged(self) -> Iterator[Path]:
        """Yield a folder on the same file system, gone afterwards."""
        staged = self.folder / f"staged.{os.getpid()}"
        staged.mkdir(parents=True, exist_ok=True)
        try:
            yield staged
        finally:
            shutil.rmtree(staged, ignore_errors=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the lock of the folder.

        Raises:
            TrainingError: another training holds it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "training.lock", "w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as exc:
                raise TrainingError(f"Another training runs in {self.folder}. Wait until it ends.") from exc
            yield

    def status(self) -> dict[str, Any]:
        """Return what is in use, its card, and what there is to go back to and to go on with."""
        in_use = self.team if self.team.exists() else SHIPPED
        card = self.card(in_use) or {}
        return {
            "in_use": str(in_use) if in_use.exists() else "none",
            "origin": "team" if in_use == self.team else "shipped",
            "trained": card.get("date", "unknown"),
            "previous": "team" if self.previous.exists() else "shipped" if self.team.exists() else "none",
            "unfinished": sorted(path.parent.name for path in self.work.glob("*/last.pt")),
            "card": card,
        }

    def card(self, weights: Path) -> dict[str, Any] | None:
        """Return the card of weights, None if there is none that fits them."""
        path = card_of(weights)
        if not weights.exists() or not path.exists():
            return None
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            return None
        fits = isinstance(data, dict) and data.get("weights_sha256", "") in ("", sha256(weights))
        return data if fits else None


def card_of(weights: Path) -> Path:
    """Return where the card of weights stands."""
    return weights.with_suffix(".json")


def sha256(path: Path) -> str:
    """Return the hash of a file, read piece by piece."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _move(path: Path, to: Path) -> None:
    if path.exists():
        os.replace(path, to)
    else:
        to.unlink(missing_ok=True)
