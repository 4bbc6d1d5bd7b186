"""Keyword search over real FTS5: Chinese beside English, and databases that were filled before it knew Chinese."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from conftest import ROOT

from retrieval import migrations
from retrieval.store import TicketStore
from retrieval.tickets import Ticket

TICKETS = [
    Ticket("T-1", subject="帐篷漏水", question="下雨时接缝渗水", answer="请涂密封剂", product="Ridgeline 2 tent"),
    Ticket("T-2", subject="Refund", question="Where is my refund?", answer="It takes five days."),
    Ticket("T-3", question="Kestrel冲锋衣 退款多久", answer="十四天内退款"),
]


@pytest.fixture
def store():
    with TicketStore(":memory:") as opened:
        opened.upsert(TICKETS)
        yield opened


def found(store: TicketStore, query: str) -> list[str]:
    rowids = [rowid for rowid, _ in store.keyword_search(query, 10)]
    tickets = store.by_rowids(rowids)
    return [tickets[rowid].id for rowid in rowids]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("漏水", ["T-1"]),
        ("怎么退款", ["T-3"]),
        ("kestrel 冲锋", ["T-3"]),
        ("refunds", ["T-2"]),
        ("ridgeline 渗", ["T-1"]),
        ("羽绒", []),
    ],
)
def test_words_of_both_scripts_are_found(store, query, expected):
    assert found(store, query) == expected


def test_changes_and_erasures_reach_the_index(store):
    store.upsert([Ticket("T-1", question="睡袋怎么洗")])
    assert found(store, "漏水") == [] and found(store, "睡袋") == ["T-1"]
    store.erase_ticket("T-1")
    assert found(store, "睡袋") == []


def test_a_rare_term_weighs_more_than_a_frequent_one(store):
    store.upsert([Ticket(f"M-{n}", question="退款") for n in range(20)])
    weights = store.term_weights(["退款", "漏水", "没有的词"])
    assert weights["没有的词"] > weights["漏水"] > weights["退款"] > 0


def test_chinese_questions_find_their_tickets_by_words_alone():
    folder = ROOT / "tests" / "chinese"
    tickets, asked = (
        [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]
        for name in ("tickets.jsonl", "questions.jsonl")
    )
    with TicketStore(":memory:") as store:
        store.upsert(Ticket(**row) for row in tickets)
        chinese = [row for row in asked if max(row["text"]) > "\u3000"]
        first = [found(store, row["text"])[:1] == row["ids"] for row in chinese]
    assert sum(first) / len(first) >= 0.8, "0.69 with a dictionary, 0.17 with trigrams, 0 without any of it"


def test_a_database_from_before_is_indexed_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "tickets.db"
    steps = migrations.STEPS
    monkeypatch.setattr(migrations, "STEPS", steps[: steps.index(migrations.m007_index_unspaced_words)])
    with TicketStore(path) as old:
        old.upsert(TICKETS)
        assert found(old, "漏水") == []
    monkeypatch.undo()
    with TicketStore(path) as now:
        assert found(now, "漏水") == ["T-1"] and found(now, "refunds") == ["T-2"]
        now.upsert([Ticket("T-4", question="头灯充不进电")])
        assert found(now, "头灯") == ["T-4"]


def test_english_is_ranked_as_before(tmp_path: Path) -> None:
    """The index of a text without unspaced script is what plain FTS5 makes of it, weights and all."""
    rows = [
        ("Refund", "where is my refund", "five days", None),
        ("Tent", "the seam leaks, refund?", "seal it", "Tent 2"),
    ]
    plain = sqlite3.connect(":memory:")
    plain.execute("CREATE VIRTUAL TABLE f USING fts5 (a, b, c, d, tokenize='porter unicode61 remove_diacritics 2')")
    plain.executemany("INSERT INTO f VALUES (?, ?, ?, ?)", rows)
    sql = 'SELECT rowid, -bm25(f, 1.0, 1.0, 0.5, 1.0) FROM f WHERE f MATCH \'"refund" OR "seam"\' ORDER BY 2 DESC'
    with TicketStore(":memory:") as store:
        store.upsert(Ticket(f"T-{n}", row[0], row[1], row[2], product=row[3]) for n, row in enumerate(rows))
        assert store.keyword_search("refund seam", 5) == plain.execute(sql).fetchall()
