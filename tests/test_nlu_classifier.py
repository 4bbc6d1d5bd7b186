"""The intent classifier as Rasa runs it: trained, kept, loaded again, and what it says of a message."""

from __future__ import annotations

import json

import numpy as np
import pytest
from fakes import KeywordEmbedder
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.classifier import ARRAYS, NOTE, SentenceIntentClassifier
from bot.nlu.kept import ModelUnfit
from bot.nlu.vectors import remembered

EMBEDDER = KeywordEmbedder("parcel", "ship", "cancel", "order", "open", "hours")
EXAMPLES = {
    "track": ["where is my parcel", "track my parcel", "has my parcel shipped", "parcel status"],
    "cancel": ["cancel the order", "please cancel my order", "I want to cancel", "cancel it"],
    "hours": ["opening hours", "when do you open", "are you open on sunday", "hours of the shop"],
}


def message(text, intent=None):
    found = Message.build(text, intent)
    for attribute, words in ((TEXT, text), (INTENT, intent)):
        if words:
            vector = 5 * EMBEDDER.embed([words])
            found.add_features(Features(vector, FEATURE_TYPE_SENTENCE, attribute, "test"))
    return found


def data(examples=EXAMPLES):
    return TrainingData([message(text, intent) for intent, texts in examples.items() for text in texts])


@pytest.fixture
def made(tmp_path):
    """Return a function that makes the component over one storage."""
    storage = LocalModelStorage.create(tmp_path)
    context = ExecutionContext(GraphSchema({}), "test")

    def make(build, **config):
        config = {**SentenceIntentClassifier.get_default_config(), **config}
        return build(config, storage, Resource("classifier"), context)

    return make


def said(component, text):
    (found,) = component.process([message(text)])
    return found


def test_what_was_trained_is_what_is_loaded(made):
    trained = made(SentenceIntentClassifier.create)
    trained.train(data())
    loaded = made(SentenceIntentClassifier.load)
    for text in ("where is the parcel now", "cancel", "open on monday?", "purple elephants"):
        one, other = said(trained, text), said(loaded, text)
        np.testing.assert_allclose(one.get("intent_logits"), other.get("intent_logits"), atol=1e-4)
        assert one.get("scope_evidence")["rank"] == pytest.approx(other.get("scope_evidence")["rank"], abs=1e-3)


def test_the_ranking_is_one_distribution_and_the_rest_stays_inside(made):
    component = made(SentenceIntentClassifier.create)
    component.train(data())
    found = said(component, "where is my parcel")
    ranking = found.get("intent_ranking")
    assert found.get(INTENT) == ranking[0]
    assert ranking[0]["name"] == "track"
    assert sum(item["confidence"] for item in ranking) == pytest.approx(1)
    assert [item["confidence"] for item in ranking] == sorted((i["confidence"] for i in ranking), reverse=True)
    assert not {"intent_logits", "scope_evidence"} & set(found.as_dict(only_output_properties=True))


def test_a_strange_message_ranks_below_a_usual_one(made):
    component = made(SentenceIntentClassifier.create)
    component.train(data())
    usual, strange = (said(component, text).get("scope_evidence") for text in ("track my parcel", "xyzzy plugh"))
    assert strange["rank"] < 0.05 < usual["rank"]
    assert strange["inside"] < usual["inside"]


def test_the_ranking_is_as_long_as_configured(made):
    component = made(SentenceIntentClassifier.create, ranking_length=2)
    component.train(data())
    assert len(said(component, "cancel").get("intent_ranking")) == 2


@pytest.mark.parametrize("examples", [{}, {"track": ["where is it"]}, {"track": ["a", "b"], "out_of_scope": ["c"]}])
def test_little_data_is_no_error(made, examples):
    component = made(SentenceIntentClassifier.create)
    component.train(data(examples))
    found = said(made(SentenceIntentClassifier.load), "where is it")
    assert found.get(INTENT)["name"] == ("track" if examples else None)


def lose(folder):
    (folder / ARRAYS).unlink()


def cut(folder):
    (folder / ARRAYS).write_bytes((folder / ARRAYS).read_bytes()[:2000])


def scribble(folder):
    (folder / NOTE).write_text("{")


def age(folder):
    note = json.loads((folder / NOTE).read_text())
    del note["format"]
    (folder / NOTE).write_text(json.dumps(note))


def forget(folder):
    note = json.loads((folder / NOTE).read_text())
    del note["familiarity"]["slope"]
    (folder / NOTE).write_text(json.dumps(note))


def empty(folder):
    (folder / NOTE).unlink()


@pytest.mark.parametrize("damage", [lose, cut, scribble, age, forget, empty])
def test_a_damaged_model_is_refused_in_a_sentence(made, tmp_path, damage):
    made(SentenceIntentClassifier.create).train(data())
    damage(tmp_path / "classifier")
    with pytest.raises(ModelUnfit, match="classifier.json .*Run: frontdesk train"):
        made(SentenceIntentClassifier.load)


def test_a_model_without_the_classifier_is_refused(made):
    with pytest.raises(ModelUnfit, match="Run: frontdesk train"):
        made(SentenceIntentClassifier.load)


def test_a_message_without_features_has_no_intent(made):
    component = made(SentenceIntentClassifier.create)
    component.train(data())
    (found,) = component.process([Message.build("")])
    assert found.get(INTENT) == {"name": None, "confidence": 0.0}
    assert found.get("intent_ranking") == []


class CountingEmbedder(KeywordEmbedder):
    def __init__(self, fingerprint="one"):
        super().__init__("parcel", "order", "refund")
        self.fingerprint = fingerprint
        self.seen = []

    def embed(self, texts, *, progress=None):
        self.seen += texts
        return super().embed(texts, progress=progress)


def test_vectors_are_made_once_for_each_model(tmp_path):
    embedder = CountingEmbedder()
    first = remembered(embedder, ["a parcel", "an order", "a parcel"], tmp_path)
    again = remembered(embedder, ["an order", "a refund"], tmp_path)
    assert embedder.seen == ["a parcel", "an order", "a refund"]
    np.testing.assert_array_equal(first[1], again[0])
    np.testing.assert_array_equal(
        first, KeywordEmbedder("parcel", "order", "refund").embed(["a parcel", "an order", "a parcel"])
    )
    other = CountingEmbedder("two")
    remembered(other, ["a parcel"], tmp_path)
    assert other.seen == ["a parcel"]


def test_no_texts_have_no_vectors(tmp_path):
    assert remembered(CountingEmbedder(), [], tmp_path).shape == (0, 4)
