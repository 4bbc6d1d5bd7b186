"""Requests that are named only to be refused, in English and Chinese, and sentences that only look like that."""

import os

import pytest
import yaml
from conftest import ROOT

# Rasa takes seconds to import, and brings warnings of its own.
pytestmark = pytest.mark.filterwarnings("ignore")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from rasa.shared.nlu.training_data.message import Message  # noqa: E402

from bot.nlu.negation import NegationHandler  # noqa: E402

# text, what the classifier takes it for, what is refused
REFUSED = [
    ("please don't cancel my order", "cancel_order", "cancel_order"),
    ("Don't cancel it!", "cancel_order", "cancel_order"),
    ("cancel my order, no wait, don't", "cancel_order", "cancel_order"),
    ("I want to cancel FH-204818 no wait dont, anna@example.org", "cancel_order", "cancel_order"),
    ("do not cancel FH-204818", "cancel_order", "cancel_order"),
    ("pls dont cancel", "cancel_order", "cancel_order"),
    ("I don’t want to cancel", "cancel_order", "cancel_order"),
    ("no wait, don't cancel it", "deny", "cancel_order"),
    ("stop, do not cancel the order", "stop", "cancel_order"),
    ("never cancel that order please", "cancel_order", "cancel_order"),
    ("I did not mean to cancel anything", "cancel_order", "cancel_order"),
    ("I'd rather not cancel", "cancel_order", "cancel_order"),
    ("we no longer want to cancel", "cancel_order", "cancel_order"),
    ("cancellation is not needed", "cancel_order", "cancel_order"),
    ("the cancellation isn't necessary any more", "cancel_order", "cancel_order"),
    ("you need not cancel it", "cancel_order", "cancel_order"),
    ("I'm not trying to cancel", "cancel_order", "cancel_order"),
    ("I do NOT want a return", "start_return", "start_return"),
    ("I don't want to return it", "start_return", "start_return"),
    ("not a return please", "start_return", "start_return"),
    ("no exchange please", "start_return", "start_return"),
    ("I never wanted to return the boots", "start_return", "start_return"),
    ("no need for an invoice", "request_invoice", "request_invoice"),
    ("I don't need an invoice", "request_invoice", "request_invoice"),
    ("no invoice", "request_invoice", "request_invoice"),
    ("don't send me the invoice", "request_invoice", "request_invoice"),
    ("an invoice is not required", "request_invoice", "request_invoice"),
    ("forget about the invoice", "request_invoice", "request_invoice"),
    ("I didn't ask for a refund", "ask_refund_status", "ask_refund_status"),
    ("I do not need a refund", "ask_refund_status", "ask_refund_status"),
    ("please do not change my address", "change_address", "change_address"),
    ("don't touch the address", "change_address", "change_address"),
    ("there is no need to change the address", "change_address", "change_address"),
    ("I don't want to talk to a person", "talk_to_person", "talk_to_person"),
    ("no human please", "talk_to_person", "talk_to_person"),
    ("please don't reset my password", "reset_access", "reset_access"),
    ("I don't want to report anything", "report_damage", "report_damage"),
    ("不要取消订单", "cancel_order", "cancel_order"),
    ("请不要取消", "cancel_order", "cancel_order"),
    ("我不想退货", "start_return", "start_return"),
    ("不用退款", "ask_refund_status", "ask_refund_status"),
    ("不需要发票", "request_invoice", "request_invoice"),
    ("别改地址", "change_address", "change_address"),
    ("先不要转人工", "talk_to_person", "talk_to_person"),
]
# text, what the classifier takes it for, what is asked for
ANOTHER = [
    ("don't cancel, just change the address", "cancel_order", "change_address"),
    ("don't cancel it but change the address", "cancel_order", "change_address"),
    ("please don't cancel the order. Change the address instead", "cancel_order", "change_address"),
    ("I don't want a refund, I want an exchange", "ask_refund_status", "start_return"),
    ("I don't want a refund, I want an exchange", "deny", "start_return"),
    ("no refund, an exchange please", "ask_refund_status", "start_return"),
    ("not a refund, an exchange", "inform", "start_return"),
    ("please don't cancel the order. Change the address instead", "change_address", "change_address"),
    ("I don't want the tent any more, cancel it", "refuse", "cancel_order"),
    ("I do not want to return it, cancel it", "start_return", "cancel_order"),
    ("not the invoice, I need to reset my password", "request_invoice", "reset_access"),
    ("I'd rather not cancel, only change the address", "cancel_order", "change_address"),
    ("instead of a refund I want to exchange it", "ask_refund_status", "start_return"),
    ("不要取消，只改地址", "cancel_order", "change_address"),
    ("我不要退款，我要换货", "ask_refund_status", "start_return"),
]
# text and intent that stays
KEPT = [
    ("why can't I cancel my order", "cancel_order"),
    ("why don't you cancel my order", "cancel_order"),
    ("I can't cancel it on the site, please do it", "cancel_order"),
    ("my parcel did not arrive, please track it", "track_order"),
    ("the tracking does not work", "track_order"),
    ("don't you ship to Norway?", "ask_question"),
    ("don't you accept returns?", "start_return"),
    ("I can't log in, the password is not working", "reset_access"),
    ("I did not get a password mail", "reset_access"),
    ("my invoice has not arrived", "request_invoice"),
    ("there was no invoice in the box", "request_invoice"),
    ("I never got the receipt", "request_invoice"),
    ("I have not received my refund", "ask_refund_status"),
    ("no refund yet", "ask_refund_status"),
    ("I don't know how to return it", "start_return"),
    ("I don't need the boots any more, I want to return them", "start_return"),
    ("I don't want the tent any more, cancel it", "cancel_order"),
    ("don't send the tent", "cancel_order"),
    ("please don't ship my order", "cancel_order"),
    ("don't forget to change the address", "change_address"),
    ("don't worry, just cancel it", "cancel_order"),
    ("the address is not right, change it", "change_address"),
    ("what happens if I don't return it", "ask_question"),
    ("can I not cancel?", "cancel_order"),
    ("I don't understand the invoice", "request_invoice"),
    ("if you don't answer I will cancel", "cancel_order"),
    ("it does not fit, I want an exchange", "start_return"),
    ("I don't want to wait, where is my parcel", "track_order"),
    ("I did not receive the replacement", "report_damage"),
    ("no, the return address is wrong", "deny"),
    ("no", "deny"),
    ("not working", "nlu_fallback"),
    ("cancel", "cancel_order"),
    ("为什么不能取消订单", "cancel_order"),
    ("我没有收到退款", "ask_refund_status"),
    ("我的订单不能取消吗", "cancel_order"),
    ("我要取消订单", "cancel_order"),
]


