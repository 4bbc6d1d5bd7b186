"""How composed answers may be said: which promises never, in which languages, how long, how formal.

Works on sentences that are grounded already and only takes away or spells out. Greeting and sign-off, which may name
the customer, are added outside the answers service: see actions/letter.py.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import replace

from bot.answering import personal
from bot.answering.contractions import spelled_out
from bot.answering.promises import PROMISES
from bot.answering.sentences import words
from bot.errors import SettingsError
from bot.messages import Supported
from bot.settings_generator import ToneSettings, own_rule
from retrieval.language import KNOWN_LANGUAGES, certain_language_of

log = logging.getLogger(__name__)


class Tone:
    """The tone that settings name; threads may share it."""

    def __init__(self, settings: ToneSettings | None = None) -> None:
        """Make the rules ready.

        Raises:
            SettingsError: a forbidden promise or a language is not known.
        """
        settings = settings or ToneSettings()
        if unknown := set(settings.languages) - set(KNOWN_LANGUAGES):
            raise SettingsError(
                f"tone.languages names {', '.join(sorted(unknown))}, which cannot be told from others; "
                f"allowed: {', '.join(sorted(KNOWN_LANGUAGES))}."
            )
        self._settings = settings
        self._forbidden = [_rule(entry, at) for at, entry in enumerate(settings.forbidden, start=1)]

    def apply(self, said: Sequence[Supported]) -> tuple[Supported, ...]:
        """Return what may be said, in order; nothing when that is no answer any more."""
        allowed = self._short(self._allowed(said))
        if not self._in_language(" ".join(part.text for part in allowed)):
            log.info("a composed answer was dropped: tone.languages")
            return ()
        if self._settings.formality != "formal":
            return tuple(allowed)
        return tuple(replace(part, text=spelled_out(part.text)) for part in allowed)

    def permits(self, text: str, language: str) -> bool:
        """Return whether a past answer may be sent as it is: in a language that is wanted, nothing forbidden in it."""
        return language in (self._settings.languages or (language,)) and not self._promises(text)

    def _allowed(self, said: Sequence[Supported]) -> list[Supported]:
        """Return the sentences that promise nothing forbidden and point back to none that does."""
        kept: list[Supported] = []
        previous_kept = True
        for part in said:
            previous_kept = not self._promises(part.text) and (previous_kept or not personal.depends(part.text))
            if previous_kept:
                kept.append(part)
        return kept

    def _promises(self, sentence: str) -> bool:
        for name, pattern in self._forbidden:
            if pattern.search(sentence):
                log.info("a sentence was dropped: tone.forbidden %s", name)
                return True
        return False

    def _short(self, said: Sequence[Supported]) -> list[Supported]:
        """Return the first sentences that together keep to the number of words."""
        kept: list[Supported] = []
        room = self._settings.max_words
        for part in said:
            room -= len(words(part.text))
            if self._settings.max_words and room < 0:
                break
            kept.append(part)
        return kept

    def _in_language(self, text: str) -> bool:
        """Return whether a text may be in one of the languages; one too short to tell may."""
        return not self._settings.languages or certain_language_of(text) in (None, *self._settings.languages)


def _rule(entry: str, place: int) -> tuple[str, re.Pattern[str]]:
    """Return the name under which a rule is logged, and what it finds; a team's own expression is not shown."""
    own = own_rule(entry)
    return (entry, PROMISES[entry].pattern) if own is None else (f"rule {place}", own)
