"""A blind side-by-side of two systems' answers: sheets for readers, and the count of their verdicts.

    python -m benchmarks.generator.blind sheet ANSWERS.jsonl FOLDER [--first SYSTEM] [--second SYSTEM]
    python -m benchmarks.generator.blind count FOLDER VERDICTS.jsonl OTHER_VERDICTS.jsonl

ANSWERS.jsonl is written by benchmarks.generator.quality --out. The sheet holds question, evidence and the two answers
as A and B in an order of chance; key.json, which no reader may see, says which is which. A verdict is one line
{"number": 1, "better": "A" | "B" | "tie", "wrong": ["A", "B"]}: wrong names answers that say what evidence does not.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

CRITERIA = """Criteria, in this order:
1. True: everything it says stands in the evidence. One false or unsupported fact loses against an answer without.
2. Answers: it answers what this customer asks; of two true answers, the one that does wins over the one that does not.
3. To the point: no facts that the question does not need, nothing of another customer's case, not longer than needed.
4. Readable: a customer would take it for a careful person's sentence.
"tie" if neither is clearly better by these. "wrong" lists the answers (A, B, both or none) that break rule 1.
"""


def main() -> None:
    """Run one of the two commands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    sheet = commands.add_parser("sheet")
    sheet.add_argument("answers", type=Path)
    sheet.add_argument("folder", type=Path)
    sheet.add_argument("--first", default="small, ladder")
    sheet.add_argument("--second", default="best ticket verbatim")
    sheet.add_argument("--count", type=int, default=100)
    sheet.add_argument("--seed", type=int, default=11)
    count = commands.add_parser("count")
    count.add_argument("folder", type=Path)
    count.add_argument("verdicts", type=Path, nargs="+")
    options = parser.parse_args()
    if options.command == "sheet":
        write_sheet(options)
    else:
        print(json.dumps(counted(options.folder, options.verdicts), indent=2))


def write_sheet(options: argparse.Namespace) -> None:
    """Write sheet.md, rows.jsonl and key.json: as many questions of each set, chosen by chance."""
    picked = random.Random(options.seed)
    rows = [json.loads(line) for line in options.answers.read_text(encoding="utf-8").splitlines()]
    by_set: dict[str, list[tuple[Any, Any]]] = {}
    systems = ([row for row in rows if row["system"] == name] for name in (options.first, options.second))
    for one, other in zip(*systems, strict=True):  # both in the order of the questions, some of which are asked twice
        if one["text"] and other["text"] and one["text"] != other["text"] and one["wanted"]:
            by_set.setdefault(one["set"], []).append((one, other))
    pairs = [pair for found in by_set.values() for pair in picked.sample(found, min(len(found), options.count))]
    per_set = max(options.count // len(by_set), 1)
    pairs = [pair for name in by_set for pair in [one for one in pairs if one[0]["set"] == name][:per_set]]
    picked.shuffle(pairs)
    key, lines = [], [CRITERIA]
    for number, (one, other) in enumerate(pairs, 1):
        swapped = picked.random() < 0.5
        first, second = (other, one) if swapped else (one, other)
        key.append({"number": number, "set": one["set"], "A": first["system"], "B": second["system"]})
        evidence = "\n".join(f"- {text}" for text in one["evidence"])
        asked = f"## {number}\nQuestion: {one['question']}\n\nEvidence:\n{evidence}\n"
        lines.append(f"{asked}\nA: {first['text']}\n\nB: {second['text']}\n")
    options.folder.mkdir(parents=True, exist_ok=True)
    (options.folder / "sheet.md").write_text("\n".join(lines), encoding="utf-8")
    (options.folder / "key.json").write_text(json.dumps(key, indent=1), encoding="utf-8")


def counted(folder: Path, files: list[Path]) -> dict[str, Any]:
    """Return wins, ties and losses by reader and set, wrong answers by system, and how often readers agree."""
    key = {row["number"]: row for row in json.loads((folder / "key.json").read_text(encoding="utf-8"))}
    read = [{row["number"]: row for row in map(json.loads, file.read_text().splitlines())} for file in files]
    found: dict[str, Any] = {"questions": len(key)}
    for at, verdicts in enumerate(read, 1):
        won: Counter[str] = Counter()
        wrong: Counter[str] = Counter()
        for number, row in key.items():
            better = verdicts[number]["better"]
            won[f"{row['set']}: {row.get(better, 'tie')}"] += 1
            wrong.update(row[side] for side in verdicts[number]["wrong"])
        found[f"reader {at}"] = {"better": dict(sorted(won.items())), "wrong": dict(wrong)}
    if len(read) > 1:
        same = sum(read[0][number]["better"] == read[1][number]["better"] for number in key)
        opposed = sum({read[0][number]["better"], read[1][number]["better"]} == {"A", "B"} for number in key)
        found["agree"], found["opposed"] = same, opposed
    return found


if __name__ == "__main__":
    main()
