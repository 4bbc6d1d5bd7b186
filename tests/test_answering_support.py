"""The support scorer: what a text states passes, what it does not is told apart, and its weights are ours."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from bot.answering.evidence import Evidence, evidence_of
from bot.answering.grounding import THRESHOLD, Grounder
from bot.answering.support.scorer import WEIGHTS, PackagedScorer, ScorerUnavailable, load_scorer
from retrieval.reranking import network
from retrieval.tickets import Hit, Ticket

FREE = "The return label is free of charge."
DEADLINE = "Unworn items can be sent back within 30 days of delivery."


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> PackagedScorer:
    return load_scorer(tmp_path_factory.mktemp("support"), threads=1)


def make(answer: str, ticket_id: str) -> Evidence:
    return evidence_of(Hit(Ticket(ticket_id, "s", answer=answer, topic="t"), 0.8, 0.8, 0.8))


@pytest.mark.parametrize(
    ("text", "stated", "not_stated"),
    [
        (FREE, "You don't pay anything for the return label.", "You have to pay for the return label."),
        (DEADLINE, "You have 30 days after delivery to return what you haven't worn.", "You can return worn items."),
        (f"{FREE} {DEADLINE}", "Sending things back costs you nothing for the label.", "The label is sent by e-mail."),
        ("Pets are not allowed in our hotel.", "You can't bring your dog, no pets are allowed.", "Pets are welcome."),
    ],
)
def test_what_a_text_states_scores_higher_than_what_it_does_not(scorer, text, stated, not_stated):
    high, low = scorer.scores([(text, stated), (text, not_stated)])
    assert 0.0 <= low < high <= 1.0


def test_scores_hardly_depend_on_what_else_is_asked(scorer):
    pairs = [(f"{DEADLINE} {'Tents are heavy. ' * at}", f"Items go back within {at} days.") for at in range(12)]
    expected = scorer.scores(pairs)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: scorer.scores(pairs), range(4))) == [expected] * 4
    assert np.allclose([scorer.scores([pair])[0] for pair in pairs], expected, atol=0.1)


def test_nothing_empty_and_endless_texts(scorer):
    assert scorer.scores([]) == []
    assert np.isfinite(scorer.scores([("", ""), ("\x00", "tent " * 20_000), ("pole " * 20_000, "[SEP] [CLS]")])).all()


def test_the_network_is_made_once(tmp_path):
    load_scorer(tmp_path, threads=1)
    (made,) = tmp_path.iterdir()
    written = made.stat().st_mtime_ns
    assert load_scorer(tmp_path, threads=1) is load_scorer(tmp_path, threads=1)
    load_scorer(tmp_path, threads=2)
    assert made.stat().st_mtime_ns == written


def test_a_broken_file_is_named_with_the_remedy(tmp_path):
    (tmp_path / f"support-{network.fingerprint(WEIGHTS)[:16]}.onnx").write_bytes(b"no graph")
    with pytest.raises(ScorerUnavailable, match=r"support-.* cannot be loaded.*Delete the file"):
        load_scorer(tmp_path, threads=1)


def test_the_card_belongs_to_the_weights_and_names_their_sources():
    card = json.loads(WEIGHTS.with_suffix(".json").read_text(encoding="utf-8"))
    assert card["sha256"] == hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    assert all(source["licence"] and source["source"] for source in card["data"])
    assert card["threshold"] == THRESHOLD
    assert WEIGHTS.stat().st_size < 12_000_000


def test_a_draft_keeps_what_its_evidence_states(scorer):
    evidence = [make(f"{DEADLINE} Swimwear must still carry its hygiene strip.", "T-1"), make(FREE, "T-2")]
    draft = (
        "Thanks for asking!",
        "You can send unworn items back within 30 days of delivery.",
        "You can send unworn items back within 60 days of delivery.",
        "We also give every customer a voucher for the next order.",
        "The return label is free.",
    )
    found = Grounder(scorer).grounded(draft, evidence)
    assert [(one.text, one.ticket_id) for one in found] == [(draft[1], "T-1"), (draft[4], "T-2")]
    assert all(THRESHOLD <= one.score <= 1.0 for one in found)
