"""The reader of typing errors as Rasa runs it: what it notes, what it leaves alone, and who reads the note."""

from __future__ import annotations

import json

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.messages import MEANT
from bot.nlu.featurizer import SentenceEmbeddingFeaturizer
from bot.nlu.kept import ModelUnfit
from bot.nlu.meaning import meant
from bot.nlu.negation import NegationHandler
from bot.nlu.typos import FILE, TypoReader

EXAMPLES = [
    "where is my order",
    "where is my order now",
    "cancel my order",
    "I want a refund",
    "wo ist meine bestellung",
]
TABLE = {"name": "product", "elements": ["Kestrel jacket"]}


@pytest.fixture
def built(tmp_path):
    """Return a function that makes a component over one storage."""
    storage = LocalModelStorage.create(tmp_path)
    context = ExecutionContext(GraphSchema({}), "test", node_name="reader")

    def build(make):
        return make({}, storage, Resource("reader"), context)

    return build


@pytest.fixture
def reader(built):
    component = built(TypoReader.create)
    messages = [Message.build(text, "any") for text in EXAMPLES]
    component.train(TrainingData(messages, entity_synonyms={"the kestel": "Kestrel jacket"}, lookup_tables=[TABLE]))
    return built(TypoReader.load)


def noted(component, text):
    (message,) = component.process([Message({TEXT: text})])
    assert message.get(TEXT) == text
    return message.get(MEANT)


def test_what_was_trained_notes_what_is_meant_and_keeps_the_text(reader):
    assert noted(reader, "wher iz my ordr") == "where is my order"
    (message,) = reader.process([Message({TEXT: "cancl it"})])
    assert message.as_dict(only_output_properties=True)[MEANT] == "cancel it"


@pytest.mark.parametrize(
    "text",
    [
        "where is my order",
        "the kestel",
        "/ask_question",
        "/cancl_ordr",
        "订单 ordr 到哪了",
        "我的订单FH-204817",
        "wo ist meine bestelung bitte",
        "où est ma comande",
        "FH-204817 anna@exmple.org",
        "",
    ],
)
def test_there_is_no_note_where_nothing_is_mistyped_or_nothing_can_be_told(reader, text):
    assert noted(reader, text) is None


def test_words_of_other_languages_are_none_of_the_project(built, reader):
    with reader._storage.read_from(reader._resource) as folder:
        kept = json.loads((folder / FILE).read_text())
    assert "bestellung" not in kept["counts"]
    assert kept["names"] == ["jacket", "kestel", "kestrel", "the"]


def test_an_untrained_component_notes_nothing(built):
    assert noted(built(TypoReader.create), "wher iz my ordr") is None


def test_a_damaged_note_is_refused(built, reader):
    with reader._storage.write_to(reader._resource) as folder:
        (folder / FILE).write_text("{}")
    with pytest.raises(ModelUnfit):
        built(TypoReader.load)


def test_examples_stay_as_they_are(reader):
    data = TrainingData([Message.build("wher iz my ordr", "any")])
    assert reader.process_training_data(data).training_examples[0].get(MEANT) is None


def test_the_sentence_vector_is_that_of_what_was_meant(tmp_path):
    config = SentenceEmbeddingFeaturizer.get_default_config()
    featurizer = SentenceEmbeddingFeaturizer("f", config)
    plain, read, typed = (
        Message({TEXT: "where is my order"}),
        Message({TEXT: "wher iz my ordr", MEANT: "where is my order"}),
        Message({TEXT: "wher iz my ordr"}),
    )
    featurizer.process([plain, read, typed])
    rows = [message.get_dense_features(TEXT)[1].features[0] for message in (plain, read, typed)]
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-5)
    assert np.abs(rows[0] - rows[2]).max() > 0.1


def test_a_refusal_is_found_in_what_was_meant():
    handler = NegationHandler({"words": {"cancel_order": ["cancel"]}})
    ranking = [{"name": "cancel_order", "confidence": 0.9}]
    message = Message({TEXT: "dont cancl it", "intent": dict(ranking[0]), "intent_ranking": ranking})
    message.set(MEANT, "dont cancel it")
    handler.process([message])
    assert message.get("intent")["name"] == "refuse"


def test_without_a_note_a_message_means_its_own_words():
    assert meant(Message({TEXT: "wher"})) == "wher"
    assert meant(Message({TEXT: "wher", MEANT: "where"})) == "where"
    assert meant(Message({})) == ""
