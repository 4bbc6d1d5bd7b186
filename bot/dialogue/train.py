"""Trains Rasa on ``training_data/`` and puts the model into ``var/models`` in one step, or leaves the old one.

Run as ``python -m bot.dialogue.train``; ``frontdesk train`` does, and keeps the output in a log. Does not touch tickets
or the index.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

from bot.dialogue import environment, lean
from bot.errors import BotError
from bot.live import read_live
from bot.nlu.fingerprint import code_files
from bot.settings import PROJECT_ROOT, Settings, load_settings

TRAINING_FOLDERS = ("nlu", "rules", "stories")
KEPT_MODELS = 3


def inputs_hash(root: Path = PROJECT_ROOT) -> str:
    """Return the sha256 of everything a model is made from: configuration, domain, training data, our components."""
    digest = hashlib.sha256()
    files = [root / "config.yml", root / "domain.yml", *code_files(root)]
    for folder in (*TRAINING_FOLDERS, "mood"):
        files += sorted((root / "training_data" / folder).rglob("*.yml"))
    for path in files:
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def is_current(settings: Settings) -> bool:
    """Return whether the newest model was made from today's inputs."""
    note = settings.models_dir / "trained.json"
    try:
        trained = json.loads(note.read_text())
        return bool(trained["inputs"] == inputs_hash()) and (settings.models_dir / trained["model"]).exists()
    except (OSError, ValueError, KeyError, TypeError):
        return False


def train(settings: Settings) -> Path:
    """Train and return the new model archive.

    Raises:
        BotError: Rasa refused the data; its own message is on the screen, the old model stays in use.
    """
    settings.models_dir.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("RASA_CACHE_DIRECTORY", str(settings.var / "rasa_cache"))
    os.environ.setdefault("LOG_LEVEL", "ERROR")  # no progress bars: the output goes to a file
    environment.prepare(os.cpu_count() or 1)
    lean.import_rasa("rasa.model_training", lean.components_of_config(PROJECT_ROOT / "config.yml"), lean.BYSTANDERS)
    inputs = inputs_hash()
    with tempfile.TemporaryDirectory(dir=settings.var, prefix="training-") as folder:
        archive = _run_rasa(Path(folder))
        final = settings.models_dir / archive.name
        shutil.move(archive, final)
    staged = settings.models_dir / "trained.json.new"
    staged.write_text(json.dumps({"model": final.name, "inputs": inputs}))
    os.replace(staged, settings.models_dir / "trained.json")
    _remove_old(settings)
    return final


def _run_rasa(output: Path) -> Path:
    from rasa.exceptions import ModelNotFound
    from rasa.model_training import train as rasa_train
    from rasa.shared.exceptions import RasaException

    environment.adapt_rasa()
    folders = [str(PROJECT_ROOT / "training_data" / name) for name in TRAINING_FOLDERS]
    name = time.strftime("%Y%m%dT%H%M%S")
    try:
        result = rasa_train(
            domain=str(PROJECT_ROOT / "domain.yml"),
            config=str(PROJECT_ROOT / "config.yml"),
            training_files=folders,
            output=str(output),
            fixed_model_name=name,
        )
    except (RasaException, ModelNotFound) as exc:
        raise BotError(f"Training failed, the old model stays in use: {exc}") from exc
    if result.model is None:
        raise BotError("Training produced no model, the old one stays in use. See Rasa's message above.")
    return Path(result.model)


def _remove_old(settings: Settings) -> None:
    """Keep the last few, and the one that a running bot may have to load again."""
    archives = sorted(settings.models_dir.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    in_use = read_live(settings.live_file).model
    for path in archives[:-KEPT_MODELS]:
        if path.name != in_use:
            path.unlink()


def main() -> None:
    """Train with the settings of the environment; the exit code tells whether it worked."""
    try:
        print(train(load_settings()).name)
    except BotError as exc:
        raise SystemExit(str(exc)) from exc


if __name__ == "__main__":
    main()
