"""The classifier with a tuned second opinion: trained on a few examples, stored, loaded, and no surer than due."""

from __future__ import annotations

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.classifier import SentenceIntentClassifier
from bot.nlu.featurizer import SentenceEmbeddingFeaturizer
from bot.nlu.kept import ModelUnfit
from bot.nlu.tuning.classifier import CHANGES, OPINION, TunedIntentClassifier, fitted_weights
from bot.nlu.tuning.project import ALONE, halves, unseen_logits

EXAMPLES = {
    "track": ["where is my parcel", "track my order", "has it shipped yet", "when does it arrive"],
    "refund": ["give my money back", "I want a refund", "refund me please", "when do I get my money"],
}
CHINESE = {"track": ["我的包裹在哪里"], "refund": ["我要退款"]}
CONFIG = {**TunedIntentClassifier.get_default_config(), "layers": 1, "epochs": 3, "threads": 1}
ASKED = ["where is FH-204817", "money back", "purple elephants"]


def messages(wanted):
    return [Message({"text": text, "intent": intent}) for intent, texts in wanted.items() for text in texts]


def trained(cls, folder, wanted=EXAMPLES, also=None):
    """Return what answers a text, for the component that was trained and for the one that was loaded."""
    folder.mkdir(exist_ok=True)
    storage, context = LocalModelStorage.create(folder), ExecutionContext(GraphSchema({}), node_name="tuned")
    features = SentenceEmbeddingFeaturizer(
        "vectors", SentenceEmbeddingFeaturizer.get_default_config(), storage, Resource("vectors")
    )
    data = TrainingData([*messages(wanted), *messages(also or {})])
    features.train(data)
    component = cls.create(CONFIG, storage, Resource("tuned"), context)
    component.train(features.process_training_data(data))

    def asker(answers):
        def ask(text):
            return answers.process(features.process([Message({"text": text})]))[0]

        return ask

    return asker(component), asker(cls.load(CONFIG, storage, Resource("tuned"), context)), storage


def test_what_was_trained_is_what_is_loaded(tmp_path):
    ask, ask_loaded, storage = trained(TunedIntentClassifier, tmp_path)
    for text in ASKED:
        assert np.allclose(ask(text).get("intent_logits"), ask_loaded(text).get("intent_logits"), atol=1e-4)
    assert ask_loaded("please refund my money").get("intent")["name"] == "refund"
    with storage.read_from(Resource("tuned")) as folder:
        assert (folder / CHANGES).stat().st_size < 2_000_000


def test_scope_and_chinese_are_judged_as_without_tuning(tmp_path):
    tuned, plain = (
        trained(cls, tmp_path / cls.__name__, also=CHINESE)[1]
        for cls in (TunedIntentClassifier, SentenceIntentClassifier)
    )
    for text in ASKED:
        one, other = tuned(text), plain(text)
        assert one.get("scope_evidence")["rank"] == other.get("scope_evidence")["rank"]
        assert one.get("scope_evidence")["inside"] == other.get("scope_evidence")["inside"]
        assert not np.allclose(one.get("intent_logits"), other.get("intent_logits"))
    assert np.array_equal(tuned("包裹在哪").get("intent_logits"), plain("包裹在哪").get("intent_logits"))


@pytest.mark.parametrize("wanted", [{}, {"track": ["where is my parcel", "track it"]}, CHINESE])
def test_fewer_than_two_intents_to_tune_on_change_nothing(tmp_path, wanted):
    ask, ask_loaded, storage = trained(TunedIntentClassifier, tmp_path, wanted)
    assert ask("hello").get("intent") == ask_loaded("hello").get("intent")
    if wanted:
        with storage.read_from(Resource("tuned")) as folder:
            assert not (folder / CHANGES).exists()


def test_single_examples_are_learned_and_the_first_opinion_stands(tmp_path):
    single = {"track": ["where is my parcel"], "refund": ["I want a refund"]}
    tuned, plain = (
        trained(cls, tmp_path / cls.__name__, single)[1] for cls in (TunedIntentClassifier, SentenceIntentClassifier)
    )
    assert np.array_equal(tuned("my parcel").get("intent_logits"), plain("my parcel").get("intent_logits"))


def test_each_half_has_every_intent_and_single_examples_are_in_none():
    intents = np.array([0] * 7 + [1] * 2 + [2])
    half = halves(intents, seed=3)
    assert sorted(np.bincount(half[:7])) == [3, 4]
    assert sorted(half[7:9]) == [0, 1]
    assert half[9] == ALONE
    assert np.array_equal(half, halves(intents, seed=3))


def test_labels_that_mean_nothing_are_not_found_again_in_examples_kept_back():
    texts = [text for texts in EXAMPLES.values() for text in texts] + [f"number {n} of the list" for n in range(16)]
    labels = np.arange(24) % 2
    places, logits = unseen_logits(texts, labels, {**CONFIG, "epochs": 6}, lambda total: lambda done: None)
    assert sorted(places) == list(range(24))
    assert (logits.argmax(axis=1) == labels[places]).mean() < 0.8


def test_an_opinion_without_worth_gets_no_weight():
    rng = np.random.default_rng(0)
    labels = rng.integers(3, size=300)
    told = np.where(rng.random(300) < 0.8, labels, rng.integers(3, size=300))
    good, noise = (part.astype(np.float32) for part in (4 * np.eye(3)[told], rng.normal(size=(300, 3)) * 4))
    first, second = fitted_weights(good, noise, labels)
    assert first > 0.3
    assert second < 0.1
    assert fitted_weights(noise, good, labels)[1] == pytest.approx(first, abs=0.05)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"layers": 7}, "layers is 7"),
        ({"layers": 0}, "layers is 0"),
        ({"rate": 0.5}, "rate is 0.5"),
        ({"epochs": -1}, "epochs is -1"),
        ({"threads": 300}, "threads is 300"),
    ],
)
def test_a_configuration_that_cannot_train_is_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        TunedIntentClassifier.validate_config({**CONFIG, **wrong})


def test_a_lost_opinion_is_refused(tmp_path):
    _, _, storage = trained(TunedIntentClassifier, tmp_path)
    with storage.write_to(Resource("tuned")) as folder:
        (folder / OPINION).unlink()
    with pytest.raises(ModelUnfit, match="frontdesk train"):
        TunedIntentClassifier.load(CONFIG, storage, Resource("tuned"), None)
