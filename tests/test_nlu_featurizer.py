"""What the sentence vectors see of a message: the wish, not the digits of an order number."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest

from bot.nlu.masking import masked


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("return FH-411222 chen@example.org", "return my order my e-mail"),
        ("track fh 555001, dana.k+shop@example.co.uk", "track my order, my e-mail"),
        ("FH-204818 arrived broken", "my order arrived broken"),
        ("where is #204817?", "where is my order?"),
        ("FH204818/anna@example.org", "my order/my e-mail"),
        ("204818", "my order"),
        ("Anna@Example.org", "my e-mail"),
        ("FH-12", "FH-12"),
        ("12345", "12345"),
        ("1234567", "1234567"),
        ("a gas cartridge for 7.50 and size 43", "a gas cartridge for 7.50 and size 43"),
        ("call 0612345678", "call 0612345678"),
        ("Lindenweg 7, 50667 Köln", "Lindenweg 7, 50667 Köln"),
        ("anna at example dot org", "anna at example dot org"),
        ("订单FH-204817到哪了", "订单我的订单到哪了"),
        ("邮箱chen@example.org，单号204817", "邮箱我的邮箱，单号我的订单"),
        ("电话13800138000", "电话13800138000"),
        ("", ""),
    ],
)
def test_numbers_and_addresses_become_plain_words(typed, seen):
    assert masked(typed) == seen


def test_a_mask_masks_nothing_more_the_second_time():
    once = masked("cancel FH-204818, anna@example.org")
    assert masked(once) == once


class Stored:
    """A model storage of one folder."""

    def __init__(self, folder):
        self.folder = folder

    @contextmanager
    def write_to(self, resource):
        yield self.folder

    read_from = write_to


def parts(folder):
    from rasa.engine.graph import ExecutionContext, GraphSchema
    from rasa.engine.storage.resource import Resource

    from bot.nlu.featurizer import SentenceEmbeddingFeaturizer

    config = SentenceEmbeddingFeaturizer.get_default_config()
    return config, Stored(folder), Resource("f"), ExecutionContext(GraphSchema({}), node_name="f")


def trained(folder, *texts):
    from rasa.shared.nlu.training_data.message import Message
    from rasa.shared.nlu.training_data.training_data import TrainingData

    from bot.nlu.featurizer import SentenceEmbeddingFeaturizer

    data = TrainingData([Message({"text": text}) for text in texts])
    SentenceEmbeddingFeaturizer.create(*parts(folder)).train(data)
    return loaded(folder)


def loaded(folder):
    from bot.nlu.featurizer import SentenceEmbeddingFeaturizer

    return SentenceEmbeddingFeaturizer.load(*parts(folder))


def test_with_english_alone_no_second_model_is_loaded(tmp_path, monkeypatch):
    from bot.nlu import featurizer

    named = []
    load = featurizer.load_embedder
    monkeypatch.setattr(featurizer, "load_embedder", lambda name, *rest: named.append(name) or load(name, *rest))
    component = trained(tmp_path, "where is my order", "cancel it")
    assert component.vectors(["where is my order", "我的订单呢"]).shape == (2, 384)
    assert set(named) == {"all-MiniLM-L6-v2"}


def without_the_model(monkeypatch):
    from bot.nlu import featurizer
    from retrieval.errors import EmbedderUnavailable

    load = featurizer.load_embedder

    def refuse(name, *rest):
        if name == featurizer.MULTILINGUAL:
            raise EmbedderUnavailable("not installed")
        return load(name, *rest)

    monkeypatch.setattr(featurizer, "load_embedder", refuse)


def test_without_a_model_for_chinese_its_examples_are_left_out_with_one_warning(tmp_path, monkeypatch, caplog):
    from rasa.shared.nlu.training_data.message import Message
    from rasa.shared.nlu.training_data.training_data import TrainingData

    without_the_model(monkeypatch)
    component = trained(tmp_path, "where is my order", "我的订单到哪里了", "我要退货")
    data = TrainingData([Message({"text": text, "intent": "track"}) for text in ("where is it", "我的订单")])
    left = component.process_training_data(data).training_examples
    assert [one.get("text") for one in left] == ["where is it"]
    messages = component.process([Message({"text": text}) for text in ("where is it", "我的订单呢")])
    assert [bool(message.get("unread")) for message in messages] == [False, True]
    assert [record.levelname for record in caplog.records if "Chinese examples" in record.message] == ["WARNING"]


def test_a_model_with_chinese_on_a_machine_that_cannot_read_it(tmp_path, monkeypatch):
    from rasa.shared.nlu.training_data.message import Message

    trained(tmp_path, "where is my order", "我的订单到哪里了", "我要退货")
    without_the_model(monkeypatch)
    component = loaded(tmp_path)
    assert component.vectors(["where is my order", "我的快递呢"]).shape == (2, 768)
    messages = component.process([Message({"text": text}) for text in ("where is it", "我的订单呢")])
    assert [bool(message.get("unread")) for message in messages] == [False, True]


def test_vectors_of_another_sentence_model_are_refused(tmp_path):
    from bot.nlu.kept import ModelUnfit

    trained(tmp_path, "where is my order")
    path = tmp_path / "sentences.json"
    path.write_text(path.read_text().replace('"embedder": "', '"embedder": "other'))
    with pytest.raises(ModelUnfit, match="trained by another version"):
        loaded(tmp_path)


def test_each_language_fills_its_own_half(tmp_path):
    component = trained(tmp_path, "where is my order", "我的订单到哪里了", "我要退货", "密码忘了")
    rows = component.vectors(["where is my order", "我的快递呢", "FH-204817"])
    assert rows.shape == (3, 768)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-4)
    halves = [(bool(row[:384].any()), bool(row[384:].any())) for row in rows]
    assert halves == [(True, False), (False, True), (True, False)]
    near, far = component.vectors(["快递到哪了", "登录不了"])
    assert rows[1] @ near > rows[1] @ far
