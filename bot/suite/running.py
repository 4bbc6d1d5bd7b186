"""Plays stories against a gateway: a few sessions at once, those that change orders alone and on fresh orders."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.client import Client
from bot.suite.checks import problems_of
from bot.suite.client import Answer, Visitor, gateway
from bot.suite.results import Outcome, Round, RunResult, SuiteResult, Turn
from bot.suite.story import Step, Story, Suite

NO_SHOP = "it changes orders, and the demo shop of this gateway is out of reach; name its folder with --var"


@dataclass(frozen=True)
class Plan:
    """How to run. ``freshen`` puts the demo shop back as it was delivered, None when nobody here can do that."""

    jobs: int = 1
    repeat: int = 1
    freshen: Callable[[], None] | None = None
    progress: Callable[[int], None] = field(default=lambda _done: None)


async def run(suites: Sequence[Suite], url: str, plan: Plan) -> RunResult:
    """Play every story ``plan.repeat`` times.

    Raises:
        ServiceUnavailable: the gateway does not answer.
    """
    began = time.monotonic()
    stories = [story for suite in suites for story in suite.stories]
    async with gateway(url) as client:
        outcomes = await _Player(client, plan).play(stories)
    results = [SuiteResult(suite, tuple(one for one in outcomes if one.story.path == suite.path)) for suite in suites]
    return RunResult(tuple(results), time.monotonic() - began)


class _Player:
    def __init__(self, client: Client, plan: Plan) -> None:
        self._client = client
        self._plan = plan
        self._slots = asyncio.Semaphore(plan.jobs)
        self._done = 0

    async def play(self, stories: Sequence[Story]) -> list[Outcome]:
        """Play all stories and return their outcomes in the same order."""
        self._freshen()
        quiet = [story for story in stories if not story.fresh_orders]
        played = list(await asyncio.gather(*map(self._at_once, quiet)))
        played += [await self._alone(story) for story in stories if story.fresh_orders]
        self._freshen()
        return sorted(played, key=lambda outcome: stories.index(outcome.story))

    async def _at_once(self, story: Story) -> Outcome:
        async with self._slots:
            return self._count(Outcome(story, tuple([await self._round(story) for _ in range(self._plan.repeat)])))

    async def _alone(self, story: Story) -> Outcome:
        if self._plan.freshen is None:
            return self._count(Outcome(story, skipped=NO_SHOP))
        rounds = []
        for _ in range(self._plan.repeat):
            self._freshen()
            rounds.append(await self._round(story))
        return self._count(Outcome(story, tuple(rounds)))

    def _freshen(self) -> None:
        if self._plan.freshen is not None:
            self._plan.freshen()

    def _count(self, outcome: Outcome) -> Outcome:
        self._done += 1
        self._plan.progress(self._done)
        return outcome

    async def _round(self, story: Story) -> Round:
        began = time.monotonic()
        visitor = Visitor(await self._client.session())
        turns: list[Turn] = []
        for step in story.steps:
            turns.append(await _take(step, visitor))
            if turns[-1].problems:
                break  # what follows would only fail because of this
        return Round(tuple(turns), time.monotonic() - began)


async def _take(step: Step, visitor: Visitor) -> Turn:
    said = visitor.payload(step.said) if step.press else step.said
    if said is None:
        return Turn(step, Answer(), (f'no button "{step.said}" was shown just before',))
    answer = await visitor.say(said)
    return Turn(step, answer, tuple(problems_of(step, answer)))
