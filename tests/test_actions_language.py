"""The customer's language: noted from each message, and handed over where the bot does not speak it."""

from __future__ import annotations

import re
from datetime import date

import pytest
import yaml
from conftest import ROOT
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import chinese, fields
from actions.backend import Order
from actions.language import ENGLISH, REASON, SENTENCES, ActionLanguage, ActionNoteLanguage
from bot.messages import CUSTOM_KEY

FIELD = re.compile(r"\{(\w+)\}")


def tracker(language: str | None, slot: str | None = None) -> Tracker:
    message = {"text": "...", "intent": {"name": "inform"}, "entities": [], "language": language}
    return Tracker("c", {"language": slot}, message, [], False, None, {}, "action_listen")


@pytest.mark.parametrize(
    ("noticed", "slot", "after"),
    [
        ("zh", None, "zh"),
        ("en", "zh", "en"),
        ("zh", "zh", None),
        ("en", None, None),
        (None, "zh", None),
        ("de", None, None),
        ("de", "zh", None),
    ],
)
async def test_the_slot_changes_only_with_a_language_that_is_spoken(noticed, slot, after):
    events = await ActionNoteLanguage().run(CollectingDispatcher(), tracker(noticed, slot), {})
    assert [event["value"] for event in events] == ([after] if after else [])


@pytest.mark.parametrize("code", sorted(SENTENCES))
async def test_the_customer_reads_it_in_both_languages_and_a_person_takes_over(code):
    say = CollectingDispatcher()
    events = await ActionLanguage().run(say, tracker(code), {})
    (said,) = say.messages
    assert said["text"] == f"{SENTENCES[code]}\n{ENGLISH}"
    assert said["custom"][CUSTOM_KEY]["handoff"] == REASON
    assert {"event": "active_loop", "name": None, "timestamp": None} in events


async def test_a_language_without_a_sentence_of_its_own_gets_the_english_one():
    say = CollectingDispatcher()
    await ActionLanguage().run(say, tracker("vi-x"), {})
    assert say.messages[0]["text"] == ENGLISH


@pytest.mark.parametrize(
    ("said", "allowed", "wish"),
    [
        ("退款", ("refund", "exchange"), "refund"),
        ("我想要换货", ("refund", "exchange"), "exchange"),
        ("不要换货，我要退款", ("refund", "exchange"), "refund"),
        ("不要退款，给我补发", ("replacement", "refund"), "replacement"),
        ("重新发一个给我", ("replacement", "refund"), "replacement"),
        ("退款或者换货都行", ("refund", "exchange"), None),
        ("不退款", ("refund", "exchange"), None),
        ("随便", ("refund", "exchange"), None),
        ("a refund please", ("refund", "exchange"), "refund"),
    ],
)
def test_a_wish_in_chinese(said, allowed, wish):
    assert fields.wish(said, allowed) == wish


@pytest.mark.parametrize(
    ("said", "wish"),
    [("我要退款", "refund"), ("退款吧谢谢", "refund"), ("拉链坏了，我要退款", None), ("太小了", None), ("", None)],
)
def test_a_message_of_nothing_but_a_wish(said, wish):
    assert fields.plain_wish(said, ("refund", "exchange")) == wish


@pytest.mark.parametrize(
    ("said", "number", "email"),
    [
        ("订单FH-204817到哪了", "FH-204817", None),
        ("单号204817，邮箱anna@example.org谢谢", "FH-204817", "anna@example.org"),
        ("邮箱：Chen@Example.org。", None, "chen@example.org"),
        ("电话13800138000", None, None),
    ],
)
def test_numbers_and_addresses_beside_chinese_characters(said, number, email):
    assert (fields.order_number(said), fields.email(said)) == (number, email)


@pytest.mark.parametrize(
    "said",
    [
        "新地址是Lindenweg 7, 50667 Köln",
        "不对，地址应该是Lindenweg 7, 50667 Köln",
        "请寄到Lindenweg 7, 50667 Köln",
        "Lindenweg 7, 50667 Köln",
    ],
)
def test_an_address_after_chinese_words(said):
    assert fields.address(said) == "Lindenweg 7, 50667 Köln"


@pytest.mark.parametrize(
    ("status", "phrase"),
    [
        ("processing", "正在仓库备货"),
        ("shipped", "已发货，发货日期 2026 年 5 月 4 日，由 Norda 配送，运单号 NO1"),
        ("delivered", "已于 2026 年 5 月 6 日送达"),
        ("lost", "逾期未到，快递公司正在查找包裹"),
    ],
)
def test_the_status_of_an_order_in_chinese(status, phrase):
    order = Order(
        number="FH-204817",
        email="anna@example.org",
        status=status,
        items=("Ridgeline 2 tent",),
        carrier="Norda",
        tracking="NO1",
        shipped_on=date(2026, 5, 4),
        delivered_on=date(2026, 5, 6),
    )
    assert chinese.status_phrase(order) == phrase


def test_a_refund_in_chinese():
    assert chinese.refund_phrase("in_progress", date(2026, 5, 4)) == "正在处理，预计 2026 年 5 月 4 日前到账"
    assert chinese.refund_phrase("paid", None) == "已退还"


DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]


@pytest.mark.parametrize("name", sorted(name for name in DOMAIN if not name.endswith("_zh")))
def test_every_response_has_its_chinese_one_with_the_same_facts_and_buttons(name):
    """A response said before the slot ``language`` is filled has a twin in place of a variation."""
    plain = [one for one in DOMAIN[name] if "condition" not in one]
    chosen = [one for one in DOMAIN[name] if "condition" in one] or DOMAIN.get(f"{name}_zh", [])
    assert chosen
    for one in chosen:
        assert chinese.CHINESE.search(one["text"])
        assert set(FIELD.findall(one["text"])) == set(FIELD.findall(plain[0]["text"]))
        assert len(one.get("buttons", [])) == len(plain[0].get("buttons", []))
        assert all(chinese.CHINESE.search(button["title"]) for button in one.get("buttons", []))


def test_every_chinese_twin_belongs_to_a_response():
    assert all(name.removesuffix("_zh") in DOMAIN for name in DOMAIN)
