"""`frontdesk rasa`: which models and configurations a command line of Rasa names."""

import io
import json
import subprocess
import sys
import tarfile

import pytest
from conftest import ROOT

from bot.commands.rasa import components_named

CONFIG = "pipeline: [{{name: {0}}}]\npolicies: [{{name: RulePolicy}}]\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with two configurations and two models, the newer one of DIET."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yml").write_text(CONFIG.format("WhitespaceTokenizer"))
    (tmp_path / "diet.yml").write_text(CONFIG.format("DIETClassifier"))
    (tmp_path / "auto.yml").write_text("language: en\n")
    (tmp_path / "other").mkdir()
    _model(tmp_path / "other" / "plain.tar.gz", "WhitespaceTokenizer")
    _model(tmp_path / "other" / "diet.tar.gz", "DIETClassifier")
    (tmp_path / "broken.tar.gz").write_bytes(b"no archive")


def _model(path, component):
    data = json.dumps({"predict_schema": {"nodes": {"a": {"uses": component}}}}).encode()
    entry = tarfile.TarInfo("metadata.json")
    entry.size = len(data)
    with tarfile.open(path, "w:gz") as model:
        model.addfile(entry, io.BytesIO(data))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("train", {"WhitespaceTokenizer", "RulePolicy"}),
        ("train --config diet.yml --domain domain.yml", {"DIETClassifier", "RulePolicy"}),
        ("test nlu -c config.yml diet.yml --runs 1", {"WhitespaceTokenizer", "DIETClassifier", "RulePolicy"}),
        ("test core --config=diet.yml", {"DIETClassifier", "RulePolicy"}),
        ("test core --model other/plain.tar.gz", {"WhitespaceTokenizer", "RulePolicy"}),
        ("test core -m other", {"DIETClassifier", "WhitespaceTokenizer", "RulePolicy"}),
        ("shell other/diet.tar.gz", {"DIETClassifier", "WhitespaceTokenizer", "RulePolicy"}),
        ("train --config auto.yml", set()),
        ("train --config absent.yml", set()),
        ("shell broken.tar.gz", set()),
        ("init --no-prompt", set()),
    ],
)
def test_all_that_a_command_names_or_finds_counts(project, arguments, named):
    assert set(components_named(tuple(arguments.split()))) == named


def test_where_nothing_is_known_nothing_is_left_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert components_named(("shell",)) == ()


def test_rasas_own_command_line_answers():
    command = [sys.executable, "-W", "ignore", "-m", "bot", "rasa", "test", "core", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "usage: rasa test core" in done.stdout
    assert "--fail-on-prediction-errors" in done.stdout
