"""The graph components for languages: what they note on a message, and which messages they send away."""

from __future__ import annotations

import pytest

pytest.importorskip("rasa")

from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.language import LanguageDetector, LanguageGate


def parsed(text: str, *ranking: str) -> Message:
    items = [{"name": name, "confidence": 0.9 - 0.1 * at} for at, name in enumerate(ranking)]
    message = Message({"text": text, "intent": dict(items[0]), "intent_ranking": items})
    LanguageGate({"languages": ["en", "zh"]}).process(LanguageDetector().process([message]))
    return message


@pytest.mark.parametrize(
    ("text", "code"),
    [("我的订单呢", "zh"), ("where is my order", "en"), ("wo ist mein Paket", "de"), ("FH-204817", None)],
)
def test_the_language_reaches_parse_data(text, code):
    assert parsed(text, "inform").as_dict(only_output_properties=True).get("language") == code


def test_examples_get_their_language_too():
    data = LanguageDetector().process_training_data(TrainingData([Message({"text": "我要退货"})]))
    assert data.training_examples[0].get("language") == "zh"


@pytest.mark.parametrize(
    ("text", "ranking", "intent"),
    [
        ("wo ist meine Bestellung", ("track_order", "inform"), "other_language"),
        ("注文はどこですか", ("track_order",), "other_language"),
        ("wo ist meine Bestellung", ("nlu_fallback", "inform"), "other_language"),
        ("danke", ("thank", "greet"), "thank"),
        ("where is my order", ("track_order", "other_language"), "track_order"),
        ("where is my order", ("other_language", "track_order"), "track_order"),
        ("我的订单呢", ("other_language", "track_order"), "track_order"),
        ("FH-204817", ("other_language", "inform"), "inform"),
        ("Hauptstraße 5, 10969 Berlin", ("inform", "other_language"), "inform"),
    ],
)
def test_only_a_language_that_nobody_configured_is_sent_away(text, ranking, intent):
    message = parsed(text, *ranking)
    assert message.get("intent")["name"] == intent
    names = [item["name"] for item in message.get("intent_ranking")]
    assert names.count("other_language") == (intent == "other_language")
    assert names[0] == intent


@pytest.mark.parametrize("text", ["我的订单呢", "你好"])
def test_what_no_model_reads_is_sent_away_whatever_is_configured(text):
    message = Message({"text": text, "intent": {"name": "track_order"}, "intent_ranking": [], "unread": True})
    LanguageGate({"languages": ["en", "zh"]}).process(LanguageDetector().process([message]))
    assert message.get("intent")["name"] == "other_language"


def test_a_project_may_speak_german():
    message = Message({"text": "wo ist meine Bestellung", "intent": {"name": "track_order"}, "intent_ranking": []})
    LanguageGate({"languages": ["en", "de"]}).process(LanguageDetector().process([message]))
    assert message.get("intent")["name"] == "track_order"


@pytest.mark.parametrize("languages", [[], "en", [1], None])
def test_a_list_that_sends_everybody_away_is_refused(languages):
    with pytest.raises(InvalidConfigException, match="languages"):
        LanguageGate.validate_config({"languages": languages})
