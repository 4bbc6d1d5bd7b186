import pytest

from bot.errors import MalformedMessage
from bot.messages import CUSTOM_KEY, Button, Reply, Source, Supported, is_wordless

REPLY = Reply(
    text="Within 60 days.",
    rung="ticket",
    confidence=0.91,
    sources=(Source("T-1", "Return a tent", "60 days since March", 0.8),),
    buttons=(Button("Thanks", "/thank"),),
    answer_id="a1",
    handoff="customer_asked",
    receipt=(Supported("Within 60 days.", "T-1", "Returns are possible within 60 days.", 0.9),),
)


def test_a_reply_survives_the_wire():
    data = REPLY.to_dict()
    assert set(data) == {"seq", "text", "rung", "confidence", "sources", "buttons", "answer_id"}
    assert Reply.from_dict(REPLY.to_inner()) == REPLY


def test_the_custom_part_carries_what_rasa_has_no_field_for():
    inner = REPLY.to_custom()[CUSTOM_KEY]
    assert inner["rung"] == "ticket"
    assert inner["handoff"] == "customer_asked"
    assert Reply.from_dict({"text": REPLY.text, **inner}).receipt == REPLY.receipt
    assert "handoff" not in Reply("hi").to_custom()[CUSTOM_KEY]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"text": "x", "rung": "guess"},
        {"text": "x", "confidence": "high"},
        {"text": "x", "sources": [{"id": "T-1"}]},
        {"text": "x", "buttons": ["yes"]},
        {"text": "x", "sources": 5},
        {"text": "x", "receipt": [{"text": "x"}]},
    ],
)
def test_what_is_not_a_reply_is_refused(data):
    with pytest.raises(MalformedMessage):
        Reply.from_dict(data)


@pytest.mark.parametrize(
    "text", ["?", "???", "...", "!", "", " ", "\U0001f621", "\U0001f44e", "-", "_", "？！", "。。。"]
)
def test_what_holds_no_letter_or_digit_says_nothing(text):
    assert is_wordless(text)


@pytest.mark.parametrize("text", ["ok", "1", "好", "да", "yes?", "\U0001f44d", "/affirm", "\u2705", "k."])
def test_a_letter_a_digit_or_a_sign_of_agreement_says_something(text):
    assert not is_wordless(text)
