"""The notes that trained components keep in the model; one that cannot be used is refused in one sentence.

A model that another version has made, or that lost a file, must not serve as a bot that understands nothing.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import RasaException
from safetensors import SafetensorError  # type: ignore[attr-defined]

from bot.errors import BotError, TuningError

UNUSABLE = (OSError, ValueError, LookupError, TypeError, EOFError, zipfile.BadZipFile, SafetensorError, TuningError)
# Counts up with every change of what a component keeps.
FORMAT = 2


class ModelUnfit(BotError, RasaException):
    """What a component kept cannot be used."""


def write_note(folder: Path, name: str, note: Mapping[str, Any]) -> None:
    """Write a component's note with the number of its format."""
    (folder / name).write_text(json.dumps({"format": FORMAT, **note}, ensure_ascii=False), encoding="utf-8")


@contextmanager
def kept(storage: ModelStorage, resource: Resource, name: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Give the folder of a component and its note; what is made of them belongs into the block.

    Raises:
        ModelUnfit: something is missing, damaged or of another format.
    """
    try:
        with storage.read_from(resource) as folder:
            note = json.loads((folder / name).read_text(encoding="utf-8"))
            if note["format"] != FORMAT:
                raise ValueError(f"format {note['format']}")
            yield folder, note
    except UNUSABLE as exc:
        raise ModelUnfit(
            f"The model was trained by another version of Frontdesk, or {name} in it is damaged. Run: frontdesk train"
        ) from exc
