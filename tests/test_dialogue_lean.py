"""What is kept out of a Rasa process: by its components, for the time of the import only, and never silently."""

import io
import json
import subprocess
import sys
import tarfile

import pytest
from conftest import ROOT

from bot.dialogue import lean

OURS = ("WhitespaceTokenizer", "bot.nlu.featurizer.SentenceEmbeddingFeaturizer", "RulePolicy")


@pytest.mark.parametrize(
    ("components", "unused"),
    [
        (OURS, lean.TENSORFLOW + lean.SKLEARN),
        ((*OURS, "LogisticRegressionClassifier"), lean.TENSORFLOW),
        ((*OURS, "rasa.nlu.classifiers.logistic_regression_classifier.LogisticRegressionClassifier"), lean.TENSORFLOW),
        ((*OURS, "DIETClassifier"), ()),
        ((*OURS, "rasa.core.policies.ted_policy.TEDPolicy"), ()),
        ((*OURS, "SpacyNLP"), ()),
        ((*OURS, "somebody.components.Tagger"), ()),
        ((*OURS, "bot.nlux.Tagger"), ()),
        ((), ()),
    ],
)
def test_what_no_component_calls_is_unused(components, unused):
    assert lean.packages_unused(components) == unused


@pytest.mark.parametrize(
    "text",
    [
        "policies: [{name: RulePolicy}]",
        "pipeline:\npolicies: [{name: RulePolicy}]",
        "pipeline: [{name: WhitespaceTokenizer}]",
        "recipe: graph.v1\npipeline: [{name: WhitespaceTokenizer}]\npolicies: [{name: RulePolicy}]",
        "",
    ],
)
def test_a_configuration_that_leaves_the_choice_to_rasa_names_nothing(tmp_path, text):
    (tmp_path / "config.yml").write_text(text)
    assert lean.components_of_config(tmp_path / "config.yml") == ()


def test_our_configuration_needs_no_tensorflow():
    components = lean.components_of_config(ROOT / "config.yml")
    assert "RulePolicy" in components
    assert set(lean.TENSORFLOW) <= set(lean.packages_unused(components))


def test_a_model_names_the_components_of_both_its_graphs(tmp_path):
    metadata = {
        "train_schema": {"nodes": {"a": {"uses": "rasa.core.policies.ted_policy.TEDPolicy"}}},
        "predict_schema": {"nodes": {"b": {"uses": "bot.nlu.featurizer.SentenceEmbeddingFeaturizer"}}},
    }
    data = json.dumps(metadata).encode()
    entry = tarfile.TarInfo("metadata.json")
    entry.size = len(data)
    with tarfile.open(tmp_path / "m.tar.gz", "w:gz") as model:
        model.addfile(entry, io.BytesIO(data))
    found = lean.components_of_model(tmp_path / "m.tar.gz")
    assert [name.rpartition(".")[2] for name in found] == ["TEDPolicy", "SentenceEmbeddingFeaturizer"]


@pytest.fixture
def heavy(tmp_path, monkeypatch):
    """A package on the disk that is there to be kept out."""
    (tmp_path / "heavyweight").mkdir()
    (tmp_path / "heavyweight" / "__init__.py").write_text("WEIGHT = 500\n")
    (tmp_path / "heavyweight" / "layers.py").write_text("class Layer:\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "heavyweight"
    for name in [name for name in sys.modules if name.startswith("heavyweight")]:
        del sys.modules[name]


def test_stand_ins_can_be_derived_from_but_not_used(heavy):
    with lean.stand_ins([heavy]):
        import heavyweight
        from heavyweight.layers import Layer

        class Mine(heavyweight.keras.Model):
            kept: heavyweight.Tensor | None = None

    assert Mine.kept is None
    assert not hasattr(Mine, "other"), "a derived class holds only what it says"
    assert not hasattr(heavyweight, "__version__")
    for used in (Layer, Mine, heavyweight.function, heavyweight.keras.Model):
        with pytest.raises(lean.LeftOut, match="needs heavyweight.*lean.py"):
            used()


def test_after_the_import_of_rasa_everybody_gets_the_real_package(heavy):
    with lean.stand_ins([heavy]):
        import heavyweight.layers
    import heavyweight.layers

    assert heavyweight.WEIGHT == 500
    assert heavyweight.layers.Layer()
    assert not any(isinstance(finder, lean.StandInFinder) for finder in sys.meta_path)


def test_a_package_that_is_there_already_stays_whole(heavy):
    import heavyweight

    with lean.stand_ins([heavy]):
        from heavyweight.layers import Layer
    assert heavyweight.WEIGHT == 500
    assert Layer()


def test_an_error_during_the_import_leaves_nothing_behind(heavy):
    with pytest.raises(ZeroDivisionError), lean.stand_ins([heavy]):
        import heavyweight  # noqa: F401

        _ = 1 / 0
    assert "heavyweight" not in sys.modules
    assert not any(isinstance(finder, lean.StandInFinder) for finder in sys.meta_path)


SCRIPT = """
import sys
from bot.dialogue import environment, lean
environment.prepare(1)
lean.import_rasa("rasa.core.agent", {components!r}, lean.BYSTANDERS)
environment.adapt_rasa()
present = [name for name in ("tensorflow", "keras", "sklearn", "boto3", "aiogram", "matplotlib") if name in sys.modules]
print(present)
from rasa.utils.tensorflow.models import RasaModel
try:
    RasaModel()
except lean.LeftOut as refused:
    print("refused", "tensorflow" in str(refused) or "keras" in str(refused))
import pymongo
print(pymongo.version)
"""


def test_rasa_itself_comes_without_them():
    script = SCRIPT.format(components=OURS)
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    present, refused, version = done.stdout.splitlines()
    assert (present, refused) == ("[]", "refused True")
    assert version[0].isdigit(), "an action that talks to a database has the real client"
