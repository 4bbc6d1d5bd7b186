"""Names and backends of embedders: what each becomes, what it is told apart by, and what is said when it is missing."""

from __future__ import annotations

import json
import logging
import shutil
import socket
from pathlib import Path

import numpy as np
import pytest

from retrieval.embedder import BACKENDS, PACKAGED, Embedder, load_embedder
from retrieval.embedding import minilm, sources, torch_model
from retrieval.embedding.runtime import CPU_TOKENS, Prompts, batches, padded, pooled
from retrieval.errors import EmbedderUnavailable
from retrieval.index import build_index, embed_new, index_status
from retrieval.store import TicketStore
from retrieval.tickets import Ticket

TEXTS = ["Where is my parcel?", "My tent leaks at the seam when it rains hard.", "refund", "", "a " * 400]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder where graphs are made, once for all tests here."""
    return tmp_path_factory.mktemp("embedder")


@pytest.fixture(scope="module")
def fp32(made: Path) -> Embedder:
    return load_embedder(PACKAGED, made, 1)


@pytest.mark.parametrize("backend", ["onnx", "onnx-int8"])
def test_a_vector_does_not_depend_on_what_is_embedded_with_it(made: Path, backend: str) -> None:
    embedder = load_embedder(PACKAGED, made, 1, backend)
    texts = [*TEXTS, *(f"order {n} is late by {n} days" for n in range(40))]
    together = embedder.embed(texts)
    alone = np.vstack([embedder.embed([text]) for text in texts])
    assert (together * alone).sum(axis=1).min() > 0.99999


@pytest.fixture
def folder(made: Path, fp32: Embedder, tmp_path: Path) -> Path:
    """A team's own model: two files in a folder."""
    shutil.copy(made / "all-MiniLM-L6-v2.v1.onnx", tmp_path / "model.onnx")
    shutil.copy(minilm.packaged_folder() / "tokenizer.json", tmp_path)
    return tmp_path


def test_rows_are_unit_vectors_in_the_order_of_the_texts(fp32: Embedder) -> None:
    rows = fp32.embed(TEXTS)
    assert rows.shape == (5, 384) and rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    for text, row in zip(TEXTS, rows, strict=True):
        assert fp32.embed([text])[0] @ row == pytest.approx(1.0, abs=1e-4)


def test_no_texts_give_no_rows_and_progress_counts_to_the_end(fp32: Embedder) -> None:
    seen: list[int] = []
    assert fp32.embed([]).shape == (0, 384)
    fp32.embed(TEXTS, progress=seen.append)
    assert seen[-1] == len(TEXTS) and seen == sorted(set(seen))


def test_int8_vectors_are_near_and_told_apart(fp32: Embedder, made: Path) -> None:
    int8 = load_embedder(PACKAGED, made, 1, "onnx-int8")
    assert (int8.embed(TEXTS[:3]) * fp32.embed(TEXTS[:3])).sum(axis=1).min() > 0.99
    assert int8.fingerprint != fp32.fingerprint == minilm.WEIGHTS_SHA256
    assert "int8" in int8.runs_on and "float32" in fp32.runs_on
    assert load_embedder(PACKAGED, made, 1, "auto").fingerprint in (int8.fingerprint, fp32.fingerprint)


def test_an_index_of_int8_vectors_does_not_fit_float32(fp32: Embedder, made: Path, tmp_path: Path) -> None:
    with TicketStore(":memory:") as store:
        store.upsert([Ticket("T-1", question="Where is my refund?")])
        build_index(store, load_embedder(PACKAGED, made, 1, "onnx-int8"), tmp_path)
        status = index_status(tmp_path, store, fp32)
        assert not status.fits and "index build" in status.reason


def test_importing_and_indexing_again_embeds_nothing(fp32: Embedder, made: Path, tmp_path: Path) -> None:
    class Counted:
        name, dimension, fingerprint = fp32.name, fp32.dimension, fp32.fingerprint
        texts = 0

        def embed(self, texts, *, progress=None):
            self.texts += len(texts)
            return fp32.embed(texts, progress=progress)

        embed_queries = embed

    tickets = [Ticket(f"T-{n}", question=f"question {n}", answer=f"answer {n}") for n in range(5)]
    with TicketStore(tmp_path / "tickets.db") as store:
        for _ in range(2):
            store.upsert(tickets)
            build_index(store, counted := Counted(), tmp_path / "index")
        assert counted.texts == 0
        store.erase_ticket("T-0")
        store.upsert([Ticket("T-9", question="question 1", answer="answer 1", csat=5)])
        assert embed_new(store, counted) == 0, "the same text under another id is embedded already"


@pytest.mark.parametrize(
    ("lengths", "most", "expected"),
    [
        ([], 10, []),
        ([50], 10, [[0]]),
        ([4, 2, 3], 12, [[1, 2, 0]]),
        ([4, 2, 3], 6, [[1, 2], [0]]),
        ([5, 5, 1, 5], 10, [[2, 0], [1, 3]]),
    ],
)
def test_texts_of_like_length_share_a_batch_within_the_limit(lengths, most, expected) -> None:
    assert list(batches(lengths, most)) == expected


