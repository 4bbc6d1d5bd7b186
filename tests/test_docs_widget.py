"""What docs/widget.md says can be copied: the two snippets for a shop's server, the attributes, the events."""

import json
import re
import shutil
import subprocess
import sys

from conftest import ROOT, need

from bot.gateway.identities import verified

DOCS = (ROOT / "docs" / "widget.md").read_text(encoding="utf-8")
SECRET = "a secret of two servers"
WHO = {"name": 'Änne "Ann" O\'Neill 安娜', "email": "anna@example.org"}


def snippet(language, word):
    return next(code for code in re.findall(rf"```{language}\n(.*?)```", DOCS, re.DOTALL) if word in code)


def run(*command):
    environment = {"FRONTDESK_IDENTIFY_SECRET": SECRET, "PYTHONIOENCODING": "utf-8"}
    return json.loads(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)


def test_the_python_snippet_signs_what_the_gateway_takes():
    code = snippet("python", "hmac") + f"\nprint(json.dumps(frontdesk_identity('4711', **{WHO!r})))"
    assert verified(SECRET, run(sys.executable, "-c", code)).to_dict() == {"user_id": "4711", **WHO}


def test_the_node_snippet_signs_what_the_gateway_takes():
    node = shutil.which("node")
    need(node is not None, "node")
    code = snippet("js", "createHmac") + f"\nconsole.log(JSON.stringify(frontdeskIdentity('4711', {json.dumps(WHO)})))"
    assert verified(SECRET, run(node, "-e", code)).to_dict() == {"user_id": "4711", **WHO}


def test_every_attribute_and_every_event_is_described_and_no_other():
    config = (ROOT / "bot" / "web" / "widget" / "config.js").read_text()
    read = set(re.findall(r"attributes\.(\w+)", config)) | set(re.findall(r'"(\w+)" in attributes', config))
    described = set(re.findall(r"`data-([a-z-]+)`", DOCS.partition("CSS variables")[0]))
    assert described == {re.sub("[A-Z]", lambda match: "-" + match[0].lower(), name) for name in read}
    events = (ROOT / "bot" / "web" / "widget" / "events.js").read_text()
    names = re.findall(r'"(\w+)"', re.search(r"NAMES = \[(.*?)\]", events)[1])
    table = DOCS.partition("| event |")[2].partition("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines()[2:]]
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(names)


def test_the_variables_are_those_of_the_style_sheet():
    sheet = (ROOT / "bot" / "web" / "widget" / "style.js").read_text()
    used = set(re.findall(r"var\((--frontdesk-[\w-]+)", sheet))
    assert used == set(re.findall(r"`(--frontdesk-[\w-]+)`", DOCS))


def test_the_pictures_are_small():
    pictures = re.findall(r"\]\((widget-\w+\.png)\)", DOCS)
    assert len(pictures) == 5
    assert all((ROOT / "docs" / name).stat().st_size < 120_000 for name in pictures)
