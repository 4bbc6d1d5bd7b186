"""The file of the rows that an import left out: safe to write, safe to open."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from bot.commands.skips import skip_writer
from retrieval.importers import Skipped


@pytest.mark.parametrize("name", ["left.csv", "left.jsonl"])
def test_half_a_character_is_written_as_its_number(tmp_path: Path, name: str) -> None:
    with skip_writer(tmp_path / name) as write:
        write(Skipped(1, "no answer", "T\ud800"))
    assert "ud800" in (tmp_path / name).read_text("utf-8")


@pytest.mark.parametrize("ticket", ["=1+1", "+49", "-1", "@SUM(A1)", "\t=1"])
def test_a_spreadsheet_finds_no_formula(tmp_path: Path, ticket: str) -> None:
    skipped = Skipped(1, "no answer", ticket)
    for name in ("left.csv", "left.jsonl"):
        with skip_writer(tmp_path / name) as write:
            write(skipped)
    with (tmp_path / "left.csv").open(newline="") as handle:
        assert list(csv.reader(handle))[1] == ["1", f"'{ticket}", "no answer"]
    assert json.loads((tmp_path / "left.jsonl").read_text())["ticket"] == ticket
