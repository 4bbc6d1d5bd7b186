"""The example in docs/testing.md runs as it stands, and the page names every key and option."""

import asyncio
import re

from conftest import ROOT

from bot.commands.test import test as command
from bot.suite import reading
from bot.suite.running import Plan, run
from bot.suite.transcript import failures

PAGE = (ROOT / "docs" / "testing.md").read_text()


def test_every_key_and_option_is_described():
    keys = {*reading.STORY_KEYS, *reading.STEP_KEYS, *reading.REPLY_KEYS, *reading.FILE_KEYS}
    options = {option for parameter in command.params for option in parameter.opts if option.startswith("-")}
    prose = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
    named = set(re.findall(r"[a-z0-9_-]+", " ".join(re.findall(r"`([^`]+)`", prose))))
    assert keys - named == {"version", "suite"}, "only these two are explained by the example alone"
    assert {option for option in options if option not in PAGE} == set()


def test_the_example_runs(frontdesk, tmp_path):
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "my_suite.yml"
    path.write_text(example)
    result = asyncio.run(run([reading.read_suite(path)], frontdesk.url, Plan()))
    assert result.passed, "\n".join(failures(result))
