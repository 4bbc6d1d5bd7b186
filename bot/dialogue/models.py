"""Finds the model that a worker serves. Does not open it, and imports nothing of Rasa."""

from __future__ import annotations

from pathlib import Path

from bot.errors import DialogueUnavailable


def chosen_model(folder: Path, name: str) -> Path:
    """Return the archive ``name`` if it is there, else the newest: a worker that starts again keeps its model.

    Raises:
        DialogueUnavailable: there is none.
    """
    chosen = folder / name
    return chosen if name and chosen.is_file() else latest_model(folder)


def latest_model(folder: Path) -> Path:
    """Return the newest model archive in ``folder``.

    Raises:
        DialogueUnavailable: there is none.
    """
    archives = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not archives:
        raise DialogueUnavailable(f"There is no trained model in {folder}. Run: frontdesk train")
    return archives[-1]
