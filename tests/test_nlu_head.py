"""The closed-form head: its out-of-fold figures are those of trainings without the row or the intent."""

from __future__ import annotations

import numpy as np
import pytest

from bot.nlu import familiarity, head, lexical

TEXTS = [
    "where is my parcel", "track my parcel", "has my parcel shipped", "parcel status please",
    "cancel the order", "stop my order", "please cancel it", "I want to cancel",
    "opening hours today", "when do you open", "are you open on sunday", "hours of the shop",
]  # fmt: skip
LABELS = np.repeat(np.arange(3), 4)


def rows_of(texts, seed=0):
    """Vectors that lie near those of their own intent, and the real words."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((3, 16))
    vectors = centres[[TEXTS.index(text) // 4 for text in texts]] + rng.standard_normal((len(texts), 16))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return head.Rows(vectors.astype(np.float32), lexical.lexical_rows(texts, lexical.rarities(TEXTS)))


def train(rows, labels=LABELS, classes=3):
    targets = (np.eye(classes) - 1 / classes)[labels]
    system = head.kernel(rows, rows).astype(float) + head.RIDGE * np.eye(len(labels))
    return np.linalg.solve(system, targets)


@pytest.fixture
def trained():
    rows = rows_of(TEXTS)
    return rows, *head.train(rows, LABELS, np.ones(len(LABELS), dtype=np.float32))


def test_a_text_is_most_like_itself():
    rows = rows_of(TEXTS)
    found = head.kernel(rows, rows)
    np.testing.assert_allclose(np.diag(found), 1, atol=1e-5)
    assert found[~np.eye(len(found), dtype=bool)].max() < 1


def test_the_kernel_does_not_depend_on_the_size_of_its_blocks(monkeypatch):
    rows = rows_of(TEXTS)
    whole = head.kernel(rows, rows)
    monkeypatch.setattr(head, "BLOCK", 5)
    np.testing.assert_allclose(head.kernel(rows, rows), whole, atol=1e-6)


def test_without_a_row_is_a_training_without_it(trained):
    rows, _, found = trained
    for at in range(len(LABELS)):
        others = np.delete(np.arange(len(LABELS)), at)
        weights = train(rows.taken(others), LABELS[others])
        expected = head.kernel(rows.taken(np.array([at])), rows.taken(others)) @ weights
        np.testing.assert_allclose(found.seen[at], expected[0], atol=1e-4)


def test_without_an_intent_is_a_training_without_its_rows(trained):
    rows, _, found = trained
    for intent in range(3):
        own, others = np.flatnonzero(intent == LABELS), np.flatnonzero(intent != LABELS)
        weights = train(rows.taken(others), LABELS[others])
        expected = head.kernel(rows.taken(own), rows.taken(others)) @ weights
        kept = [at for at in range(3) if at != intent]
        np.testing.assert_allclose(found.unseen[own][:, kept], expected[:, kept], atol=1e-4)


def test_a_row_is_no_neighbour_of_itself_and_a_stranger_has_none_of_its_own(trained):
    rows, _, found = trained
    compared = head.kernel(rows, rows)
    np.fill_diagonal(compared, 0)
    np.testing.assert_allclose(found.near, head.nearness(compared), atol=1e-5)
    compared[LABELS[:, None] == LABELS[None, :]] = 0
    np.testing.assert_allclose(found.far, head.nearness(compared), atol=1e-5)


def test_all_rows_as_landmarks_are_the_exact_system(trained, monkeypatch):
    rows, exact, found = trained
    monkeypatch.setattr(head, "EXACT_UP_TO", 0)
    monkeypatch.setattr(head, "LANDMARKS", len(LABELS))
    other, figures = head.train(rows, LABELS, np.ones(len(LABELS), dtype=np.float32))
    np.testing.assert_allclose(other.scores(rows)[0], exact.scores(rows)[0], atol=5e-3)
    np.testing.assert_allclose(figures.seen, found.seen, atol=2e-2)
    np.testing.assert_allclose(figures.near, found.near, atol=1e-4)


def test_a_row_of_less_trust_pulls_less(trained):
    rows, _, _ = trained
    trust = np.ones(len(LABELS), dtype=np.float32)
    trust[0] = 0.1
    doubted, _ = head.train(rows, LABELS, trust)
    trusted, _ = head.train(rows, LABELS, np.ones(len(LABELS), dtype=np.float32))
    assert doubted.scores(rows)[0][0, 0] < trusted.scores(rows)[0][0, 0]


@pytest.mark.parametrize(
    ("left", "right", "alike"),
    [
        ("where is my parcel", "WHERE is my parcel", 1.0),
        ("broken", "borken", None),
        ("订单取消", "取消订单", None),
        ("parcel", "zzz", 0.0),
        ("", "parcel", 0.0),
        ("?!", "parcel", 0.0),
    ],
)
def test_words_and_pieces_of_words_are_compared(left, right, alike):
    rows = lexical.lexical_rows([left, right], lexical.rarities([left, right]))
    shared = float((rows[0] @ rows[1].T).toarray()[0, 0])
    assert shared == pytest.approx(alike, abs=1e-5) if alike is not None else 0 < shared < 1


@pytest.mark.parametrize(
    ("intent", "words"), [("faq/card_arrival", "faq card arrival"), ("__", ""), ("greet", "greet")]
)
def test_an_intent_is_spoken_as_words(intent, words):
    assert lexical.spoken(intent) == words


def test_the_temperature_is_that_of_the_least_log_loss():
    rng = np.random.default_rng(3)
    logits = rng.standard_normal((4000, 5)) * 2
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(5, p=row) for row in chances])
    assert familiarity.fitted_temperature(logits * 0.2, labels) == pytest.approx(0.2, rel=0.1)


def test_refusing_below_a_rank_costs_that_share_of_the_known(trained):
    _, _, found = trained
    known = familiarity.measure(found, LABELS, [True] * 3, 0.1)
    signs = known.signs(found.seen, found.near)
    assert (known.ranks(signs) < 0.25).sum() == 3
    assert known.ranks(np.array([-1e3, 1e3])).tolist() == [0, 1]
    strange = known.signs(found.unseen, found.far)
    assert known.probabilities(strange).mean() < 0.5 < known.probabilities(signs).mean()


def test_an_intent_outside_the_scope_makes_nothing_familiar(trained):
    _, _, found = trained
    within = familiarity.measure(found, LABELS, [True, True, True], 0.1)
    without = familiarity.measure(found, LABELS, [True, True, False], 0.1)
    assert (without.signs(found.seen, found.near)[8:] < within.signs(found.seen, found.near)[8:]).all()
    assert familiarity.Familiarity(**without.to_dict()) == without
