"""Opens the generator that settings name, with its limits, its cache and the composer that goes on where it fails."""

from __future__ import annotations

import functools
import logging

from bot.answering.extractive import ExtractiveComposer
from bot.answering.generation.cache import CachedGenerator
from bot.answering.generation.fallback import FallbackGenerator
from bot.answering.generation.pretrained import TransformersGenerator, check_installed, check_source
from bot.answering.generation.prompt import Rules
from bot.answering.generation.server import ServerGenerator
from bot.answering.generation.worker import BoundedGenerator
from bot.answering.generator import Generator
from bot.answering.reading import Reader
from bot.errors import GenerationError
from bot.settings import Settings

log = logging.getLogger(__name__)


def open_generator(settings: Settings, reader: Reader) -> Generator:
    """Return the generator that settings name; one that cannot be opened now is replaced by the extractive composer.

    The cache begins empty: it is made for one release of the index.

    Raises:
        SettingsError: settings name what cannot work, or a package is missing.
    """
    last = ExtractiveComposer(reader)
    if settings.generator.backend == "extractive":
        return last
    try:
        first = _named(settings, reader)
    except GenerationError as exc:
        log.warning("no generator, %s composes in its place: %s", last.name, exc)
        return last
    size = settings.generator.cache_size
    return FallbackGenerator(CachedGenerator(first, size) if size else first, last)


def weights_in_use(settings: Settings) -> str:
    """Return what changes when the team's weights are installed or taken out again; the same for other backends."""
    from bot.answering.generation.small import TEAM

    if settings.generator.backend != "small":
        return ""
    try:
        found = (settings.var / "generator" / TEAM).stat()
    except OSError:
        return ""
    return f"{found.st_ino}-{found.st_mtime_ns}-{found.st_size}"


def check_generator(settings: Settings, reader: Reader) -> str:
    """Return in words what would compose answers, for ``doctor``; loads no model of others.

    Raises:
        SettingsError: settings name what cannot work, or a package is missing.
        GenerationError: it cannot be reached or opened.
    """
    named = settings.generator
    if named.backend == "extractive":
        return "extractive: chooses sentences of past answers, writes none"
    if named.backend == "server":
        server = _new_server(settings)
        try:
            return f"server, {server.check()}"
        finally:
            server.close()
    if named.backend == "transformers":
        check_installed(named.adapter)
        for source in (named.model, named.adapter):
            check_source(source)
        return f"transformers, {named.model}" + (f" with {named.adapter}" if named.adapter else "")
    return _new_small(settings, reader).name


def rules_of(settings: Settings) -> Rules:
    """Return what an instruction model is told of the settings."""
    return Rules(settings.generator.max_words, settings.tone.formality, settings.tone.forbidden)


def _named(settings: Settings, reader: Reader) -> Generator:
    if settings.generator.backend == "server":
        return _server(settings)
    if settings.generator.backend == "transformers":
        return _transformers(settings)
    return _new_small(settings, reader)


def _new_small(settings: Settings, reader: Reader) -> Generator:
    from bot.answering.generation.small import SmallGenerator

    seconds = _limit(settings)
    small = SmallGenerator.open(settings.var, reader, threads=settings.answers.threads, seconds=seconds)
    return BoundedGenerator(small, seconds)


# Kept for the life of the process: a model takes long to load, and a server has its connections.
@functools.lru_cache(maxsize=1)
def _server(settings: Settings) -> ServerGenerator:
    return _new_server(settings)


@functools.lru_cache(maxsize=1)
def _transformers(settings: Settings) -> TransformersGenerator:
    named = settings.generator
    return TransformersGenerator.open(
        named.model,
        named.adapter,
        threads=settings.answers.threads,
        rules=rules_of(settings),
        seconds=_limit(settings),
    )


def _new_server(settings: Settings) -> ServerGenerator:
    named = settings.generator
    return ServerGenerator(
        named.url,
        named.model,
        key=settings.secrets.generator_key,
        rules=rules_of(settings),
        seconds=_limit(settings),
    )


def _limit(settings: Settings) -> float:
    return settings.generator.limit(settings.answers.timeout_seconds)
