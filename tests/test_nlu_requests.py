"""Where a message may be cut into requests, and which cuts are kept. Intents come from a table here."""

import pytest

from bot.nlu.requests import MAX_REQUESTS, Request, pieces, requests


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("where is my order", ["where is my order"]),
        ("where is my order? also, what does express cost?", ["where is my order?", "what does express cost?"]),
        ("I need an invoice and can you change the address", ["I need an invoice", "can you change the address"]),
        ("send me the invoice and cancel the other one", ["send me the invoice", "cancel the other one"]),
        ("do you ship on Sundays; btw I need a receipt", ["do you ship on Sundays;", "I need a receipt"]),
        ("I lost my code. Another thing: is it in stock?", ["I lost my code.", "is it in stock?"]),
        ("by the way, when are you open", ["when are you open"]),
        ("我的订单到哪了？另外，怎么退货？", ["我的订单到哪了？", "怎么退货？"]),
        ("运费多少,还有可以用支付宝吗", ["运费多少", "可以用支付宝吗"]),
        # one thing
        ("does the gift card also cover shipping", ["does the gift card also cover shipping"]),
        ("can I order two and return one", ["can I order two and return one"]),
        ("a stove and a tent", ["a stove and a tent"]),
        ("Main Street 5, Berlin and ring twice", ["Main Street 5, Berlin and ring twice"]),
        ("it broke and the zip is stuck", ["it broke and the zip is stuck"]),
        ("it costs 4.90 euro", ["it costs 4.90 euro"]),
        ("order no. 204817", ["order no. 204817"]),
        ("", []),
    ],
)
def test_a_message_is_cut_where_another_request_may_begin(text, cut):
    assert [piece.text for piece in pieces(text)] == cut


def test_only_what_a_joining_word_opens_is_marked_as_added():
    assert [piece.added for piece in pieces("Track it. Also, when are you open? Thanks.")] == [False, True, False]


def request(text, intent, confidence=0.9):
    return Request(text, intent, confidence)


TRACK = request("where is my order", "track_order")
COST = request("what does express cost", "ask_shipping_cost")
CARE = request("how do I dry a wet tent", "ask_question")
INVOICE = request("I need an invoice", "request_invoice")


def intents(*parts):
    return [one.intent for one in requests(parts)]


def test_questions_come_before_the_flow_that_asks_something_back():
    assert intents(TRACK, COST) == ["ask_shipping_cost", "track_order"]
    assert intents(TRACK, INVOICE, COST) == ["ask_shipping_cost", "track_order", "request_invoice"]
    assert intents(TRACK, CARE) == ["ask_question", "track_order"]


@pytest.mark.parametrize(
    "parts",
    [
        (TRACK,),
        (TRACK, request("it is late", "complaint")),
        (request("hello", "greet"), TRACK),
        (TRACK, request("what does express cost", "ask_shipping_cost", 0.4)),
        (TRACK, request("where is it", "track_order")),
        (TRACK, request("is that normal", "ask_question")),
        (TRACK, request("how long does that take", "ask_delivery_time")),
        (request("cancel it", "cancel_order"), request("give me my money back", "ask_refund_status")),
        (request("it came broken", "report_damage"), request("I want a refund", "start_return")),
        (TRACK, request("I want a person", "talk_to_person")),
        (TRACK, request("the blue one", "nlu_fallback", 0.3)),
        (),
    ],
)
def test_one_matter_stays_one_message(parts):
    assert requests(parts) == []


def test_more_requests_than_anybody_makes_are_left_to_the_classifier():
    many = [TRACK, COST, INVOICE, request("when are you open", "ask_opening_hours")]
    assert len(many) > MAX_REQUESTS
    assert requests(many) == []
    assert len(requests(many[:MAX_REQUESTS])) == MAX_REQUESTS


def test_details_stay_with_the_request_that_they_belong_to():
    parts = [request("my mail is a@b.org", "inform"), TRACK, request("it is FH-204817", "inform"), COST]
    assert [one.text for one in requests(parts)] == [
        "what does express cost",
        "my mail is a@b.org where is my order it is FH-204817",
    ]
    greeting = [request("hello", "greet"), TRACK, COST, request("thank you", "thank")]
    assert [one.text for one in requests(greeting)] == ["what does express cost thank you", "where is my order"]
