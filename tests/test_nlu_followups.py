"""Sentences that only make sense after another one, and the intent that they get from it."""

import pytest

from bot.nlu.followups import about_the_order, about_the_return, follows, names_another, resolved

SHIPPING = "Standard shipping with Swiftpost costs 4.90 euro. A BoxPoint locker is 3.90 euro, express 11.90 euro."


@pytest.mark.parametrize(
    "text",
    [
        *("and express?", "what about express?", "how about returns?", "and the other one?", "same for the boots?"),
        *("ok, and to Switzerland?", "is it the same for shoes?", "also for FH-204818 please", "to Norway?", "why?"),
        *(
            "how long?",
            "and what if it rains?",
            "does that also apply to shoes?",
            "thanks. and on Sunday?",
            "只有快递呢？",
        ),
        *("那快递呢？", "如果下雨呢", "without a receipt?", "since when?"),
    ],
)
def test_a_sentence_that_leans_on_the_one_before_is_a_follow_up(text):
    assert follows(text)


@pytest.mark.parametrize(
    "text",
    [
        *("where is my order", "how much is shipping?", "what does it cost?", "hello", "FH-204817", "yes", "no", ""),
        *("I want to return my boots", "Main Street 5, 1011 AB Amsterdam", "refund please", "anna@example.org"),
        *("and could you please tell me where my parcel is right now", "我的订单到哪了"),
    ],
)
def test_a_sentence_that_stands_alone_is_none(text):
    assert not follows(text)


@pytest.mark.parametrize(
    ("text", "another"),
    [
        ("and the other one?", True),
        ("where is my second order", True),
        ("what about another order", True),
        ("另一个呢", True),
        ("and the other one, FH-204818?", False),
        ("and the other one 204818?", False),
        ("where is my order", False),
        ("on the other hand, no", False),
    ],
)
def test_another_order_is_meant_only_without_its_number(text, another):
    assert names_another(text) is another


@pytest.mark.parametrize(
    ("text", "alone", "confidence", "before", "then"),
    [
        # the last policy already says it
        ("and express?", "nlu_fallback", 0.4, "ask_shipping_cost", "ask_shipping_cost"),
        ("what about express?", "ask_delivery_time", 0.9, "ask_shipping_cost", "ask_shipping_cost"),
        # it does not: the tickets are asked
        ("and to Norway?", "nlu_fallback", 0.4, "ask_shipping_cost", "ask_question"),
        ("and to Norway?", "greet", 0.6, "ask_shipping_cost", "ask_question"),
        ("same for the boots?", "ask_stock", 0.5, "ask_question", "ask_question"),
        # a new request in the form of a follow-up
        ("what about returns?", "ask_return_policy", 0.95, "ask_shipping_cost", "ask_return_policy"),
        ("and now a person", "talk_to_person", 0.9, "ask_question", "talk_to_person"),
        # the same flow for another order
        ("and the other one?", "nlu_fallback", 0.4, "request_invoice", "request_invoice"),
        ("and for FH-204818?", "track_order", 0.9, "request_invoice", "request_invoice"),
        ("and express?", "ask_shipping_cost", 0.6, "track_order", "ask_shipping_cost"),
        # nothing to lean on
        ("and express?", "nlu_fallback", 0.4, "greet", "nlu_fallback"),
        ("and express?", "nlu_fallback", 0.4, "", "nlu_fallback"),
    ],
)
def test_a_follow_up_gets_its_intent_from_what_was_asked_before(text, alone, confidence, before, then):
    assert resolved(text, alone, confidence, before, SHIPPING) == then


@pytest.mark.parametrize(
    ("text", "alone", "before", "then"),
    [
        ("where is it?", "nlu_fallback", "track_order", "track_order"),
        ("when will it arrive?", "ask_delivery_time", "request_invoice", "track_order"),
        ("can I still cancel it?", "ask_question", "track_order", "cancel_order"),
        ("什么时候能到？", "ask_delivery_time", "track_order", "track_order"),
        ("还能取消吗", "nlu_fallback", "track_order", "cancel_order"),
        ("还有,怎么退货?", "start_return", "track_order", "ask_return_policy"),
        ("how do I return it?", "start_return", "track_order", "ask_return_policy"),
        ("I want to return it", "start_return", "track_order", "start_return"),
        ("how long is that valid?", "ask_question", "request_invoice", "ask_question"),
        ("when will it arrive?", "ask_delivery_time", "ask_warranty", "ask_delivery_time"),
        ("when will FH-204818 arrive, is it on its way?", "ask_delivery_time", "track_order", "ask_delivery_time"),
        ("how long does delivery take?", "ask_delivery_time", "track_order", "ask_delivery_time"),
    ],
)
def test_a_question_about_the_order_just_spoken_of_is_about_that_order(text, alone, before, then):
    assert about_the_order(text, alone, before) == then


@pytest.mark.parametrize(
    ("text", "then"),
    [("and who pays the postage?", "ask_return_policy"), ("how much is express?", "ask_shipping_cost")],
)
def test_postage_in_a_return_is_that_of_the_way_back(text, then):
    assert about_the_return(text, "ask_shipping_cost") == then