@pytest.fixture(scope="module")
def handler():
    pipeline = yaml.safe_load((ROOT / "config.yml").read_text())["pipeline"]
    (config,) = [one for one in pipeline if one["name"].endswith("NegationHandler")]
    return NegationHandler.create({**NegationHandler.get_default_config(), **config}, None, None, None)


def mended(handler, text, predicted):
    others = ["change_address", "start_return", "cancel_order", "reset_access", "refuse", "track_order"]
    ranking = [{"name": predicted, "confidence": 0.5}]
    ranking += [{"name": name, "confidence": 0.05} for name in others if name != predicted]
    message = Message({"text": text, "intent": dict(ranking[0]), "intent_ranking": ranking})
    (done,) = handler.process([message])
    assert done.get("intent") == done.get("intent_ranking")[0]
    return done


@pytest.mark.parametrize(("text", "predicted", "negated"), REFUSED)
def test_a_request_that_is_only_refused_is_a_refusal(handler, text, predicted, negated):
    message = mended(handler, text, predicted)
    assert (message.get("intent")["name"], message.get("negated")) == ("refuse", negated)
    assert message.get("intent")["confidence"] >= 0.9
    assert all(item["confidence"] <= 0.1 + 1e-9 for item in message.get("intent_ranking")[1:])
    assert negated not in [item["name"] for item in message.get("intent_ranking")], "it is not offered as a choice"


@pytest.mark.parametrize(("text", "predicted", "wanted"), ANOTHER)
def test_what_is_asked_for_beside_it_wins(handler, text, predicted, wanted):
    assert mended(handler, text, predicted).get("intent")["name"] == wanted


@pytest.mark.parametrize(("text", "predicted"), KEPT)
def test_reports_and_questions_are_no_refusals(handler, text, predicted):
    message = mended(handler, text, predicted)
    assert (message.get("intent")["name"], message.get("negated")) == (predicted, None)
    assert {"cancel_order", "start_return"} <= {item["name"] for item in message.get("intent_ranking")}


def test_a_learned_refusal_without_any_no_gives_way_to_the_next_intent(handler):
    assert mended(handler, "the boots are blue", "refuse").get("intent")["name"] == "change_address"
    assert mended(handler, "I don't want that", "refuse").get("intent")["name"] == "refuse"


def test_the_table_is_large_enough_to_mean_something():
    assert len(REFUSED) + len(ANOTHER) + len(KEPT) >= 60


@pytest.mark.parametrize("words", [["cancel"], {"cancel_order": "cancel"}, "cancel"])
def test_words_of_the_wrong_shape_are_refused_with_a_remedy(words):
    with pytest.raises(ValueError, match=r"Mend config\.yml"):
        NegationHandler.validate_config({"words": words})


def test_without_words_nothing_is_changed():
    silent = NegationHandler.create(NegationHandler.get_default_config(), None, None, None)
    assert mended(silent, "please don't cancel my order", "cancel_order").get("intent")["name"] == "cancel_order"
