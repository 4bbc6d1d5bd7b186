"""Training learns what it is shown, in the same way each time, and stores no more than what changed."""

from __future__ import annotations

import numpy as np
import pytest

from bot.errors import TuningError
from bot.nlu.tuning.encoder import TunableEncoder, bert_weights
from bot.nlu.tuning.optimizer import AdamW, share_of_rate
from bot.nlu.tuning.project import epochs_for
from bot.nlu.tuning.store import fingerprint_of, with_changes, write_changes
from bot.nlu.tuning.trainer import Recipe, Trainer
from tests.test_nlu_tuning_layer import HEADS, small_weights

# Whether 3 is before 4 or behind it: means of word vectors cannot tell these apart, attention can.
ROWS = [[1, 3, 4, 2], [1, 4, 3, 2], [1, 5, 3, 4, 2], [1, 5, 4, 3, 2], [1, 3, 4, 6, 2], [1, 4, 3, 6, 2]] * 4
INTENTS = np.array([0, 1] * 12)


def trained(threads=1, seed=7, epochs=25, frozen=0):
    encoder = TunableEncoder(small_weights(), layers=2, heads=HEADS, frozen=frozen)
    recipe = Recipe(epochs, rate=1e-2, batch=8, dropout=0.1, seed=seed, threads=threads)
    trainer = Trainer(encoder, ROWS, INTENTS, recipe)
    return encoder, trainer, trainer.run()


def test_it_learns_what_only_the_order_of_words_tells():
    encoder, trainer, losses = trained()
    assert losses[-1] < losses[0] / 4
    assert (trainer.prototypes.logits(encoder.embed(ROWS)).argmax(axis=1) == INTENTS).all()


@pytest.mark.parametrize("threads", [1, 3])
def test_the_same_seed_gives_the_same_weights_and_another_does_not(threads):
    first, again, other = (trained(threads, seed, 2)[0].upper[0].values["qkv"] for seed in (7, 7, 8))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)


def test_threads_share_a_batch_without_changing_what_is_learned():
    assert trained(threads=3)[2][-1] == pytest.approx(trained(threads=1)[2][-1], abs=0.3)


def test_frozen_layers_stay_as_they_were():
    encoder = trained(epochs=1, frozen=1)[0]
    weights = small_weights()
    lower = bert_weights(encoder._lower[0].values, 0)
    assert all(np.array_equal(lower[name], weights[name]) for name in lower)
    assert not np.array_equal(bert_weights(encoder.upper[0].values, 1)["encoder.layer.1.output.dense.weight"],
                              weights["encoder.layer.1.output.dense.weight"])  # fmt: skip


def test_progress_counts_every_example_once_an_epoch():
    encoder = TunableEncoder(small_weights(), layers=2, heads=HEADS, frozen=1)
    seen = []
    Trainer(encoder, ROWS[:10], INTENTS[:10], Recipe(2, batch=4)).run(seen.append)
    assert seen == [4, 8, 10, 14, 18, 20]


def test_adamw_finds_the_bottom_of_a_bowl_across_blocks():
    array = np.full((3, 20_000), 2, dtype=np.float32)
    optimizer = AdamW([array], [0.05], [0.0])
    for step in range(200):
        optimizer.step([array - 1], share_of_rate(step, 200))
    assert np.abs(array - 1).max() < 0.01


def test_adamw_refuses_an_array_that_it_could_only_change_in_a_copy():
    with pytest.raises(ValueError, match="not contiguous"):
        AdamW([np.zeros((4, 4), dtype=np.float32).T[1:]], [0.1], [0.0])


def test_the_rate_rises_then_falls():
    shares = [share_of_rate(step, 100) for step in range(100)]
    assert shares[0] == pytest.approx(0.1)
    assert max(shares) == 1
    assert shares[10:] == sorted(shares[10:], reverse=True)
    assert 0 < shares[-1] < 0.02


@pytest.mark.parametrize("examples", [0, 1, 770, 10_003, 1_000_000])
def test_few_examples_are_seen_more_often_than_many(examples):
    assert epochs_for(examples) >= epochs_for(examples + 1) >= 1


def test_changes_come_back_to_a_fraction_of_what_changed(tmp_path):
    base = small_weights()
    encoder = trained(epochs=3)[0]
    tuned = bert_weights(encoder.upper[1].values, 1)
    path = tmp_path / "changes.safetensors"
    write_changes(path, tuned, base, "a" * 64)
    read = with_changes(path, base, "a" * 64)
    for name, value in tuned.items():
        change = np.abs(value - base[name]).max()
        assert np.abs(read[name] - value).max() <= change / 127 + 1e-7
    untouched = set(base) - set(tuned)
    assert all(read[name] is base[name] for name in untouched)


def test_changes_of_other_weights_are_refused(tmp_path):
    path = tmp_path / "changes.safetensors"
    write_changes(path, {}, {}, "a" * 64)
    with pytest.raises(TuningError, match="Train again"):
        with_changes(path, {}, "b" * 64)
    assert fingerprint_of(path, "a" * 64) != fingerprint_of(path, "b" * 64)
