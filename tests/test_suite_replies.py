"""Every story of tests/suites, played through a whole running Frontdesk: real gateway, dialogue, tickets and orders."""

import asyncio

from conftest import ROOT

from bot.suite.reading import read_suites
from bot.suite.running import Plan, run
from bot.suite.transcript import failures

AT_LEAST = 85


def test_the_customer_reads_what_the_suites_say(frontdesk):
    def freshen():
        (frontdesk.var / "demo_shop.db").unlink(missing_ok=True)

    suites = read_suites([ROOT / "tests" / "suites"])
    result = asyncio.run(run(suites, frontdesk.url, Plan(jobs=3, freshen=freshen)))
    assert result.passed, "\n\n".join(failures(result))
    assert result.counts()["passed"] >= AT_LEAST
