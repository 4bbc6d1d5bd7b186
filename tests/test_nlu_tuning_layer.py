"""The encoder in numpy agrees with the published model, and its derivatives with differences."""

from __future__ import annotations

import numpy as np
import pytest

from bot.nlu.tuning.encoder import TunableEncoder, bert_weights, layer_values
from bot.nlu.tuning.layer import gelu
from bot.nlu.tuning.objective import Prototypes

DIMENSION, WIDE, HEADS = 8, 16, 2
ROWS = [[1, 5, 2], [1, 7, 9, 4, 2], [1, 3, 3, 2]]
LENGTHS = [len(row) for row in ROWS]


def small_weights(layers=2, seed=0):
    rng = np.random.default_rng(seed)

    def some(*shape):
        return (rng.standard_normal(shape) * 0.4).astype(np.float32)

    weights = {
        "embeddings.word_embeddings.weight": some(12, DIMENSION),
        "embeddings.position_embeddings.weight": some(10, DIMENSION),
        "embeddings.token_type_embeddings.weight": some(2, DIMENSION),
        "embeddings.LayerNorm.weight": 1 + some(DIMENSION),
        "embeddings.LayerNorm.bias": some(DIMENSION),
    }
    shapes = {
        "attention.self.query": (DIMENSION, DIMENSION),
        "attention.self.key": (DIMENSION, DIMENSION),
        "attention.self.value": (DIMENSION, DIMENSION),
        "attention.output.dense": (DIMENSION, DIMENSION),
        "intermediate.dense": (WIDE, DIMENSION),
        "output.dense": (DIMENSION, WIDE),
        "attention.output.LayerNorm": (DIMENSION,),
        "output.LayerNorm": (DIMENSION,),
    }
    for number in range(layers):
        for name, shape in shapes.items():
            weights[f"encoder.layer.{number}.{name}.weight"] = some(*shape) + (len(shape) == 1)
            weights[f"encoder.layer.{number}.{name}.bias"] = some(shape[0])
    return weights


@pytest.mark.parametrize(
    "name",
    [
        "qkv", "qkv_bias", "out", "out_bias", "norm_1", "norm_1_bias",
        "wide", "wide_bias", "narrow", "narrow_bias", "norm_2", "norm_2_bias",
    ],
)  # fmt: skip
@pytest.mark.parametrize("number", [0, 1])
def test_each_derivative_is_the_slope_of_the_loss(name, number):
    encoder = TunableEncoder(small_weights(), layers=2, heads=HEADS, frozen=0)
    wanted = np.random.default_rng(1).standard_normal((3, DIMENSION)).astype(np.float32)

    def loss():
        return float((encoder.embed(ROWS).astype(np.float64) * wanted).sum())

    loss()
    grad = encoder.backward(wanted)[number][name]
    values = encoder.upper[number].values[name]
    direction = np.random.default_rng(2).standard_normal(values.shape).astype(np.float32)
    step = np.float32(2e-3)
    values += step * direction
    above = loss()
    values -= 2 * step * direction
    below = loss()
    slope = (above - below) / (2 * float(step))
    # A key's bias moves all scores of a row alike, so that a third of this slope is exactly nothing.
    assert float((grad * direction).sum()) == pytest.approx(slope, rel=0.02, abs=2e-3)


def test_dropout_is_part_of_the_derivative():
    encoder = TunableEncoder(small_weights(), layers=2, heads=HEADS, frozen=1)
    wanted = np.ones((3, DIMENSION), dtype=np.float32)
    wanted[:, ::2] = -1

    def loss():
        vectors = encoder.forward(encoder.lower(ROWS), LENGTHS, 0.5, np.random.default_rng(3))
        return float((vectors * wanted).sum())

    loss()
    grad = encoder.backward(wanted)[0]["wide"]
    values = encoder.upper[0].values["wide"]
    values += 1e-3 * grad
    above = loss()
    values -= 2e-3 * grad
    assert (above - loss()) / 2e-3 == pytest.approx(float((grad * grad).sum()), rel=0.02)


def test_a_text_gets_the_same_vector_alone_and_in_a_batch():
    encoder = TunableEncoder(small_weights(), layers=2, heads=HEADS, frozen=1)
    together = encoder.embed(ROWS)
    alone = np.concatenate([encoder.embed([row]) for row in ROWS])
    assert np.allclose(together, alone, atol=1e-6)
    assert np.allclose(np.linalg.norm(together, axis=1), 1)


def test_weights_keep_their_values_on_the_way_there_and_back():
    weights = small_weights()
    back = bert_weights(layer_values(weights, 1), 1)
    assert set(back) == {name for name in weights if name.startswith("encoder.layer.1.")}
    assert all(np.array_equal(back[name], weights[name]) for name in back)


def test_gelu_is_exact_to_float32():
    from scipy.special import ndtr

    x = np.linspace(-9, 9, 4001, dtype=np.float32)
    value, slope = gelu(x)
    exact = x.astype(np.float64)
    density = np.exp(-exact * exact / 2) / np.sqrt(2 * np.pi)
    assert np.abs(value - exact * ndtr(exact)).max() < 2e-6
    assert np.abs(slope - (ndtr(exact) + exact * density)).max() < 2e-6


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_derivatives_of_the_loss_are_its_slopes(smoothing):
    rng = np.random.default_rng(4)
    vectors = rng.standard_normal((6, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    intents = np.array([0, 1, 2, 0, 1, 2])
    prototypes = Prototypes(vectors, intents, scale=3.0, smoothing=smoothing)
    _, by_vector, by_direction = prototypes.loss(vectors, intents)
    for array, grad in ((vectors, by_vector), (prototypes.directions, by_direction)):
        moved = rng.standard_normal(array.shape).astype(np.float32)
        array += np.float32(1e-3) * moved
        above = prototypes.loss(vectors, intents)[0]
        array -= np.float32(2e-3) * moved
        slope = (above - prototypes.loss(vectors, intents)[0]) / 2e-3
        array += np.float32(1e-3) * moved
        assert float((grad * moved).sum()) == pytest.approx(slope, rel=0.02, abs=2e-4)


def test_parts_of_a_batch_add_up_to_the_whole():
    rng = np.random.default_rng(5)
    vectors = rng.standard_normal((6, 5)).astype(np.float32)
    intents = np.array([0, 1, 2, 0, 1, 2])
    prototypes = Prototypes(vectors, intents, scale=3.0, smoothing=0.0)
    whole = prototypes.loss(vectors, intents)
    first, second = prototypes.loss(vectors[:2], intents[:2], 2 / 6), prototypes.loss(vectors[2:], intents[2:], 4 / 6)
    assert whole[0] == pytest.approx(first[0] + second[0], rel=1e-5)
    assert np.allclose(whole[2], first[2] + second[2], atol=1e-6)
