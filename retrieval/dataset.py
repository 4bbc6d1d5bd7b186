"""Reads an evaluation set in BEIR form: a folder of corpus, queries and qrels, each gzipped or not.

Rows beyond the documented keys are ignored. Does not measure anything.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import DatasetInvalid, ImportRefused
from retrieval.importing.reading import read_jsonl
from retrieval.tickets import Ticket


@dataclass(frozen=True)
class Query:
    """A question with the earlier turns of its conversation, oldest first."""

    id: str
    text: str
    context: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dataset:
    """An evaluation set; ``qrels`` holds the relevant ids of each query that has any, ``sha256`` is of all files."""

    name: str
    corpus: list[Ticket]
    queries: list[Query]
    qrels: dict[str, frozenset[str]]
    sha256: str


def load_dataset(folder: Path) -> Dataset:
    """Read a folder with ``corpus.jsonl``, ``queries.jsonl`` and ``qrels.tsv``.

    Raises:
        DatasetInvalid: a file is missing or not of the documented form.
    """
    files = {name: _find(folder, name) for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv")}
    corpus = [_document(row, where) for row, where in _objects(files["corpus.jsonl"])]
    queries = [_query(row, where) for row, where in _objects(files["queries.jsonl"])]
    if not corpus or not queries:
        raise DatasetInvalid(f"{folder} has {len(corpus)} documents and {len(queries)} queries; both are needed")
    digest = hashlib.sha256(b"".join(_bytes(path) for path in files.values())).hexdigest()
    return Dataset(folder.resolve().name, corpus, queries, _qrels(files["qrels.tsv"]), digest)


def _find(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz", folder / "qrels" / name, folder / "qrels" / "test.tsv"):
        if path.is_file() and (path.name != "test.tsv" or name == "qrels.tsv"):
            return path
    raise DatasetInvalid(f"{folder} has no {name} or {name}.gz. BEIR form is corpus.jsonl, queries.jsonl and qrels.tsv")


def _objects(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    try:
        for line, row in read_jsonl(path):
            if isinstance(row, str):
                raise DatasetInvalid(f"{path} line {line}: {row}")
            yield row, f"{path} line {line}"
    except ImportRefused as exc:
        raise DatasetInvalid(str(exc)) from exc


def _document(row: dict[str, Any], where: str) -> Ticket:
    question = row.get("question") or row.get("text")
    if not isinstance(question, str):
        raise DatasetInvalid(f"{where}: a document needs text, or question and answer")
    # FAQ sets name what a question is about apart from it: "is there parking" means something only with that.
    return Ticket(
        id=_id(row, where),
        subject=str(row.get("title") or ""),
        question=question,
        answer=str(row.get("answer") or ""),
        product=str(row.get("entity") or row.get("product") or "") or None,
        topic=str(row.get("label") or row.get("topic") or ""),
    )


def _query(row: dict[str, Any], where: str) -> Query:
    if not isinstance(row.get("text"), str):
        raise DatasetInvalid(f"{where}: a query needs text")
    return Query(_id(row, where), row["text"], tuple(str(turn) for turn in row.get("context") or ()))


def _id(row: dict[str, Any], where: str) -> str:
    found = row.get("id", row.get("_id"))
    if found in (None, ""):
        raise DatasetInvalid(f"{where}: id or _id is missing")
    return str(found)


def _qrels(path: Path) -> dict[str, frozenset[str]]:
    """Read query, document and relevance, tab separated; a first line whose relevance is no number is a header."""
    found: dict[str, set[str]] = {}
    for number, line in enumerate(_bytes(path).decode("utf-8-sig").splitlines(), start=1):
        parts = line.split("\t")
        if not line.strip() or (number == 1 and not _is_number(parts[-1])):
            continue
        if len(parts) not in (3, 4) or not _is_number(parts[-1]):
            raise DatasetInvalid(
                f"{path} line {number}: expected query-id, document-id and relevance with tabs between"
            )
        # TREC's form has an unused second column.
        if float(parts[-1]) > 0:
            found.setdefault(parts[0], set()).add(parts[-2])
    return {query: frozenset(documents) for query, documents in found.items()}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _bytes(path: Path) -> bytes:
    raw = path.read_bytes()
    try:
        return gzip.decompress(raw) if path.suffix == ".gz" else raw
    except (OSError, EOFError, zlib.error) as exc:
        raise DatasetInvalid(f"{path} is damaged: {exc}") from exc
