"""Suite files: what they may say, and that a slip is refused with its line."""

import re

import pytest

from bot.errors import SuiteError
from bot.suite.reading import read_suite, read_suites

GOOD = """
version: "3.1"
within_ms: 900
p95_ms: 500
suite:
- story: cancels
  must_not_say: refund
  fresh_orders: true
  steps:
  - user: never mind
    bot:
    - text: [Shall I, Emberlite]
      pattern: 'FH-\\d{6}'
      any_of: [sorry]
      rung: [template, ticket]
      source: T-1
      any_source: [T-2, T-3]
      buttons: [Yes, No]
    must_not_say: [2026-03-01, on]
    handoff: false
  - press: No
    replies: 0
    within_ms: 50
  - user: "ab "
    times: 3
    refused: text_too_long
"""


def written(tmp_path, text, name="s.yml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_is_read_as_it_was_written(tmp_path):
    suite = read_suite(written(tmp_path, GOOD))
    story = suite.stories[0]
    first, second, third = story.steps
    assert (suite.p95_ms, story.name, story.line, story.fresh_orders) == (500, "cancels", 6, True)
    assert (first.said, first.press, first.handoff, first.within_ms) == ("never mind", False, False, 900)
    assert first.must_not_say == ("refund", "2026-03-01", "on")
    expected = first.bot[0]
    assert expected.texts == ("Shall I", "Emberlite")
    assert expected.pattern is not None and expected.pattern.search("fh-204817")
    assert (expected.any_of, expected.rungs) == (("sorry",), ("template", "ticket"))
    assert (expected.sources, expected.any_source) == (("T-1",), ("T-2", "T-3"))
    assert (expected.buttons, expected.line) == (("Yes", "No"), 12)
    assert (second.said, second.press, second.replies, second.within_ms) == ("No", True, 0, 50)
    assert (third.said, third.refused) == ("ab ab ab ", "text_too_long")


STORY = 'version: "3.1"\nsuite:\n- story: a\n  steps:\n'
STEP = STORY + "  - user: hello\n"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", None, "is empty"),
        ("- a\n", 1, "it must be keys with values"),
        ('version: "3.1"\n', 1, "suite is missing"),
        ('version: "2.0"\nsuite: []\n', 1, 'must be "3.1"'),
        ('version: "3.1"\nsuite: []\n', 2, "at least one entry"),
        ('version: "3.1"\nstories: []\n', 2, "rasa test"),
        ('version: "3.1"\nsuite:\n- steps: []\n', 3, "story is missing"),
        (STORY.replace("steps:", "steps: 3"), 4, "it must be a list"),
        (STEP, 5, "checks nothing"),
        (STEP + "    bot: []\n", 6, "at least one entry"),
        (STEP + "    bot:\n    - {}\n", 7, "checks nothing"),
        (STEP + "    bot:\n    - text:\n", 7, "it must be a text"),
        (STEP + "    bot:\n    - text: {a: b}\n", 7, "it must be a text"),
        (STEP + "    bot:\n    - txt: hi\n", 7, "txt is no key"),
        (STEP + "    bot:\n    - pattern: '('\n", 7, "no regular expression"),
        (STEP + "    bot:\n    - rung: oracle\n", 7, "must be one of template"),
        (STEP + "    intent: greet\n", 6, "rasa test"),
        (STEP + "    handoff: Yes\n", 6, "true or false"),
        (STEP + "    replies: -1\n", 6, "a whole number from 0"),
        (STEP + "    within_ms: 0\n", 6, "a whole number from 1"),
        (STEP + "    within_ms: 1.5\n", 6, "a whole number"),
        (STEP + "    replies: 1\n    replies: 2\n", 7, "twice"),
        (STEP + "    refused: text_too_long\n    replies: 1\n", 5, "gets no reply"),
        (STEP + "    press: Yes\n    replies: 1\n", 5, "either user"),
        (STEP + "    times: 999999\n    replies: 1\n", 6, "at most"),
        (STORY + "  - press: Yes\n    replies: 1\n", 3, "nothing has shown one"),
        (STEP + "    replies: 1\n- story: a\n  steps:\n  - user: b\n    replies: 1\n", 7, "is taken by line 3"),
        (STEP + "    replies: [\n", None, "not YAML"),
    ],
)
def test_a_slip_is_refused_with_its_line(tmp_path, text, line, says):
    with pytest.raises(SuiteError, match=re.escape(says)) as caught:
        read_suite(written(tmp_path, text))
    assert f"s.yml{'' if line is None else f':{line}:'}" in str(caught.value)


def test_folders_are_read_whole_and_each_file_once(tmp_path):
    one, two = written(tmp_path, STEP + "    replies: 1\n", "one.yml"), tmp_path / "two.yaml"
    two.write_text(one.read_text())
    assert [suite.path for suite in read_suites([one, tmp_path])] == [one, two]


def test_a_folder_without_suites_is_refused(tmp_path):
    with pytest.raises(SuiteError, match="no suite"):
        read_suites([tmp_path])


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "s.yml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SuiteError, match="cannot be read"):
        read_suite(path)
