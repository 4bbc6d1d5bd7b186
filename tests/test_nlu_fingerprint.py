"""Whether a component is trained again when our code has changed, wherever the change stands."""

from __future__ import annotations

import shutil
from importlib import import_module

import pytest
import yaml
from test_layers import imports_of

from bot.nlu import fingerprint
from bot.nlu.fingerprint import FOLDERS, OUTSIDE, code_files, code_hash
from bot.settings import PROJECT_ROOT

# Importing Rasa brings warnings of its own.
pytestmark = pytest.mark.filterwarnings("ignore")

COMPONENTS = [
    item["name"]
    for item in yaml.safe_load((PROJECT_ROOT / "config.yml").read_text())["pipeline"]
    if item["name"].startswith("bot.")
]


@pytest.fixture
def code(tmp_path):
    """A copy of the code that a model is made from."""
    for folder in FOLDERS:
        shutil.copytree(PROJECT_ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in OUTSIDE:
        shutil.copy(PROJECT_ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("bot/nlu/mood.py", "STRENGTH = 10.0", "STRENGTH = 9.0"),
        ("bot/nlu/classifier.py", "NAME_TRUST = 0.5", "NAME_TRUST = 0.4"),
        ("bot/nlu/featurizer.py", "CENTRE_OF = 400", "CENTRE_OF = 300"),
        ("bot/nlu/tuning/project.py", "40_000", "50_000"),
        ("bot/nlu/mood_examples.py", '"""', '"""A '),
        ("retrieval/language.py", "LEAST_ENGLISH = 3", "LEAST_ENGLISH = 4"),
        ("retrieval/embedding/e5.py", "MAX_TOKENS = 512", "MAX_TOKENS = 256"),
    ],
)
def test_a_changed_constant_changes_the_fingerprint(code, name, before, after):
    assert code_hash(code) == code_hash(PROJECT_ROOT)
    text = (code / name).read_text()
    assert before in text
    (code / name).write_text(text.replace(before, after, 1))
    assert code_hash(code) != code_hash(PROJECT_ROOT)


@pytest.mark.parametrize("name", [*COMPONENTS, "bot.nlu.tuning.classifier.TunedIntentClassifier"])
def test_every_component_of_ours_has_it(monkeypatch, code, name):
    module, _, class_name = name.rpartition(".")
    component = getattr(import_module(module), class_name)
    config = component.get_default_config()
    before = component.fingerprint_addon(config)
    assert before == component.fingerprint_addon(config)
    (code / "bot/nlu/head.py").write_text("")
    monkeypatch.setattr(fingerprint, "PROJECT_ROOT", code)
    assert component.fingerprint_addon(config) != before


def test_other_mood_examples_train_the_mood_again(monkeypatch, tmp_path):
    from bot.nlu import mood

    (tmp_path / "a.yml").write_text("topic: x\nlanguage: en\ncalm: [ha]\n")
    first = mood.MoodClassifier.fingerprint_addon({"examples": str(tmp_path)})
    (tmp_path / "a.yml").write_text("topic: x\nlanguage: en\ncalm: [ho]\n")
    assert mood.MoodClassifier.fingerprint_addon({"examples": str(tmp_path)}) != first


def test_what_the_code_imports_is_in_it():
    files = {
        path.relative_to(PROJECT_ROOT).with_suffix("").as_posix().replace("/", ".") for path in code_files(PROJECT_ROOT)
    }
    files |= {name.removesuffix(".__init__") for name in files}
    leaves = {"bot.settings", "bot.errors", "bot.progress", "retrieval.errors", "retrieval.store"}
    for path in code_files(PROJECT_ROOT):
        ours = {name for name in imports_of(path) if name.split(".")[0] in ("bot", "retrieval")}
        assert ours - files - leaves == set(), path


def test_the_inputs_of_a_training_hold_all_of_it(code):
    from bot.dialogue.train import inputs_hash

    for name in ("config.yml", "domain.yml"):
        shutil.copy(PROJECT_ROOT / name, code / name)
    before = inputs_hash(code)
    for name in ("bot/nlu/tuning/trainer.py", "retrieval/language.py"):
        (code / name).write_text("")
        assert inputs_hash(code) != before, name
        before = inputs_hash(code)
