"""Measures the value extractor: precision and recall on written cases, NLU++, false alarms of products, time.

    python -m benchmarks.understanding.values [--failures]

The cases are in ``value_cases.tsv``: a message, then what it names (``?``: named, but not to be resolved). A value is
right when kind, words and value are right. NLU++ (banking and hotels) has dates and amounts with their values; a
week or a month that we name is right when it holds the day that NLU++ names. Its convention is that days lie in the
future, which our extractor takes from ``habit``; both settings are shown. False alarms of products are counted where no
product of the catalogue can be meant: BANKING77 and NLU++.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from benchmarks.machine import describe
from bot.nlu import amounts
from bot.nlu.catalogue import Catalogue
from bot.nlu.dates import Reader
from bot.nlu.mentions import Mention
from bot.settings import PROJECT_ROOT

TODAY = date(2026, 11, 18)
NLUPP_TODAY = date(2022, 3, 15)
CASES = Path(__file__).with_name("value_cases.tsv")
NLU = PROJECT_ROOT / "training_data" / "nlu"
ANNOTATION = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
DATE_SLOTS = ("date", "date_from", "date_to")


@dataclass
class Score:
    """Named values: right ones, wrong ones, missed ones, of these left open, and those the data does not mark."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    open: int = 0
    unmarked: int = 0

    def line(self) -> str:
        """Return the figures in one line."""
        found, meant = self.right + self.wrong, self.right + self.wrong + self.missed
        precision = self.right / found if found else 1.0
        return f"precision {precision:.3f}  recall {self.right / meant if meant else 1.0:.3f}  {self}"


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--failures", action="store_true", help="show the cases that fail")
    show = parser.parse_args().failures
    print(describe())
    catalogue = own_catalogue()
    cases = written_cases()
    print(f"\n{len(cases)} written cases")
    for kind in ("date", "amount", "product"):
        print(f"  {kind:8} {score_cases(cases, catalogue, kind, show).line()}")
    data = Path(os.environ.get("FRONTDESK_DATA") or PROJECT_ROOT.parent / "shared" / "data")
    rows = nlupp(data)
    for habit in ("ask", "future"):
        reader = Reader(habit=habit)  # type: ignore[arg-type]
        print(f"NLU++ days ({len(rows)} messages), habit {habit}: {score_days(rows, reader, show).line()}")
    print(f"NLU++ amounts: {score_amounts(rows, show).line()}")
    for name, texts in (("NLU++", [row["text"] for row in rows]), ("BANKING77", banking(data))):
        alarms = sum(bool(catalogue.mentions(text, "product")) for text in texts)
        print(f"products in {name}: {alarms} of {len(texts)} messages")
    measure_time([row["text"] for row in rows], catalogue)


def written_cases() -> list[tuple[str, set[tuple[str, str, str]]]]:
    """Return each written message with what it names: kind, words, value."""
    cases = []
    for line in CASES.read_text(encoding="utf-8").splitlines():
        text, *named = line.split("\t")
        parts = [re.fullmatch(r"(\w+):(.+)=([^=]+)", one) for one in named]
        cases.append((text, {(part[1], part[2], part[3]) for part in parts if part}))
    return cases


