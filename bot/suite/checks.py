"""Compares what the bot answered with what a step expects, and says in words what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.messages import Reply
from bot.suite.client import Answer
from bot.suite.story import Expected, Step


def problems_of(step: Step, answer: Answer) -> list[str]:
    """Return what is wrong with the answer to one step, nothing when all holds."""
    if answer.refused or step.refused:
        return _refusal(step, answer)
    return [
        *_expected(step.bot, answer.replies),
        *_never(step.must_not_say, answer.replies),
        *_numbers(step, answer),
    ]


def faults(expected: Expected, reply: Reply) -> list[str]:
    """Return why a reply is not the expected one, nothing when it is."""
    text, ids = plain(reply.text), [source.id for source in reply.sources]
    titles = [plain(button.title) for button in reply.buttons]
    found = [f'does not say "{part}"' for part in expected.texts if plain(part) not in text]
    if expected.pattern is not None and not expected.pattern.search(reply.text):
        found.append(f"does not match {expected.pattern.pattern!r}")
    if expected.any_of and not any(plain(part) in text for part in expected.any_of):
        found.append(f"says none of {_listed(expected.any_of)}")
    if expected.rungs and reply.rung not in expected.rungs:
        found.append(f"is of the rung {reply.rung}, not {' or '.join(expected.rungs)}")
    if missing := [name for name in expected.sources if name not in ids]:
        found.append(f"does not rest on {', '.join(missing)}, but on {', '.join(ids) or 'no ticket'}")
    if expected.any_source and not set(expected.any_source) & set(ids):
        found.append(f"rests on none of {', '.join(expected.any_source)}, but on {', '.join(ids) or 'no ticket'}")
    if missing := [title for title in expected.buttons if plain(title) not in titles]:
        shown = _listed(button.title for button in reply.buttons)
        found.append(f"has no button {_listed(missing)}, but {shown or 'none'}")
    return found


def plain(text: str) -> str:
    """Return a text without what never counts: case, kinds and amounts of white space."""
    return " ".join(text.casefold().split())


def _expected(wanted: Sequence[Expected], replies: Sequence[Reply]) -> list[str]:
    """Find a reply for each expectation, in order; what was found last need not be found again."""
    problems, start = [], 0
    for expected in wanted:
        fitting = [at for at in range(start, len(replies)) if not faults(expected, replies[at])]
        if fitting:
            start = fitting[0] + 1
            continue
        problems.append(f"line {expected.line}: {_nearest(expected, replies, start)}")
    return problems


def _nearest(expected: Expected, replies: Sequence[Reply], start: int) -> str:
    """Say why no reply fits, by the one that comes nearest."""
    if any(not faults(expected, reply) for reply in replies[:start]):
        return "the reply is there, but before another one that should come first"
    if start == len(replies):
        return f"a reply is missing; the bot sent {len(replies)}"
    at = min(range(start, len(replies)), key=lambda at: len(faults(expected, replies[at])))
    return f"reply {at + 1} {' and '.join(faults(expected, replies[at]))}"


def _never(words: Sequence[str], replies: Sequence[Reply]) -> list[str]:
    problems = []
    for at, reply in enumerate(replies, start=1):
        places = [("text", reply.text), *(("button", button.title) for button in reply.buttons)]
        places += [(f"source {source.id}", f"{source.title} {source.excerpt}") for source in reply.sources]
        for word in words:
            said = [where for where, text in places if plain(word) in plain(text)]
            problems += [f'reply {at} must not say "{word}" ({where})' for where in said]
    return problems


def _numbers(step: Step, answer: Answer) -> list[str]:
    problems = []
    if step.replies is not None and len(answer.replies) != step.replies:
        problems.append(f"the bot sent {len(answer.replies)} replies, not {step.replies}")
    if step.handoff is not None and answer.handed_over != step.handoff:
        problems.append("a person was asked for" if answer.handed_over else "no person was asked for; the bot goes on")
    if step.within_ms is not None and answer.milliseconds > step.within_ms:
        problems.append(f"took {answer.milliseconds:.0f} ms; {step.within_ms} ms are allowed")
    return problems


def _refusal(step: Step, answer: Answer) -> list[str]:
    if answer.refused == step.refused:
        return []
    if not answer.refused:
        return [f"the message was taken; it should be refused with {step.refused}"]
    wanted = f", not with {step.refused}" if step.refused else ""
    return [f"the message was refused with {answer.refused}{wanted}: {answer.reason}"]


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(f'"{text}"' for text in texts)
