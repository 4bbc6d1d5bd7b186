"""The messages that the mood heads learn from: ``training_data/mood/*.yml``, one file for each topic.

A file names its ``topic`` and ``language`` and lists messages under their tone. Topics are kept apart in measurements:
a head that has learnt the topic instead of the tone fails on the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.errors import SettingsError

# Tone to (angry, urgent).
TONES = {
    "calm": (False, False),
    "annoyed": (True, False),
    "angry": (True, False),
    "sarcastic": (True, False),
    "leaving": (True, False),
    "urgent": (False, True),
    "urgent_angry": (True, True),
}


@dataclass(frozen=True)
class MoodExample:
    """One message with its tone; ``group`` is language and topic."""

    text: str
    tone: str
    group: str

    @property
    def angry(self) -> bool:
        """Whether the customer is annoyed or more."""
        return TONES[self.tone][0]

    @property
    def urgent(self) -> bool:
        """Whether the customer is short of time."""
        return TONES[self.tone][1]


def example_files(folder: Path) -> list[Path]:
    """Return the files of a folder, sorted.

    Raises:
        SettingsError: there are none.
    """
    files = sorted(folder.glob("*.yml"))
    if not files:
        raise SettingsError(f"There are no mood examples in {folder}. Name another folder in config.yml, or add *.yml.")
    return files


def mood_examples(folder: Path) -> list[MoodExample]:
    """Return all examples of a folder.

    Raises:
        SettingsError: there are none, or a file has a tone that does not exist.
    """
    found: list[MoodExample] = []
    for path in example_files(folder):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        group = f"{content.pop('language')}:{content.pop('topic')}"
        unknown = sorted(set(content) - set(TONES))
        if unknown:
            raise SettingsError(f"{path} has the tone {unknown[0]!r}; allowed: {', '.join(TONES)}.")
        found += [MoodExample(str(text), tone, group) for tone, texts in content.items() for text in texts]
    return found
