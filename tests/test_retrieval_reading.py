"""Files as they come: their encodings, JSON in all the forms that list APIs hand out, and files that are damaged."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from retrieval.errors import ImportRefused
from retrieval.importing.documents import SideList, read_documents, read_json
from retrieval.importing.encodings import detect
from retrieval.importing.reading import Source, read_jsonl

CHINESE = "我的订单在哪里？请问退款需要多久，谢谢您的帮助。\n"
GERMAN = "Größe 42 wäre schön, aber der Rückversand dauert zu lange.\n"


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        (GERMAN, "utf-8", "utf-8"),
        (GERMAN, "utf-8-sig", "utf-8-sig"),
        (GERMAN, "utf-16", "utf-16"),
        (GERMAN, "utf-16-le", "utf-16-le"),
        (GERMAN, "utf-16-be", "utf-16-be"),
        (GERMAN, "cp1252", "cp1252"),
        (GERMAN, "latin-1", "cp1252"),
        ("it’s “broken” – help\n", "cp1252", "cp1252"),
        (CHINESE, "utf-8", "utf-8"),
        (CHINESE, "gb18030", "gb18030"),
        ("id,question,answer\n1,a,b\n" * 50 + CHINESE, "gb18030", "gb18030"),
        ("我的訂單在哪裡？請問退款需要多久\n", "big5", "big5"),
        ("Где мой заказ? Когда вернут деньги?\n", "cp1251", "cp1251"),
        ("plain\n", "ascii", "utf-8"),
        ("", "ascii", "utf-8"),
    ],
)
def test_the_encoding_is_told_by_the_bytes(text: str, encoding: str, found: str) -> None:
    assert detect(text.encode(encoding)).name == found


def rows(path: Path, content: bytes, encoding: str | None = None) -> list[Any]:
    path.write_bytes(content)
    return [row for _, row in read_json(Source(path, encoding))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("indent", [None, 1])
def test_json_in_every_encoding_and_form(tmp_path: Path, encoding: str, zipped: bool, indent: int | None) -> None:
    wanted = [{"id": 1, "text": CHINESE}, {"id": 2, "text": "ok"}]
    forms = (
        json.dumps(wanted, indent=indent, ensure_ascii=False),
        json.dumps({"tickets": wanted}, indent=indent, ensure_ascii=False),
        "\n".join(json.dumps(row, indent=indent, ensure_ascii=False) for row in wanted),
        "\n".join(json.dumps({"data": [row]}, indent=indent, ensure_ascii=False) for row in wanted),
    )
    for form in forms:
        raw = form.encode(encoding)
        assert rows(tmp_path / "x.json", gzip.compress(raw) if zipped else raw) == wanted, form


def test_an_encoding_that_is_named_wins(tmp_path: Path) -> None:
    assert rows(tmp_path / "x.json", '{"a": "Größe"}\n'.encode("cp1250"), "cp1250") == [{"a": "Größe"}]
    with pytest.raises(ImportRefused, match="no encoding 'klingon'"):
        rows(tmp_path / "x.json", b"{}", "klingon")


def test_one_line_in_an_old_encoding_does_not_spoil_the_others(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    good = json.dumps({"a": "Größe"}, ensure_ascii=False).encode()
    path.write_bytes(b"\n".join([good, good, '{"a": "Grüße"}'.encode("latin-1"), good]))
    assert [row for _, row in read_jsonl(path)] == [{"a": word} for word in ("Größe", "Größe", "Grüße", "Größe")]


def test_a_bad_line_is_one_reason_and_a_bad_entry_too(tmp_path: Path) -> None:
    assert [type(row) for row in rows(tmp_path / "x.json", b'{"id": 1}\n{bad\n{"id": 2}\n')] == [dict, str, dict]
    found = rows(tmp_path / "x.json", b'[{"id": 1}, 42, "x"]')
    assert found[0] == {"id": 1}
    assert [reason.split(",")[0] for reason in found[1:]] == ["a JSON int", "a JSON str"]


@pytest.mark.parametrize("raw", [b'{"tickets": [{"id": 1}], "users": [{"id": 5, "role": "agent", "phone": "1"}]}'])
@pytest.mark.parametrize("spread", [False, True])
def test_side_lists_are_found_after_the_tickets_and_keep_what_is_asked_for(
    tmp_path: Path, raw: bytes, spread: bool
) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(json.dumps(json.loads(raw), indent=2).encode() if spread else raw)
    (_, row, sides), *_ = list(read_documents(Source(path), [SideList("users", "id", ("role",))]))
    assert (row, sides.find("users", 5), sides.find("users", 6)) == ({"id": 1}, {"role": "agent"}, {})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<xml/>", "is not JSON: it begins with '<xml/>'"),
        (b"", "is not JSON"),
        (b'[{"id": 1}, {"id": 2', "is not JSON after ticket 1"),
        (b'[{"id": 1}, {"id": }]', "is not JSON after ticket 1"),
        (gzip.compress(json.dumps([{"id": n} for n in range(9999)]).encode())[:-9], "damaged"),
    ],
)
def test_what_stands_before_a_damage_is_read(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(ImportRefused, match=message):
        list(read_json(Source(path)))


def test_an_array_is_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"tickets": [{"id": n, "text": "x" * 1000} for n in range(20_000)]}))
    tracemalloc.start()
    assert sum(1 for _ in read_json(Source(path))) == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < path.stat().st_size / 2


def test_the_position_reaches_the_size(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"id": 1}\n' * 1000))
    source = Source(path)
    seen = [source.position() for _ in read_jsonl(source)]
    assert 0 < seen[0] <= seen[-1] <= path.stat().st_size == source.position()
