"""The confidence model, its file, and the measures it is judged by (worked out by hand)."""

from __future__ import annotations

import json
import math

import pytest

from bot.answering import calibration, logistic
from bot.answering.confidence import FEATURES, RANKING_FEATURES, Confidence, load_confidence
from bot.answering.logistic import Logistic
from bot.errors import SettingsError

ONE = Logistic(("score",), (0.5,), (0.25,), (2.0,), 0.0)


def test_probability_by_hand():
    assert ONE.probability({"score": 0.5}) == 0.5
    assert ONE.probability({"score": 0.75}) == pytest.approx(1 / (1 + math.exp(-2)))
    assert 0.0 < ONE.probability({"score": -1e9}) < 1e-12


def test_log_odds_by_hand():
    assert ONE.logit({"score": 0.75}) == 2.0
    assert ONE.logit({"score": 1e9}) == logistic.LOGIT_LIMIT


def test_fit_separates_what_can_be_separated():
    rows = [{"score": value / 10} for value in range(10)]
    fitted = logistic.fit(rows, [value >= 5 for value in range(10)], ["score"], strength=10.0)
    assert fitted.probability({"score": 0.9}) > 0.9
    assert fitted.probability({"score": 0.0}) < 0.1


def test_a_choice_learns_what_tells_the_right_row_of_a_set_apart():
    sets = [
        ([{"near": at, "size": size, "odd": -at} for at in range(4)], [at == 3 for at in range(4)])
        for size in (0.0, 50.0, 100.0)
    ]
    useless = ([{"near": 9.0, "size": 0.0, "odd": 9.0}], [True])
    fitted = logistic.fit_choice([*sets, useless], ["near", "size", "odd"])
    near, size, odd = fitted.weights
    assert near > 0.5
    assert (size, odd, fitted.intercept) == (pytest.approx(0.0, abs=1e-6), 0.0, 0.0)
    assert logistic.fit_choice(sets, ["near"], strength=100.0).weights[0] > near


def test_the_model_survives_its_file(tmp_path):
    saved = Confidence(ONE, 0.8, 0.4, {"made_by": "a test"})
    saved.save(tmp_path / "model.json")
    assert load_confidence(tmp_path / "model.json") == saved


def test_the_shipped_model_says_where_it_comes_from():
    shipped = load_confidence()
    assert set(shipped.model.names) <= set(FEATURES)
    assert set(shipped.ranking.names) <= set(RANKING_FEATURES)
    assert 0.0 < shipped.ask_threshold < shipped.threshold < 1.0
    assert shipped.provenance["allowed_wrong"] == 0.05
    assert shipped.provenance["embedder"]


GOOD = {
    "model": {"names": ["score"], "means": [0], "scales": [1], "weights": [1], "intercept": 0},
    "ranking": {"names": ["score"], "means": [0], "scales": [1], "weights": [1], "intercept": 0},
    "threshold": 0.8,
    "ask_threshold": 0.4,
    "thresholds": {"0.02": 0.9, "0.05": 0.8, "0.2": 0.3},
    "provenance": {},
}


@pytest.mark.parametrize(
    "change",
    [
        {"model": {**GOOD["model"], "names": ["mood"]}},
        {"model": {**GOOD["model"], "scales": [0]}},
        {"model": {**GOOD["model"], "means": [0, 1]}},
        {"model": None},
        {"ranking": None},
        {"ranking": {**GOOD["ranking"], "names": ["rank"]}},
        {"threshold": "high"},
        {"thresholds": {"a few": 0.5}},
        {"thresholds": [0.5]},
    ],
)
def test_a_damaged_file_is_refused_with_the_remedy(tmp_path, change):
    path = tmp_path / "model.json"
    path.write_text(json.dumps({**GOOD, **change}))
    with pytest.raises(SettingsError, match=r"calibrate_answers\.py --write"):
        load_confidence(path)


def test_the_shipped_model_knows_which_scores_it_was_fitted_on():
    shipped = load_confidence()
    assert shipped.fitted_on("all-MiniLM-L6-v2", "packaged")
    assert not shipped.fitted_on("multilingual-e5-small", "packaged")
    assert not shipped.fitted_on("all-MiniLM-L6-v2", "off")


@pytest.mark.parametrize(
    ("wrong", "threshold", "ask"),
    [(0.05, 0.8, 0.4), (0.1, 0.8, 0.4), (0.5, 0.3, 0.3), (0.02, 0.9, 0.4), (0.01, 1.0, 0.4)],
)
def test_the_share_of_wrong_answers_names_the_threshold(tmp_path, wrong, threshold, ask):
    path = tmp_path / "model.json"
    path.write_text(json.dumps(GOOD))
    chosen = load_confidence(path).allowing(wrong)
    assert (chosen.threshold, chosen.ask_threshold) == (threshold, ask)


def test_no_file_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="no confidence model"):
        load_confidence(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("probabilities", "wrong", "allowed", "threshold"),
    [
        ([0.9, 0.8, 0.7, 0.6], [False, False, False, True], 0.0, 0.7),
        ([0.9, 0.8, 0.7, 0.6], [False, True, False, False], 0.25, 0.6),
        ([0.9, 0.8, 0.7, 0.6], [False, True, False, False], 0.2, 0.9),
        ([0.9, 0.9, 0.5], [True, False, False], 0.1, 1.0),
        ([0.9, 0.9], [False, False], 0.0, 0.9),
        ([], [], 0.05, 1.0),
    ],
)
def test_pick_threshold(probabilities, wrong, allowed, threshold):
    assert calibration.pick_threshold(probabilities, wrong, allowed=allowed) == threshold


@pytest.mark.parametrize(
    ("probabilities", "right", "area"),
    [
        ([0.9, 0.8, 0.2], [True, True, False], 1.0),
        ([0.1, 0.9], [True, False], 0.0),
        ([0.5, 0.5], [True, False], 0.5),
        ([0.9, 0.5, 0.5, 0.1], [True, False, True, False], 0.875),
    ],
)
def test_auroc(probabilities, right, area):
    assert calibration.auroc(probabilities, right) == area


def test_auroc_of_one_kind_only_is_not_a_number():
    assert math.isnan(calibration.auroc([0.5], [True]))


def test_expected_calibration_error():
    # One bin holds .95 and .95 with one right (gap .45), one holds .15 with none right (gap .15).
    found = calibration.expected_calibration_error([0.95, 0.95, 0.15], [True, False, False])
    assert found == pytest.approx((2 * 0.45 + 0.15) / 3)
