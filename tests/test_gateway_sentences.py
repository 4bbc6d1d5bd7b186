"""What the gateway itself says, in the customer's language."""

from __future__ import annotations

import pytest

from bot.gateway import sentences
from bot.messages import Reply

OWN = [value for value in vars(sentences).values() if isinstance(value, Reply) and value is not sentences.CLOSED]


@pytest.mark.parametrize("reply", OWN)
def test_every_sentence_and_button_has_a_chinese_one(reply):
    spoken = sentences.to_customer(reply, "我的订单呢")
    assert all(sentences.HAN.search(text) for text in (spoken.text, *(button.title for button in spoken.buttons)))
    assert [button.payload for button in spoken.buttons] == [button.payload for button in reply.buttons]


@pytest.mark.parametrize("text", ["where is my order", "", "wo ist meine Bestellung", "注文はどこですか"])
def test_other_customers_read_the_english_one(text):
    assert sentences.to_customer(sentences.FAILED, text) is sentences.FAILED


def test_the_way_back_is_chinese_beside_a_chinese_handoff():
    reply = sentences.to_customer(sentences.with_way_back(Reply("我把对话转给同事。")), "FH-204817")
    assert [button.title for button in reply.buttons] == ["回到机器人"]


@pytest.mark.parametrize("text", ["回到机器人", "机器人", "back to the bot"])
def test_who_waits_may_write_the_way_back(text):
    assert sentences.wants_bot({"text": text, "payload": None})
