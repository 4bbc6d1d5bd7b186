"""The scope decision: what it does to the intent, and when nothing is asked."""

from __future__ import annotations

import pytest
from rasa.nlu.classifiers.fallback_classifier import is_fallback_classifier_prediction, undo_fallback_prediction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.scope import ScopeDetector

TITLES = {"track": {"en": "Where is it?", "zh": "在哪"}, "cancel": "Cancel it"}


def message(*ranking, rank=0.5, inside=0.9):
    ranking = [{"name": name, "confidence": confidence} for name, confidence in ranking]
    evidence = {"rank": rank, "inside": inside, "best": ranking[0]["name"]}
    return Message({"intent": dict(ranking[0]), "intent_ranking": ranking, "scope_evidence": evidence})


def decided(item, tracker=None, **config):
    config = {**ScopeDetector.get_default_config(), "titles": TITLES, **config}
    (found,) = ScopeDetector.create(config, None, None, None).process([item], tracker)
    return found


def tracker(*events):
    return DialogueStateTracker.from_events("s", evts=list(events), domain=Domain.empty())


CLOSE = (("track", 0.5), ("cancel", 0.4))
ASKED = (UserUttered("hm"), ActionExecuted("action_which"), ActionExecuted("action_listen"))


@pytest.mark.parametrize(
    ("ranking", "rank", "intent", "decision"),
    [
        ([("track", 0.9), ("cancel", 0.1)], 0.5, "track", "in"),
        ([("track", 0.9), ("cancel", 0.1)], 0.04, "nlu_fallback", "out"),
        ([("track", 0.9), ("cancel", 0.1)], 0.05, "track", "in"),
        (CLOSE, 0.5, "unsure", "ambiguous"),
        (CLOSE, 0.01, "nlu_fallback", "out"),
        ([("track", 0.6), ("cancel", 0.29)], 0.5, "track", "in"),
        ([("track", 0.5), ("greet", 0.45)], 0.5, "track", "in"),
        ([("track", 0.2), ("cancel", 0.19)], 0.5, "nlu_fallback", "out"),
        ([("out_of_scope", 0.9), ("track", 0.05)], 0.5, "out_of_scope", "out"),
        ([("out_of_scope", 0.3), ("track", 0.3)], 0.01, "nlu_fallback", "out"),
        ([("track", 1.0)], 0.5, "track", "in"),
    ],
)
def test_one_decision(ranking, rank, intent, decision):
    found = decided(message(*ranking, rank=rank))
    assert found.get("intent")["name"] == intent
    assert found.get("intent_ranking")[0] == found.get("intent")
    assert found.as_dict(only_output_properties=True)["scope"]["decision"] == decision


def test_both_candidates_travel_with_their_titles():
    assert decided(message(*CLOSE)).get("scope")["candidates"] == [
        {"intent": "track", "title": TITLES["track"]},
        {"intent": "cancel", "title": "Cancel it"},
    ]


@pytest.mark.parametrize(
    ("events", "intent"),
    [
        ((), "unsure"),
        (ASKED, "track"),
        ((*ASKED, UserUttered("a"), ActionExecuted("utter_greet"), ActionExecuted("action_listen")), "unsure"),
        ((ActiveLoop("return_form"),), "track"),
        ((ActiveLoop("return_form"), ActiveLoop(None)), "unsure"),
    ],
)
def test_nothing_is_asked_twice_or_inside_a_form(events, intent):
    assert decided(message(*CLOSE), tracker(*events)).get("intent")["name"] == intent


def test_without_titles_nothing_is_asked():
    assert decided(message(*CLOSE), titles={}).get("intent")["name"] == "track"


def test_what_resembles_outsiders_scores_less():
    near = message(("track", 0.5), ("out_of_scope", 0.5), inside=0.8)
    assert decided(near).get("scope")["score"] == pytest.approx(0.4)


def test_an_intent_that_another_component_has_set_stays():
    item = message(*CLOSE, rank=0.0)
    item.set("intent", {"name": "refuse", "confidence": 0.8})
    found = decided(item)
    assert found.get("intent")["name"] == "refuse"
    assert found.get("scope")["decision"] == "in"


def test_a_message_without_evidence_is_left_alone():
    item = Message({"intent": {"name": "track", "confidence": 1.0}, "intent_ranking": []})
    assert decided(item).get("scope") is None


def test_rasas_own_test_takes_a_refusal_back():
    prediction = decided(message(*CLOSE, rank=0.0)).as_dict(only_output_properties=False)
    assert is_fallback_classifier_prediction(prediction)
    assert undo_fallback_prediction(prediction)["intent"]["name"] == "track"


@pytest.mark.parametrize("name", ["false_alarms", "confidence", "ambiguity"])
def test_a_share_outside_0_to_1_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} is 5"):
        ScopeDetector.validate_config({name: 5})


@pytest.mark.parametrize(("text", "intent"), [("?", "nlu_fallback"), ("...", "nlu_fallback"), ("ok?", "affirm")])
def test_what_says_nothing_is_no_yes(text, intent):
    item = message(("affirm", 0.9))
    item.set("text", text)
    found = decided(item)
    assert found.get("intent")["name"] == intent
    assert found.get("scope")["decision"] == ("in" if intent == "affirm" else "out")


@pytest.mark.parametrize(
    ("third", "intent", "candidates"), [(0.25, "unsure", 3), (0.15, "nlu_fallback", 0), (0.05, "nlu_fallback", 0)]
)
def test_three_that_share_the_probability_are_all_asked_for(third, intent, candidates):
    item = message(("track", 0.34), ("cancel", 0.28), ("invoice", third))
    found = decided(item, confidence=0.45, titles={**TITLES, "invoice": "Get an invoice"})
    assert found.get("intent")["name"] == intent
    assert len(found.get("scope").get("candidates", ())) == candidates
