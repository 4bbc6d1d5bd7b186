"""``frontdesk test`` and ``frontdesk evaluate understanding`` from the outside: exit codes, output, files."""

import json
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from conftest import ROOT
from gateway_world import start
from test_suite_reading import written

PASSING = 'version: "3.1"\nsuite:\n- story: greets\n  steps:\n  - user: hello\n    bot: [{text: You said hello}]\n'
FAILING = PASSING + "- story: fails\n  steps:\n  - user: hello\n    bot: [{text: goodbye}]\n"


def frontdesk(*arguments, seconds=60):
    command = [sys.executable, "-m", "bot", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=seconds)


@pytest.fixture
async def url(aiohttp_client, aiohttp_server, tmp_path):
    world = await start(aiohttp_client, aiohttp_server, tmp_path / "var")
    return str(world.client.make_url(""))


async def command(*arguments):
    """The gateway runs in this process, so the command must not block it."""
    import asyncio

    return await asyncio.to_thread(frontdesk, *arguments)


async def test_all_passed(url, tmp_path):
    path = written(tmp_path, PASSING)
    done = await command("test", path, "--url", url, "--junit", tmp_path / "j.xml", "--html", tmp_path / "p.html")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 of 1 stories passed, 0 failed" in done.stdout
    assert ElementTree.parse(tmp_path / "j.xml").getroot().get("tests") == "1" and (tmp_path / "p.html").exists()


async def test_a_failure_is_told_and_is_exit_code_1(url, tmp_path):
    done = await command("test", written(tmp_path, FAILING), "--url", url)
    assert done.returncode == 1
    assert "customer says: hello" in done.stdout and 'does not say "goodbye"' in done.stdout
    assert "1 of 2 stories passed, 1 failed" in done.stdout


async def test_one_story_by_name_and_as_json(url, tmp_path):
    done = await command("test", written(tmp_path, FAILING), "--url", url, "-k", "GREET", "--json")
    assert done.returncode == 0
    data = json.loads(done.stdout)
    assert (data["ok"], data["stories"], data["files"][0]["stories"][0]["story"]) == (True, 1, "greets")


@pytest.mark.parametrize(
    ("text", "arguments", "says"),
    [
        (PASSING.replace("bot:", "robot:"), [], "s.yml:6: robot is no key"),
        (PASSING, ["-k", "nothing like it"], "No story's name holds"),
        (PASSING, ["--url", "http://127.0.0.1:9"], "does not answer"),
    ],
)
def test_what_cannot_run_is_exit_code_2(tmp_path, text, arguments, says):
    done = frontdesk("test", written(tmp_path, text), *(arguments or ["--url", "http://127.0.0.1:9"]))
    assert done.returncode == 2 and says in done.stderr and "Traceback" not in done.stderr


def test_understanding_from_a_file(tmp_path):
    rows = tmp_path / "rows.jsonl"
    row = {"text": "where is it", "intent": "track", "predicted": "cancel", "confidence": 0.7}
    rows.write_text(json.dumps(row) + "\n" + json.dumps({**row, "predicted": "track"}))
    done = frontdesk("evaluate", "understanding", rows, "--html", tmp_path / "u.html")
    assert done.returncode == 0, done.stderr
    assert "0.5000" in done.stdout and "1 x track taken for cancel: 'where is it'" in done.stdout
    assert "confusion matrix" in (tmp_path / "u.html").read_text()
    assert json.loads(frontdesk("evaluate", "understanding", rows, "--json").stdout)["messages"] == 2
