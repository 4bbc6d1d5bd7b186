"""The ladder that settings name: with which threshold, and when none can be trusted."""

import logging

import pytest
from fakes import KeywordEmbedder, ScriptedHits

from bot.answering.confidence import load_confidence
from bot.answering.opening import NOTHING, make_ladder
from bot.settings import AnswersSettings, Settings


class Named(KeywordEmbedder):
    def __init__(self, name: str) -> None:
        super().__init__("tent")
        self.name = name


@pytest.mark.parametrize(
    ("answers", "embedder", "threshold"),
    [
        ({}, "all-MiniLM-L6-v2", load_confidence().allowing(0.05).threshold),
        ({"allowed_wrong": 0.2}, "all-MiniLM-L6-v2", load_confidence().allowing(0.2).threshold),
        ({"allowed_wrong": 0.0}, "all-MiniLM-L6-v2", 1.0),
        ({"evidence_threshold": 0.3}, "multilingual-e5-small", 0.3),
        ({}, "multilingual-e5-small", NOTHING),
        ({"reranker": "off"}, "all-MiniLM-L6-v2", NOTHING),
    ],
)
def test_a_threshold_counts_only_for_the_models_it_was_fitted_on(tmp_path, caplog, answers, embedder, threshold):
    settings = Settings(var=tmp_path, answers=AnswersSettings(**answers))
    with caplog.at_level(logging.WARNING):
        ladder = make_ladder(settings, ScriptedHits(), Named(embedder), None)
    assert ladder.threshold == threshold
    assert ("calibrate_answers.py --write" in caplog.text) == (threshold == NOTHING)