def test_every_text_is_in_exactly_one_batch() -> None:
    lengths = list(np.random.default_rng(0).integers(1, 300, 200))
    found = list(batches(lengths, CPU_TOKENS))
    assert sorted(at for chosen in found for at in chosen) == list(range(200))
    assert all(len(chosen) * max(lengths[at] for at in chosen) <= CPU_TOKENS or len(chosen) == 1 for chosen in found)


def test_filling_does_not_count_in_the_mean() -> None:
    ids, mask = padded([[7, 8], [9]])
    assert ids.tolist() == [[7, 8], [9, 0]] and mask.tolist() == [[1, 1], [1, 0]]
    tokens = np.array([[[3.0, 0.0], [3.0, 8.0]], [[0.0, 2.0], [9.0, 9.0]]], dtype=np.float32)
    assert pooled(tokens, mask) == pytest.approx(np.array([[0.6, 0.8], [0.0, 1.0]]))


def test_a_folder_with_both_files_is_an_embedder(folder: Path, fp32: Embedder, made: Path) -> None:
    own = load_embedder(str(folder), made, 1, "auto")
    assert own.embed(TEXTS[:2]) == pytest.approx(fp32.embed(TEXTS[:2]), abs=1e-5)
    assert own.name == folder.name and own.fingerprint != fp32.fingerprint
    int8 = load_embedder(str(folder), made, 1, "onnx-int8")
    assert (int8.embed(TEXTS[:3]) * fp32.embed(TEXTS[:3])).sum(axis=1).min() > 0.95
    assert int8.fingerprint != own.fingerprint


def test_prompts_of_a_folder_are_put_before_questions_and_passages(folder: Path, fp32: Embedder, made: Path) -> None:
    said = {"prompts": {"query": "ask: ", "document": "text: "}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(said))
    own = load_embedder(str(folder), made, 1)
    assert own.embed_queries(["tent"]) == pytest.approx(fp32.embed(["ask: tent"]), abs=1e-5)
    assert own.embed(["tent"]) == pytest.approx(fp32.embed(["text: tent"]), abs=1e-5)


@pytest.mark.parametrize(
    ("name", "prompts"),
    [
        ("intfloat/multilingual-e5-small", sources.E5_PROMPTS),
        ("/models/e5_base/", sources.E5_PROMPTS),
        ("shop/base5", Prompts()),
    ],
)
def test_models_of_the_e5_family_get_their_prompts(name, prompts, tmp_path: Path) -> None:
    assert sources._prompts(tmp_path, name) == prompts


@pytest.mark.parametrize("missing", ["model.onnx", "tokenizer.json"])
def test_a_folder_that_lacks_a_file_is_refused_with_its_name(folder: Path, made: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(EmbedderUnavailable, match=missing.replace(".", r"\.")):
        load_embedder(str(folder), made, 1)


def test_a_damaged_model_is_refused(folder: Path, made: Path) -> None:
    (folder / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(EmbedderUnavailable, match="cannot be loaded"):
        load_embedder(str(folder), made, 1)


def test_a_hub_name_without_a_network_says_what_to_do(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*args: object, **kwargs: object) -> None:
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", unreachable)
    with pytest.raises(EmbedderUnavailable, match="multilingual-e5-small"):
        load_embedder("nobody/no-such-model", made, 1)


def test_a_model_that_was_fetched_before_needs_no_network(
    folder: Path, fp32: Embedder, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*args: object, **kwargs: object) -> None:
        raise OSError("no network in this test")

    kept = tmp_path_factory.mktemp("kept")
    fetched = kept / "hub" / "models--shop--minilm"
    snapshot = fetched / "snapshots" / ("0" * 40)
    (snapshot / "onnx").mkdir(parents=True)
    (fetched / "refs").mkdir()
    (fetched / "refs" / "main").write_text("0" * 40)
    shutil.copy(folder / "model.onnx", snapshot / "onnx")
    shutil.copy(folder / "tokenizer.json", snapshot)
    monkeypatch.setattr(socket, "getaddrinfo", unreachable)
    own = load_embedder("shop/minilm", kept, 1)
    assert own.name == "minilm"
    assert own.embed(["tent"]) == pytest.approx(fp32.embed(["tent"]), abs=1e-5)


def test_an_unknown_backend_is_refused_with_those_there_are(made: Path) -> None:
    with pytest.raises(EmbedderUnavailable, match=", ".join(BACKENDS)):
        load_embedder(PACKAGED, made, 1, "cuda11")


@pytest.mark.skipif(torch_model.is_installed(), reason="torch is installed here, so nothing falls back")
def test_without_torch_the_same_vectors_come_from_onnx(fp32: Embedder, made: Path, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        other = load_embedder(PACKAGED, made, 1, "torch")
    assert [record.message for record in caplog.records] == [
        "torch and transformers are not both installed; the embedder runs through onnx instead"
    ]
    assert other.fingerprint == fp32.fingerprint


def test_torch_gives_the_vectors_of_the_float32_graph(fp32: Embedder, made: Path) -> None:
    if not torch_model.is_installed():
        pytest.skip("torch and transformers are not installed; they are no dependency of this project")
    other = load_embedder(PACKAGED, made, 1, "torch")
    assert other.embed(TEXTS) == pytest.approx(fp32.embed(TEXTS), abs=1e-4)
    assert other.fingerprint == fp32.fingerprint
