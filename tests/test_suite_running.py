"""Stories played against the real gateway with a scripted dialogue behind it."""

import asyncio
import json
from xml.etree import ElementTree

import pytest
from gateway_world import start
from test_suite_reading import written

from bot.errors import ServiceUnavailable
from bot.suite.junit import write_junit
from bot.suite.page import write_page
from bot.suite.reading import read_suite
from bot.suite.results import percentile
from bot.suite.running import Plan, run
from bot.suite.transcript import document, failures


@pytest.fixture
async def world(aiohttp_client, aiohttp_server, tmp_path):
    return await start(aiohttp_client, aiohttp_server, tmp_path / "var")


def suite_of(tmp_path, *stories, head="", name="s.yml"):
    body = "".join(f"- story: story {number}\n{story}" for number, story in enumerate(stories))
    return read_suite(written(tmp_path, f'version: "3.1"\n{head}suite:\n{body}', name))


def says(text, checks, more=""):
    return f"  {more}\n  steps:\n  - user: {text}\n{checks}" if more else f"  steps:\n  - user: {text}\n{checks}"


async def play(world, *suites, **plan):
    return await run(suites, str(world.client.make_url("")), Plan(**plan))


async def test_what_holds_passes(world, tmp_path):
    suite = suite_of(
        tmp_path,
        says("two", "    bot: [{text: You said two}, {text: And more}]\n    replies: 2\n    within_ms: 5000\n"),
        says("ask", "    bot: [{buttons: [Yes, No]}]\n  - press: Yes\n    bot: [{text: said /affirm}]\n"),
        says("person", "    handoff: true\n  - user: hello\n    handoff: true\n"),
        says("ab", "    times: 3000\n    refused: text_too_long\n"),
    )
    result = await play(world, suite, jobs=3)
    assert failures(result) == []
    counts = result.counts()
    assert (counts["stories"], counts["passed"], counts["failed"], counts["steps"]) == (4, 4, 0, 6)


async def test_a_failure_shows_the_conversation_and_stops_there(world, tmp_path):
    suite = suite_of(
        tmp_path,
        says("hello", "    replies: 1\n  - user: two\n    bot: [{text: nothing}]\n  - user: never\n    replies: 1\n"),
    )
    result = await play(world, suite)
    (block,) = failures(result)
    assert not result.passed
    assert block.splitlines()[0] == f"FAILED {tmp_path}/s.yml:3  story 0"
    assert "customer says: hello\n  bot (template): You said hello" in block
    assert 'line 8: reply 1 does not say "nothing"' in block
    assert "never" not in block and [turn["text"] for turn in world.worker.heard] == ["hello", "two"]


async def test_a_button_that_was_not_shown(world, tmp_path):
    suite = suite_of(tmp_path, says("ask", "    replies: 1\n  - press: Perhaps\n    replies: 1\n"))
    assert 'no button "Perhaps" was shown' in failures(await play(world, suite))[0]


async def test_rounds_that_differ_fail(world, tmp_path):
    suite = suite_of(tmp_path, says("hello", "    must_not_say: x\n"), says("changes", "    must_not_say: x\n"))
    scripts = iter(["ask", "two", "two"])
    ordinary = world.worker._lines
    world.worker._lines = lambda words: ordinary(next(scripts) if words == "changes" else words)
    result = await play(world, suite, repeat=3)
    (block,) = failures(result)
    assert "story 1" in block and "round 1: [template] 'Shall I?'" in block
    assert block.count("answered differently") == 2


async def test_a_rate_limit_is_waited_for(aiohttp_client, aiohttp_server, tmp_path):
    world = await start(aiohttp_client, aiohttp_server, tmp_path / "var", messages_per_minute=60)
    steps = "    replies: 1\n" + "  - user: again\n    replies: 1\n    within_ms: 900\n" * 61
    result = await play(world, suite_of(tmp_path, says("hello", steps)))
    assert result.passed and result.seconds >= 1, failures(result)


async def test_stories_that_change_orders_run_alone_on_a_fresh_shop(world, tmp_path):
    quiet = says("hello", "    replies: 1\n")
    fresh = says("wait here", "    replies: 1\n", "fresh_orders: true")
    freshened = []

    def freshen():
        freshened.append(world.worker.working)
        world.worker.release.set()

    suite = suite_of(tmp_path, fresh, quiet, fresh, quiet)
    result = await play(world, suite, jobs=4, repeat=2, freshen=freshen)
    assert result.passed
    assert [one.story.name for one in result.outcomes] == [f"story {number}" for number in range(4)]
    # Before all, before each of two rounds of two stories, after all; and never beside a running turn.
    assert freshened == [0] * 6


async def test_without_a_shop_they_are_skipped_and_say_so(world, tmp_path):
    suite = suite_of(tmp_path, says("hello", "    replies: 1\n", "fresh_orders: true"))
    result = await play(world, suite)
    assert result.passed and result.counts()["skipped"] == 1 and world.worker.heard == []


async def test_several_conversations_at_once_and_no_more(world, tmp_path):
    suite = suite_of(tmp_path, *[says("wait", "    replies: 1\n")] * 5)
    running = asyncio.create_task(play(world, suite, jobs=2))
    while world.worker.working < 2:  # noqa: ASYNC110 - the fake tells nobody
        await asyncio.sleep(0.01)
    world.worker.release.set()
    assert (await running).passed and world.worker.most_working == 2


async def test_a_file_that_is_too_slow_fails(world, tmp_path):
    result = await play(world, suite_of(tmp_path, says("hello", "    replies: 1\n"), head="p95_ms: 1\n"))
    assert not result.passed and "1 ms are allowed" in failures(result)[0]


async def test_no_gateway(tmp_path, unused_tcp_port):
    suite = suite_of(tmp_path, says("hello", "    replies: 1\n"))
    with pytest.raises(ServiceUnavailable, match="does not answer"):
        await run([suite], f"http://127.0.0.1:{unused_tcp_port}", Plan())


async def test_reports(world, tmp_path):
    hostile = "'<script>alert(1)</script> ]]> \U0001f600'"
    bad = says(hostile, "    bot: [{text: 'no <b>'}]\n")
    suite = suite_of(
        tmp_path,
        says("hello", "    replies: 1\n"),
        bad,
        says("a", "    replies: 1\n", "fresh_orders: true"),
        head="p95_ms: 1\n",
    )
    result = await play(world, suite)
    write_junit(result, tmp_path / "out" / "junit.xml")
    root = ElementTree.parse(tmp_path / "out" / "junit.xml").getroot()
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("4", "2", "1")
    assert cases["story 0"].find("failure") is None and cases["story 2"].find("skipped") is not None
    assert "<script>alert(1)</script> ]]> \U0001f600" in (cases["story 1"].find("failure").text or "")
    assert cases["p95 of all steps"].find("failure") is not None
    write_page(result, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "<script" not in page and "&lt;script&gt;alert(1)" in page and "http" not in page
    data = json.loads(json.dumps(document(result)))
    assert (data["ok"], data["failed"]) == (False, 1)
    assert [story["state"] for story in data["files"][0]["stories"]] == ["passed", "failed", "skipped"]


@pytest.mark.parametrize(
    ("values", "share", "value"), [([], 95, 0), ([3], 50, 3), ([4, 1, 2, 3], 50, 2), (range(1, 101), 95, 95)]
)
def test_percentiles_are_nearest_ranks(values, share, value):
    assert percentile(values, share) == value
