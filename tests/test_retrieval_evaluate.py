"""Evaluation of a folder in BEIR form, on a set small enough to know the answer."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from fakes import KeywordEmbedder

from retrieval.dataset import load_dataset
from retrieval.errors import DatasetInvalid
from retrieval.evaluate import Ranking, evaluate_folder, measure

EMBEDDER = KeywordEmbedder("refund", "tent", "parcel")
CORPUS = [
    {"id": "d1", "question": "When comes my refund?", "answer": "In 5 days."},
    {"id": "d2", "text": "The tent leaks"},
    {"_id": "d3", "title": "Parcel", "text": "It is lost"},
]
QUERIES = [
    {"id": "q1", "text": "refund"},
    {"_id": "q2", "text": "how long?", "context": ["my parcel is lost"]},
    {"id": "q3", "text": "weather tomorrow"},
]
QRELS = "q1\td1\t1\nq2\td3\t1\nq2\td2\t0\n"


def dataset(folder: Path, corpus=CORPUS, queries=QUERIES, qrels: str = QRELS, zipped: bool = False) -> Path:
    texts = {
        "corpus.jsonl": "\n".join(map(json.dumps, corpus)),
        "queries.jsonl": "\n".join(map(json.dumps, queries)),
        "qrels.tsv": qrels,
    }
    for name, text in texts.items():
        path = folder / (name + ".gz" if zipped else name)
        path.write_bytes(gzip.compress(text.encode()) if zipped else text.encode())
    return folder


def test_hybrid_search_on_a_set_that_can_be_checked_by_eye(tmp_path: Path) -> None:
    result = evaluate_folder(dataset(tmp_path), EMBEDDER)
    assert (result["documents"], result["queries"], result["answerable"]) == (3, 3, 2)
    assert result["hit@1"] == result["recall@1"] == result["mrr@10"] == result["ndcg@10"] == 1.0
    assert result["mode"] == "hybrid"
    assert 0 < result["latency_ms_p50"] <= result["latency_ms_p95"]


def test_without_context_the_follow_up_is_lost(tmp_path: Path) -> None:
    result = evaluate_folder(dataset(tmp_path), EMBEDDER, mode="keyword", use_context=False)
    assert result["recall@10"] == 0.5


@pytest.mark.parametrize("mode", ["hybrid", "dense", "keyword"])
def test_every_mode_runs(tmp_path: Path, mode) -> None:
    assert evaluate_folder(dataset(tmp_path), EMBEDDER, mode=mode)["hit@10"] == 1.0


def test_gzipped_files_and_a_header_give_the_same_set(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    plain = load_dataset(dataset(tmp_path / "a"))
    zipped = load_dataset(dataset(tmp_path / "b", zipped=True))
    assert plain.sha256 == zipped.sha256
    assert plain.corpus == zipped.corpus
    headed = load_dataset(dataset(tmp_path / "a", qrels="query-id\tcorpus-id\tscore\n" + QRELS))
    assert headed.qrels == plain.qrels == {"q1": frozenset({"d1"}), "q2": frozenset({"d3"})}
    assert headed.sha256 != plain.sha256


def test_trec_qrels_with_an_unused_column(tmp_path: Path) -> None:
    assert load_dataset(dataset(tmp_path, qrels="q1\t0\td1\t2\n")).qrels == {"q1": frozenset({"d1"})}


def test_measures_by_hand() -> None:
    rankings = [
        Ranking("q1", ["d1", "d9"], 0.9, 1.0),
        Ranking("q2", ["d9", "d3"], 0.4, 3.0),
        Ranking("out", ["d1"], 0.5, 2.0),
    ]
    found = measure(rankings, {"q1": frozenset({"d1", "d2"}), "q2": frozenset({"d3"})})
    assert found["hit@1"] == 0.5
    assert found["recall@1"] == 0.25
    assert found["recall@10"] == 0.75
    assert found["mrr@10"] == 0.75
    assert found["auroc"] == 0.5
    assert (found["latency_ms_p50"], found["latency_ms_p95"]) == (2.0, 3.0)


def test_without_unanswerable_queries_there_is_no_auroc() -> None:
    assert measure([Ranking("q", ["d"], 1.0, 1.0)], {"q": frozenset({"d"})})["auroc"] is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"corpus": [{"id": "d1"}]}, "corpus.jsonl line 1: a document needs text"),
        ({"corpus": [{"text": "x"}]}, "id or _id is missing"),
        ({"queries": [{"id": "q1"}]}, "a query needs text"),
        ({"queries": []}, "0 queries"),
        ({"qrels": "q1\td1\t1\nq1 d2 1\n"}, "line 2: expected query-id"),
        ({"corpus": [[1]]}, "is a JSON array"),
    ],
)
def test_a_folder_of_another_form_is_refused_with_the_place(tmp_path: Path, change: dict, message: str) -> None:
    with pytest.raises(DatasetInvalid, match=message):
        load_dataset(dataset(tmp_path, **change))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    dataset(tmp_path)
    (tmp_path / "qrels.tsv").unlink()
    with pytest.raises(DatasetInvalid, match="has no qrels.tsv"):
        load_dataset(tmp_path)


def test_keyword_search_on_real_traffic_is_at_least_as_good_as_plain_bm25(public_data: Path) -> None:
    result = evaluate_folder(public_data / "retrieval" / "hint3_sofmattress", EMBEDDER, mode="keyword")
    assert result["hit@1"] >= 0.563
    assert result["auroc"] >= 0.754
