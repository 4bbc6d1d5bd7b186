"""The result of a run as JUnit XML, the form that CI servers read: a test suite per file, a test case per story."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from bot.suite.results import Outcome, RunResult, SuiteResult
from bot.suite.transcript import failure

# XML 1.0 has no way to hold these, and a customer's text may.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(result: RunResult, path: Path) -> None:
    """Write the XML file, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    root = ElementTree.Element("testsuites", name="frontdesk", time=f"{result.seconds:.3f}")
    for suite in result.suites:
        root.append(_suite(suite))
    for name in ("tests", "failures", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _suite(result: SuiteResult) -> ElementTree.Element:
    cases = [_case(outcome) for outcome in result.outcomes]
    if result.suite.p95_ms is not None:
        slow = result.too_slow()
        cases.append(_named("p95 of all steps", result.suite.path, 0.0))
        if slow:
            ElementTree.SubElement(cases[-1], "failure", message=slow)
    element = ElementTree.Element(
        "testsuite",
        name=_clean(str(result.suite.path)),
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        skipped=str(sum(case.find("skipped") is not None for case in cases)),
        errors="0",
        time=f"{sum(outcome.seconds for outcome in result.outcomes):.3f}",
    )
    element.extend(cases)
    return element


def _case(outcome: Outcome) -> ElementTree.Element:
    case = _named(outcome.story.name, outcome.story.path, outcome.seconds)
    case.set("file", _clean(str(outcome.story.path)))
    case.set("line", str(outcome.story.line))
    if outcome.skipped:
        ElementTree.SubElement(case, "skipped", message=_clean(outcome.skipped))
    elif outcome.failed:
        problems = [problem for one in outcome.rounds for problem in one.problems] or outcome.differences()
        element = ElementTree.SubElement(case, "failure", message=_clean(problems[0]))
        element.text = _clean(failure(outcome))
    return case


def _named(name: str, path: Path, seconds: float) -> ElementTree.Element:
    return ElementTree.Element("testcase", name=_clean(name), classname=_clean(path.stem), time=f"{seconds:.3f}")


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
