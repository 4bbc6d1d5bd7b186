"""The cross-validation's parts that need no training: who is in which fold, what counts as one of ours."""

from collections import Counter

import pytest

from bot.dialogue.understanding import folds_of, inside


def test_every_intent_is_spread_over_all_folds_the_same_way_each_time():
    intents = ["greet"] * 10 + ["rare"] * 5 + ["single"]
    folds = folds_of(intents, 5)
    assert folds == folds_of(intents, 5)
    greetings = Counter(fold for intent, fold in zip(intents, folds, strict=True) if intent == "greet")
    assert greetings == dict.fromkeys(range(5), 2)
    assert {fold for intent, fold in zip(intents, folds, strict=True) if intent == "rare"} == set(range(5))
    assert len(set(Counter(folds).values())) <= 2, "no fold is much larger than another"


@pytest.mark.parametrize(
    ("parsed", "share"),
    [
        ({"scope": {"score": 0.25}, "intent": {"name": "greet", "confidence": 1.0}}, 0.25),
        ({"intent": {"name": "greet", "confidence": 0.75}}, 0.75),
        ({"intent": {"name": "out_of_scope", "confidence": 0.75}}, 0.0),
        (
            {
                "intent": {"name": "nlu_fallback", "confidence": 0.6},
                "intent_ranking": [
                    {"name": "nlu_fallback", "confidence": 0.6},
                    {"name": "out_of_scope", "confidence": 0.5},
                    {"name": "greet", "confidence": 0.4},
                ],
            },
            0.4,
        ),
    ],
)
def test_inside_is_the_scope_score_or_the_best_intent_of_ours(parsed, share):
    assert inside(parsed) == share
