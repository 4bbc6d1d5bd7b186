"""The settings of composed answers: which generator writes them, and in which tone they are said.

Declares and checks; the models and the rules behind the names are in ``bot.answering``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.errors import SettingsError
from bot.settings_file import choice, number

# Promises that ``tone.forbidden`` can name.
PROMISES = ("refund_amounts", "legal_advice", "delivery_dates")
# Of ``answers.timeout_seconds``: after the first share the caller is told that it took too long, so the generator must
# be done by then; the second is what it gets when no limit is set, which leaves time for the search and for grounding.
SHARE_OF_CALL, SHARE_UNSET = 0.8, 0.5


@dataclass(frozen=True)
class GeneratorSettings:
    """What composes answers; ``timeout_seconds`` 0 means half of ``answers.timeout_seconds``."""

    backend: str = choice("small", "small", "extractive", "server", "transformers")
    url: str = ""
    model: str = ""
    adapter: str = ""
    timeout_seconds: float = number(0.0, 0, 600)
    max_words: int = number(90, 10, 400)
    cache_size: int = number(1000, 0, 100_000)

    def limit(self, call_seconds: float) -> float:
        """Return the longest composition in seconds; ``call_seconds`` is ``answers.timeout_seconds``."""
        return self.timeout_seconds or call_seconds * SHARE_UNSET


@dataclass(frozen=True)
class ToneSettings:
    """How composed answers are said; ``max_words`` 0 and empty lists mean no limit."""

    greeting: str = ""
    sign_off: str = ""
    formality: str = choice("neutral", "neutral", "formal", "casual")
    languages: tuple[str, ...] = ()
    max_words: int = number(0, 0, 1000)
    forbidden: tuple[str, ...] = ()


def refuse_what_cannot_work(
    generator: GeneratorSettings, tone: ToneSettings, call_seconds: float, where: str = "settings"
) -> None:
    """Check what needs several settings at once, and the forms of names and expressions.

    Args:
        generator: the section ``generator``.
        tone: the section ``tone``.
        call_seconds: ``answers.timeout_seconds``.
        where: begins the messages.

    Raises:
        SettingsError: a value cannot work, with what would.
    """
    longest = call_seconds * SHARE_OF_CALL
    if generator.timeout_seconds >= longest:
        raise SettingsError(
            f"{where}: generator.timeout_seconds is {generator.timeout_seconds:g}, but the caller of the answers "
            f"service is told after {longest:g} s that it took too long. Set it below {longest:g}, or raise "
            f"answers.timeout_seconds (now {call_seconds:g})."
        )
    _check_model(generator, where)
    for entry in tone.forbidden:
        own_rule(entry, f"{where}: tone.forbidden")
    for code in tone.languages:
        if not re.fullmatch(r"[a-z]{2}", code):
            raise SettingsError(f"{where}: tone.languages names {code!r}; it must be a code of two letters such as en.")


def own_rule(entry: str, where: str = "tone.forbidden") -> re.Pattern[str] | None:
    """Return the regular expression that an entry between slashes holds, None for the name of a known promise.

    Raises:
        SettingsError: it is neither, or not a regular expression.
    """
    if entry in PROMISES:
        return None
    if len(entry) < 3 or not (entry.startswith("/") and entry.endswith("/")):
        raise SettingsError(
            f"{where} names {entry!r}; allowed: {', '.join(PROMISES)}, or a regular expression between slashes "
            "such as /price match/."
        )
    try:
        return re.compile(entry[1:-1], re.IGNORECASE)
    except re.error as exc:
        raise SettingsError(f"{where} holds {entry}, which is not a regular expression: {exc}.") from exc


def _check_model(generator: GeneratorSettings, where: str) -> None:
    if generator.backend in ("server", "transformers") and not generator.model:
        raise SettingsError(
            f"{where}: generator.backend is {generator.backend}, but generator.model is empty. Name the model, "
            "such as Qwen/Qwen2.5-1.5B-Instruct."
        )
    if generator.backend != "server":
        return
    try:
        address = urlsplit(generator.url)
        usable = address.scheme in ("http", "https") and bool(address.hostname) and address.port != 0
    except ValueError:  # half an IPv6 address, or a port that is no number
        raise SettingsError(f"{where}: generator.url cannot be read as an address. Check its host and port.") from None
    if address.username or address.password:
        # The address is shown in logs and by doctor.
        raise SettingsError(
            f"{where}: generator.url holds a user or a password. Take them out and set FRONTDESK_GENERATOR_KEY."
        )
    if not usable:
        raise SettingsError(
            f"{where}: generator.url is {generator.url!r}; the backend server needs an address such as "
            "http://127.0.0.1:8000/v1."
        )
