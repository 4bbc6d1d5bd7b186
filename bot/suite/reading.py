"""Suite files into stories. Strict: whatever would be checked differently from what its author meant is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from bot.errors import SuiteError
from bot.messages import RUNGS
from bot.suite.nodes import Place, read_place
from bot.suite.story import Expected, Step, Story, Suite

FILE_KEYS = ("version", "suite", "within_ms", "p95_ms")
STORY_KEYS = ("story", "steps", "must_not_say", "fresh_orders")
STEP_KEYS = ("user", "press", "times", "bot", "must_not_say", "replies", "within_ms", "handoff", "refused")
REPLY_KEYS = ("text", "pattern", "any_of", "rung", "source", "any_source", "buttons")

_BY_RASA = "`rasa test` over stories in tests/conversations checks it; a suite checks what the customer reads."
STEP_HINTS = dict.fromkeys(("intent", "action", "active_loop", "slot_was_set"), _BY_RASA)
# More than any gateway takes; keeps a slip of the pen from filling the memory.
MAX_CHARACTERS = 1_000_000


def read_suites(paths: Iterable[Path]) -> list[Suite]:
    """Read suite files, and all ``*.yml`` and ``*.yaml`` files below folders.

    Raises:
        SuiteError: a path holds no suite, or a file is not of the documented form; names file and line.
    """
    files: list[Path] = []
    for path in paths:
        found = sorted([*path.rglob("*.yml"), *path.rglob("*.yaml")]) if path.is_dir() else [path]
        if not found:
            raise SuiteError(f"There is no suite (*.yml) in {path}.")
        files += [file for file in found if file not in files]
    return [read_suite(file) for file in files]


def read_suite(path: Path) -> Suite:
    """Read one suite file.

    Raises:
        SuiteError: it is not of the documented form; names file and line.
    """
    whole = read_place(path)
    keys = whole.mapping(FILE_KEYS, {"stories": "its list of stories is called suite; stories are for `rasa test`."})
    for name in ("version", "suite"):
        if name not in keys:
            raise whole.error(f"the key {name} is missing.")
    if keys["version"].text() != "3.1":
        raise keys["version"].error(f'version is {keys["version"].text()}; it must be "3.1".')
    within = keys["within_ms"].number(1) if "within_ms" in keys else None
    stories = [_story(place, within) for place in keys["suite"].items()]
    seen: dict[str, int] = {}
    for story in stories:
        if story.name in seen:
            raise SuiteError(f"{path}:{story.line}: the name {story.name!r} is taken by line {seen[story.name]}.")
        seen[story.name] = story.line
    return Suite(path, tuple(stories), keys["p95_ms"].number(1) if "p95_ms" in keys else None)


def _story(place: Place, within: int | None) -> Story:
    keys = place.mapping(STORY_KEYS)
    for name in ("story", "steps"):
        if name not in keys:
            raise place.error(f"the key {name} is missing in this story.")
    never = keys["must_not_say"].texts() if "must_not_say" in keys else ()
    steps = tuple(_step(item, within, never) for item in keys["steps"].items())
    if steps[0].press:
        raise place.error("the first step presses a button, and nothing has shown one yet.")
    fresh = keys["fresh_orders"].truth() if "fresh_orders" in keys else False
    return Story(keys["story"].text(), place.path, place.line, steps, fresh)


def _step(place: Place, within: int | None, never: tuple[str, ...]) -> Step:
    keys = place.mapping(STEP_KEYS, STEP_HINTS)
    if ("user" in keys) == ("press" in keys):
        raise place.error("a step needs either user (a text) or press (the title of a button).")
    refused = keys["refused"].text() if "refused" in keys else ""
    if refused and (wrong := [name for name in ("bot", "replies", "handoff", "must_not_say") if name in keys]):
        raise place.error(f"a message that is refused gets no reply, so {wrong[0]} cannot be checked with it.")
    if not never and not any(name in keys for name in STEP_KEYS[3:]):
        raise place.error("this step checks nothing; add bot, must_not_say, replies, within_ms, handoff or refused.")
    return Step(
        line=place.line,
        said=_said(keys),
        press="press" in keys,
        bot=tuple(_expected(item) for item in keys["bot"].items()) if "bot" in keys else (),
        must_not_say=(*never, *(keys["must_not_say"].texts() if "must_not_say" in keys else ())),
        replies=keys["replies"].number(0) if "replies" in keys else None,
        within_ms=keys["within_ms"].number(1) if "within_ms" in keys else within,
        handoff=keys["handoff"].truth() if "handoff" in keys else None,
        refused=refused,
    )


def _said(keys: dict[str, Place]) -> str:
    said = (keys.get("user") or keys["press"]).text()
    if "times" not in keys:
        return said
    times = keys["times"].number(2)
    if "press" in keys:
        raise keys["times"].error("a button is pressed once; times is for user.")
    if times * len(said) > MAX_CHARACTERS:
        raise keys["times"].error(f"the text would have {times * len(said)} characters; at most {MAX_CHARACTERS}.")
    return said * times


def _expected(place: Place) -> Expected:
    keys = place.mapping(REPLY_KEYS)
    if not keys:
        raise place.error("this reply checks nothing.")
    rungs = keys["rung"].texts() if "rung" in keys else ()
    for rung in rungs:
        if rung not in RUNGS:
            raise keys["rung"].error(f"rung is {rung!r}; it must be one of {', '.join(RUNGS)}.")
    return Expected(
        line=place.line,
        texts=_texts(keys, "text"),
        pattern=_pattern(keys["pattern"]) if "pattern" in keys else None,
        any_of=_texts(keys, "any_of"),
        rungs=rungs,
        sources=_texts(keys, "source"),
        any_source=_texts(keys, "any_source"),
        buttons=_texts(keys, "buttons"),
    )


def _texts(keys: dict[str, Place], name: str) -> tuple[str, ...]:
    return keys[name].texts() if name in keys else ()


def _pattern(place: Place) -> re.Pattern[str]:
    try:
        return re.compile(place.text(), re.IGNORECASE | re.DOTALL)
    except re.error as exc:
        raise place.error(f"the pattern {place.text()!r} is no regular expression: {exc}.") from exc