def own_catalogue() -> Catalogue:
    """Build the catalogue of the project's training data."""
    names: list[str] = []
    meanings: dict[str, str] = {}
    words: set[str] = set()
    for path in sorted(NLU.rglob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu", []):
            lines = [line.strip()[2:] for line in block["examples"].splitlines() if line.strip()]
            if block.get("lookup") == "product":
                names += lines
            elif "synonym" in block:
                meanings |= {line.lower(): block["synonym"] for line in lines}
            elif "intent" in block:
                words |= {word.lower() for line in lines for word in re.findall(r"[^\W\d_]+", ANNOTATION.sub("", line))}
    return Catalogue({name: meanings.get(name.lower(), name) for name in names}, words)


def named(text: str, catalogue: Catalogue) -> list[Mention]:
    """Return all values that the extractor finds in a message."""
    return [*Reader().mentions(text, TODAY), *amounts.mentions(text), *catalogue.mentions(text, "product")]


def score_cases(
    cases: list[tuple[str, set[tuple[str, str, str]]]], catalogue: Catalogue, kind: str, show: bool
) -> Score:
    """Compare what is found with what is written, for one kind of value."""
    score = Score()
    for text, expected in cases:
        found = {(one.kind, text[one.start : one.end], one.value or "?") for one in named(text, catalogue)}
        found, meant = {one for one in found if one[0] == kind}, {one for one in expected if one[0] == kind}
        score.right += len(found & meant)
        score.wrong += len(found - meant)
        score.missed += len({words for _, words, _ in meant} - {words for _, words, _ in found})
        score.open += sum(value == "?" for _, _, value in found)
        if show and found != meant:
            print(f"    {text!r}: {sorted(found)} instead of {sorted(meant)}")
    return score


def nlupp(data: Path) -> list[dict[str, Any]]:
    """Return all messages of NLU++."""
    return [row for path in sorted((data / "nlupp").glob("*/fold*.json")) for row in json.loads(path.read_text())]


def banking(data: Path) -> list[str]:
    """Return the messages of BANKING77, both parts."""
    with gzip.open(data / "banking77" / "train.csv.gz", "rt", encoding="utf-8") as train:
        rows = list(csv.DictReader(train))
    with (data / "banking77" / "test.csv").open(encoding="utf-8") as test:
        rows += list(csv.DictReader(test))
    return [row["text"] for row in rows]


def score_days(rows: list[dict[str, Any]], reader: Reader, show: bool) -> Score:
    """Compare days; what NLU++ marks as another kind of time (a period, a number) is neither right nor wrong."""
    score = Score()
    for row in rows:
        slots = row.get("slots") or {}
        others = [tuple(slot["span"]) for name, slot in slots.items() if name not in DATE_SLOTS]
        found = reader.mentions(row["text"], NLUPP_TODAY)
        for slot in (slots[name] for name in DATE_SLOTS if isinstance(slots.get(name, {}).get("value"), dict)):
            start, end = slot["span"]
            mine = [one for one in found if one.start < end and start < one.end]
            found = [one for one in found if one not in mine]
            day = date(slot["value"]["year"], slot["value"]["month"], slot["value"]["day"])
            right = [one for one in mine if one.value and holds(one.value, day)]
            score.open += bool(mine and mine[0].value is None)
            score.right += bool(right)
            score.wrong += bool(mine and not right and mine[0].value)
            score.missed += not mine or mine[0].value is None
            if show and mine and not right and mine[0].value:
                print(f"    {row['text']!r}: {mine[0].value} instead of {day}")
        extra = [
            one for one in found if one.value and not any(one.start < end and start < one.end for start, end in others)
        ]
        # Most of these are days that NLU++ does not mark ("tonight", "this morning"), so they are counted apart.
        score.unmarked += len(extra)
        if show and extra:
            print(f"    {row['text']!r}: {[one.value for one in extra]} is superfluous")
    return score


def holds(value: str, day: date) -> bool:
    """Return whether a day, week, month, year or weekend is or holds the day."""
    year, week, _ = day.isocalendar()
    return day.isoformat() in value or day.isoformat().startswith(value) or value == f"{year}-W{week:02}"


def score_amounts(rows: list[dict[str, Any]], show: bool) -> Score:
    """Compare amounts; those without a currency are not ours to find."""
    score = Score()
    for row in rows:
        slot = (row.get("slots") or {}).get("amount_of_money")
        value = slot["value"] if slot and "value" in slot else None
        meant = {f"{value['amount']:.2f} {value['currency']}"} if value and value["currency"] != "ambiguous" else set()
        found = {str(one.value) for one in amounts.mentions(row["text"])}
        score.right += len(meant & found)
        score.wrong += len(found - meant)
        score.missed += len(meant - found) if not found else 0
        if show and found != meant:
            print(f"    {row['text']!r}: {found} instead of {meant}")
    return score


def measure_time(texts: list[str], catalogue: Catalogue) -> None:
    """Print the processor time of one message, middle and slowest hundredth."""
    times = sorted(_timed(texts[:1000], catalogue))
    print(f"one message: p50 {times[len(times) // 2]:.3f} ms, p99 {times[len(times) * 99 // 100]:.3f} ms")


def _timed(texts: list[str], catalogue: Catalogue) -> Iterator[float]:
    for text in texts:
        begun = time.thread_time()
        named(text, catalogue)
        yield (time.thread_time() - begun) * 1000


if __name__ == "__main__":
    main()
