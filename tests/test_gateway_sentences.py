"""What the gateway itself says, in the customer's language."""

from __future__ import annotations

import pytest

from bot.gateway import sentences
from bot.messages import Reply

OWN = [value for value in vars(sentences).values() if isinstance(value, Reply) and value is not sentences.CLOSED]


@pytest.mark.parametrize("reply", OWN)
def test_every_sentence_and_button_has_a_chinese_one(reply):
    spoken = sentences.to_customer(reply, "zh")
    assert all(sentences.HAN.search(text) for text in (spoken.text, *(button.title for button in spoken.buttons)))
    assert [button.payload for button in spoken.buttons] == [button.payload for button in reply.buttons]


@pytest.mark.parametrize("language", ["en", "", "de", "ja"])
def test_other_customers_read_the_english_one(language):
    assert sentences.to_customer(sentences.FAILED, language) is sentences.FAILED


@pytest.mark.parametrize(
    ("text", "chinese"), [("我的订单呢", True), ("where is my order", False), ("", False), ("注文はどこですか", False)]
)
def test_chinese_is_known_by_its_signs(text, chinese):
    assert sentences.in_chinese(text) is chinese


def test_the_way_back_is_chinese_beside_a_chinese_handoff():
    reply = sentences.to_customer(sentences.with_way_back(Reply("我把对话转给同事。")), "")
    assert [button.title for button in reply.buttons] == ["回到机器人"]


@pytest.mark.parametrize("text", ["回到机器人", "机器人", "back to the bot"])
def test_who_waits_may_write_the_way_back(text):
    assert sentences.wants_bot({"text": text, "payload": None})
