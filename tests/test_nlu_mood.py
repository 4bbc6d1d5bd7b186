"""Anger and urgency of a message: the signs of tone, the examples, the heads, and the component through a model."""

import numpy as np
import pytest

from bot.errors import SettingsError
from bot.nlu import tone
from bot.nlu.mood_examples import TONES, mood_examples
from bot.settings import PROJECT_ROOT

# Importing Rasa brings warnings of its own.
pytestmark = pytest.mark.filterwarnings("ignore")

EXAMPLES = PROJECT_ROOT / "training_data" / "mood"
NAMES = ("capitals", "marks", "row", "strong", "threat", "weary", "haste")


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("my tent pole broke", {}),
        ("MY TENT POLE BROKE", {"capitals": 1.0}),
        ("XL", {}),
        ("size XXL please", {"capitals": 1 / 3}),
        ("thanks!", {"marks": 1 / 3}),
        ("where?!", {"marks": 1 / 3, "row": 1.0}),
        ("hey!!!!!!!!!!", {"marks": 1.0, "row": 1.0}),
        ("你们太过分了！！！", {"marks": 1.0, "row": 1.0, "strong": 1.0}),
        ("this is a bloody joke", {"strong": 1.0}),
        ("see you in court", {"threat": 1.0}),
        ("still nothing, for the third time", {"weary": 1.0}),
        ("asap, it leaves in 20 minutes", {"haste": 1.0}),
        ("马上取消", {"haste": 1.0}),
        ("不着急，谢谢", {}),
        ("能机洗还是必须手洗", {}),
        ("还是没到", {"weary": 1.0}),
        ("又坏了", {"weary": 1.0}),
        ("where is it 😡", {"strong": 1.0}),
        ("hello, shell and scrapbook", {}),
        ("", {}),
    ],
)
def test_signs_of_tone(text, signs):
    assert tone.signs(text) == pytest.approx([signs.get(name, 0.0) for name in NAMES])


def test_the_examples_are_many_varied_and_written_once():
    examples = mood_examples(EXAMPLES)
    texts = [example.text for example in examples]
    assert len(texts) == len(set(texts))
    chinese = [example for example in examples if example.group.startswith("zh:")]
    assert len(examples) - len(chinese) >= 500
    assert len(chinese) >= 150
    for group in {example.group for example in examples}:
        assert {example.tone for example in examples if example.group == group} == set(TONES), group


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no mood examples in"),
        ("topic: x\nlanguage: en\nfurious: [ha]\n", "'furious'; allowed: calm, annoyed"),
    ],
)
def test_examples_that_cannot_be_used_are_named(tmp_path, content, message):
    if content:
        (tmp_path / "a.yml").write_text(content)
    with pytest.raises(SettingsError, match=message):
        mood_examples(tmp_path)


def test_heads_learn_tone_from_signs_whatever_the_length_of_the_vectors():
    from bot.nlu.mood import fit, rows_of

    texts = ["LATE AGAIN, YOU IDIOTS!!!", "please hurry, in 5 minutes", "where is it", "how do I wash it"] * 5
    vectors = np.random.default_rng(0).normal(size=(20, 8)).astype(np.float32)
    labels = np.array([(True, False), (False, True), (False, False), (False, False)] * 5)
    read = fit(rows_of(vectors, texts), labels).read(rows_of(vectors * 7, texts))
    assert ((read > 0.5) == labels).all()
    assert read == pytest.approx(fit(rows_of(vectors, texts), labels).read(rows_of(vectors, texts)), abs=1e-6)


@pytest.fixture(scope="module")
def component(tmp_path_factory):
    """The component as it comes out of a model, trained on the shipped examples."""
    from rasa.engine.graph import ExecutionContext, GraphSchema, SchemaNode
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.engine.storage.resource import Resource
    from rasa.shared.nlu.training_data.message import Message
    from rasa.shared.nlu.training_data.training_data import TrainingData

    from bot.nlu.featurizer import SentenceEmbeddingFeaturizer
    from bot.nlu.mood import MoodClassifier

    folder = tmp_path_factory.mktemp("model")
    storage = LocalModelStorage(folder)
    calm = [Message({"text": text, "intent": "chat"}) for text in ("hello", "is the tent in stock", "my pole broke")]
    config = SentenceEmbeddingFeaturizer.get_default_config()
    node = SchemaNode(needs={}, uses=SentenceEmbeddingFeaturizer, constructor_name="create", fn="train", config={})
    context = ExecutionContext(GraphSchema({"train_featurizer": node}), "test", node_name="train_featurizer")
    featurizer = SentenceEmbeddingFeaturizer.create(config, storage, Resource("train_featurizer"), context)
    data = TrainingData(calm)
    featurizer.train(data)
    featurizer.process_training_data(data)
    resource = Resource("mood")
    MoodClassifier.create(MoodClassifier.get_default_config(), storage, resource, context).train(data)
    assert not list(folder.rglob("*.pkl"))
    loaded = MoodClassifier.load(MoodClassifier.get_default_config(), storage, resource, context)

    def read(*texts):
        messages = [Message({"text": text}) for text in texts]
        loaded.process(featurizer.process(messages))
        return [message.as_dict(only_output_properties=True).get("mood") for message in messages]

    return read


@pytest.mark.parametrize(
    ("text", "angry", "urgent"),
    [
        ("your courier is a complete idiot and the cable is ruined!!!", True, False),
        ("I WANT TO KNOW WHERE MY STUFF IS, THIS IS OUTRAGEOUS", True, False),
        ("my flight leaves tomorrow at six, can it be here before that?", False, True),
        ("the leg of the chair came off", False, False),
        ("could you please tell me how long the repair takes", False, False),
        ("thank you so much, that was quick!", False, False),
    ],
)
def test_mood_of_messages_that_are_no_examples(component, text, angry, urgent):
    (mood,) = component(text)
    assert (mood["anger"] >= 0.5, mood["urgency"] >= 0.5) == (angry, urgent), mood


def test_a_message_without_a_vector_has_no_mood(component):
    assert component("", "hello")[0] is None


def test_a_pipeline_without_sentence_vectors_is_refused(tmp_path):
    from rasa.engine.graph import ExecutionContext, GraphSchema
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.shared.exceptions import InvalidConfigException

    from bot.nlu.mood import MoodClassifier, featurizer

    with pytest.raises(InvalidConfigException, match="SentenceEmbeddingFeaturizer"):
        featurizer(ExecutionContext(GraphSchema({})), LocalModelStorage(tmp_path))
    with pytest.raises(InvalidConfigException, match="no mood examples"):
        MoodClassifier.fingerprint_addon({"examples": "docs"})
