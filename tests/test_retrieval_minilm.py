"""The packaged weights and the graphs built from them, checked against plain arithmetic."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from retrieval.embedding import minilm
from retrieval.embedding.bert import Encoder, Weights, quantised, write_graph
from retrieval.errors import EmbedderUnavailable

SMALL = Encoder("small", layers=2, heads=2, dimension=8)
WIDE, WORDS, PLACES = 16, 11, 12


@pytest.fixture(scope="module")
def weights() -> Weights:
    random = np.random.default_rng(7)

    def some(*shape: int) -> np.ndarray:
        return random.normal(0, 0.5, shape).astype(np.float32)

    size = SMALL.dimension
    found = {"word": WORDS, "position": PLACES, "token_type": 2}
    found = {f"embeddings.{kind}_embeddings.weight": some(rows, size) for kind, rows in found.items()}
    dense = {"attention.output.dense": (size, size), "intermediate.dense": (WIDE, size), "output.dense": (size, WIDE)}
    dense |= {f"attention.self.{part}": (size, size) for part in ("query", "key", "value")}
    norms = ["embeddings.LayerNorm"]
    for number in range(SMALL.layers):
        prefix = f"encoder.layer.{number}"
        norms += [f"{prefix}.attention.output.LayerNorm", f"{prefix}.output.LayerNorm"]
        for name, shape in dense.items():
            found |= {f"{prefix}.{name}.weight": some(*shape), f"{prefix}.{name}.bias": some(shape[0])}
    for name in norms:
        found |= {f"{name}.weight": 1 + some(size) / 5, f"{name}.bias": some(size)}
    return found


def plain(weights: Weights, ids: list[int]) -> np.ndarray:
    """The encoder as the paper writes it, one text at a time."""
    from math import erf, sqrt

    def dense(name: str, rows: np.ndarray) -> np.ndarray:
        return rows @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(name: str, rows: np.ndarray) -> np.ndarray:
        even = (rows - rows.mean(1, keepdims=True)) / np.sqrt(rows.var(1, keepdims=True) + SMALL.epsilon)
        return even * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    word, place, kind = (weights[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type"))
    rows = norm("embeddings.LayerNorm", word[ids] + place[: len(ids)] + kind[0])
    for number in range(SMALL.layers):
        prefix = f"encoder.layer.{number}"
        parts = [dense(f"{prefix}.attention.self.{part}", rows) for part in ("query", "key", "value")]
        heads = []
        for query, key, value in zip(*(np.split(part, SMALL.heads, axis=1) for part in parts), strict=True):
            power = np.exp(query @ key.T / sqrt(query.shape[1]))
            heads.append(power / power.sum(1, keepdims=True) @ value)
        attended = dense(f"{prefix}.attention.output.dense", np.hstack(heads))
        rows = norm(f"{prefix}.attention.output.LayerNorm", rows + attended)
        wide = dense(f"{prefix}.intermediate.dense", rows)
        active = wide * 0.5 * (1 + np.vectorize(erf)(wide / sqrt(2)))
        rows = norm(f"{prefix}.output.LayerNorm", rows + dense(f"{prefix}.output.dense", active))
    mean = rows.mean(0)
    return mean / np.linalg.norm(mean)


def run(path: Path, texts: list[list[int]]) -> np.ndarray:
    import onnxruntime

    from retrieval.embedding.runtime import padded

    ids, mask = padded(texts)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    feed = {"input_ids": ids.astype(np.int32), "attention_mask": mask.astype(np.int32)}
    return np.asarray(session.run(None, feed)[0])


@pytest.mark.parametrize(("int8", "near"), [(False, 0.99999), (True, 0.995)])
def test_a_graph_computes_what_the_paper_says(weights: Weights, tmp_path: Path, int8: bool, near: float) -> None:
    texts = [[1, 2, 3, 4, 5], [6], [7, 8, 9, 10, 0, 1, 2, 3]]
    write_graph(SMALL, weights, tmp_path / "graph.onnx", int8=int8)
    rows = run(tmp_path / "graph.onnx", texts)
    for row, ids in zip(rows, texts, strict=True):
        assert row @ plain(weights, ids) > near


def test_int8_holds_a_token_that_is_far_larger_than_its_neighbours(weights: Weights, tmp_path: Path) -> None:
    """One large token must not take the steps of all others: it does in ONNX Runtime's own scheme."""
    uneven = dict(weights)
    words = uneven["embeddings.word_embeddings.weight"].copy()
    words[10] *= 100
    uneven["embeddings.word_embeddings.weight"] = words
    write_graph(SMALL, uneven, tmp_path / "graph.onnx", int8=True)
    ids = [10, 1, 2, 3, 4, 5, 6]
    assert run(tmp_path / "graph.onnx", [ids])[0] @ plain(uneven, ids) > 0.99


def test_a_graph_is_written_whole_or_not_at_all(weights: Weights, tmp_path: Path) -> None:
    broken = {name: value for name, value in weights.items() if name != "encoder.layer.1.output.dense.weight"}
    with pytest.raises(KeyError):
        write_graph(SMALL, broken, tmp_path / "graph.onnx", int8=False)
    assert list(tmp_path.iterdir()) == []


def test_a_column_is_quantised_to_half_a_step() -> None:
    value = np.array([[1.0, 0.0], [-2.0, 0.0], [0.5, 0.0]], dtype=np.float32)
    table, scale = quantised(value)
    assert table.tolist() == [[64, 0], [-127, 0], [32, 0]]
    assert np.abs(table * scale - value).max() <= scale.max() / 2


def test_quantising_holds_one_copy_of_a_large_table() -> None:
    value = np.ones((1000, 384), dtype=np.float32)
    tracemalloc.start()
    quantised(value)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.5 * value.nbytes, "the copy and a quarter in int8"


def test_weights_that_are_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbedderUnavailable, match="cannot be read"):
        minilm.read_weights(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    with pytest.raises(EmbedderUnavailable, match=minilm.WEIGHTS_SHA256):
        minilm.read_weights(tmp_path)


def test_the_packaged_weights_are_the_published_ones() -> None:
    found = minilm.read_weights(minilm.packaged_folder())
    assert found["embeddings.word_embeddings.weight"].shape == (30522, minilm.ENCODER.dimension)
    assert f"encoder.layer.{minilm.ENCODER.layers - 1}.output.dense.weight" in found
