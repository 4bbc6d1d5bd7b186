"""What came of a run: per story its rounds, per round its turns; times and differences are drawn from these."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.messages import Reply
from bot.suite.client import Answer
from bot.suite.story import Step, Story, Suite


@dataclass(frozen=True)
class Turn:
    """One step that was taken, with what is wrong with its answer."""

    step: Step
    answer: Answer
    problems: tuple[str, ...] = ()

    def decision(self) -> tuple[Any, ...]:
        """Return what must be the same each time: all but the wording of templates, which have variants."""
        return (self.answer.refused, self.answer.handed_over, *map(_decision, self.answer.replies))


@dataclass(frozen=True)
class Round:
    """One passage through a story, up to the first step that failed; ``seconds`` is its whole time."""

    turns: tuple[Turn, ...]
    seconds: float

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the last step that was taken."""
        return self.turns[-1].problems if self.turns else ()


@dataclass(frozen=True)
class Outcome:
    """All rounds of one story, or why it was skipped."""

    story: Story
    rounds: tuple[Round, ...] = ()
    skipped: str = ""

    @property
    def failed(self) -> bool:
        """Whether a round failed, or rounds differ."""
        return any(one.problems for one in self.rounds) or bool(self.differences())

    @property
    def seconds(self) -> float:
        """The time of all rounds."""
        return sum(one.seconds for one in self.rounds)

    def differences(self) -> list[str]:
        """Return where a later round was answered otherwise than the first, in words."""
        found = []
        for number, later in enumerate(self.rounds[1:], start=2):
            for first, turn in zip(self.rounds[0].turns, later.turns, strict=False):
                if turn.decision() != first.decision():
                    said = f"line {turn.step.line}, round 1: {_summary(first)}; round {number}: {_summary(turn)}"
                    found.append(said)
                    break
        return found


@dataclass(frozen=True)
class SuiteResult:
    """All outcomes of one file, in its order."""

    suite: Suite
    outcomes: tuple[Outcome, ...]

    def times(self) -> list[float]:
        """Return the milliseconds of every answered step."""
        return [turn.answer.milliseconds for one in self.outcomes for round_ in one.rounds for turn in round_.turns]

    def too_slow(self) -> str:
        """Say that the file's p95 is above its budget; empty when it is not, or has none."""
        budget, times = self.suite.p95_ms, self.times()
        if budget is None or not times or percentile(times, 95) <= budget:
            return ""
        return f"the p95 of {len(times)} steps is {percentile(times, 95):.0f} ms; {budget} ms are allowed"


@dataclass(frozen=True)
class RunResult:
    """A whole run; ``seconds`` is from the first message to the last reply."""

    suites: tuple[SuiteResult, ...]
    seconds: float

    @property
    def outcomes(self) -> list[Outcome]:
        """Every story of every file."""
        return [outcome for result in self.suites for outcome in result.outcomes]

    @property
    def passed(self) -> bool:
        """Whether nothing failed and no file was too slow; skipped stories do not count."""
        return not any(one.failed for one in self.outcomes) and not any(one.too_slow() for one in self.suites)

    def counts(self) -> dict[str, Any]:
        """Return the figures of the run: stories by result, steps, p50 and p95 in milliseconds, seconds."""
        times = [time for result in self.suites for time in result.times()]
        failed = sum(one.failed for one in self.outcomes)
        skipped = sum(bool(one.skipped) for one in self.outcomes)
        return {
            "stories": len(self.outcomes),
            "passed": len(self.outcomes) - failed - skipped,
            "failed": failed,
            "skipped": skipped,
            "steps": len(times),
            "p50_ms": round(percentile(times, 50), 1),
            "p95_ms": round(percentile(times, 95), 1),
            "seconds": round(self.seconds, 2),
        }


def percentile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that ``share`` percent of all values do not exceed (nearest rank); 0 for none."""
    ordered: Sequence[float] = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)] if ordered else 0.0


def _decision(reply: Reply) -> tuple[Any, ...]:
    titles = tuple(button.title for button in reply.buttons)
    ids = tuple(source.id for source in reply.sources)
    return (reply.rung, ids, titles, "" if reply.rung == "template" else reply.text)


def _summary(turn: Turn) -> str:
    if turn.answer.refused:
        return f"refused with {turn.answer.refused}"
    replies = [f"[{reply.rung}] {reply.text[:120]!r}" for reply in turn.answer.replies]
    return " + ".join(replies) or "silence"
