"""Measures an import of 100,000 tickets, and of the same file again, beside rows put into SQLite bare.

Run: python -m benchmarks.retrieval.imports [--tickets N] [--form zendesk|jsonl]. The tickets are made by a generator
with a seed: mail threads with quotes, signatures and personal data.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.machine import describe

SECRET = "benchmark"
NAMES = ("Anna", "Boris", "Chloe", "Dmitri", "Elif", "Farid", "Greta", "Hugo")
THINGS = ("tent", "stove", "lantern", "backpack", "boot", "jacket", "rope", "bottle", "mat", "filter")
TROUBLES = ("leaks at the seam", "arrived broken", "is too small", "does not light", "smells odd", "lost a buckle")
CURES = (
    "we send a new one free of charge within three days",
    "please clean it with lukewarm water and let it dry for a day",
    "you can return it within 60 days with the label in the parcel",
    "the part costs 9 euro and can be ordered on the page of spare parts",
)


def main() -> None:
    """Print one Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--form", choices=("zendesk", "jsonl"), default="zendesk")
    parser.add_argument("--one", nargs=2, metavar=("FILE", "DATABASE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(Path(options.one[0]), Path(options.one[1]), options.form)))
        return
    print(describe())
    with tempfile.TemporaryDirectory() as folder:
        source, database = Path(folder) / "export.jsonl.gz", Path(folder) / "tickets.db"
        write(source, options.tickets, options.form)
        bare = bare_insert(source, Path(folder) / "bare.db")
        print(f"{options.tickets} tickets as {options.form}, {source.stat().st_size / 1e6:.0f} MB gzipped")
        print("| | rows/s | share of bare insert | peak memory MB | added | unchanged |\n|---|---|---|---|---|---|")
        print(f"| json.loads and bare sqlite3 insert | {bare:.0f} | 1 | - | {options.tickets} | - |", flush=True)
        for title in ("first import", "same file again"):
            one = run_alone(source, database, options.form)
            print(
                f"| {title} | {one['rate']:.0f} | {one['rate'] / bare:.3f} | {one['peak']:.0f} | {one['added']} | "
                f"{one['unchanged']} |",
                flush=True,
            )


def tickets(count: int, form: str, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Yield tickets in the form of an export."""
    random_ = random.Random(seed)
    for number in range(1, count + 1):
        name, thing = random_.choice(NAMES), random_.choice(THINGS)
        order, phone = random_.randrange(100_000, 999_999), random_.randrange(1_000_000, 9_999_999)
        mail = f"{name.lower()}{number}@example.org"
        question = (
            f"Hello, my {thing} {random_.choice(TROUBLES)}. I bought it {random_.randrange(2, 90)} days ago, order "
            f"FH-{order}. What can I do? You can reach me at {mail} or +49 30 {phone}."
        )
        answer = f"I am sorry to hear that. For your {thing}, {random_.choice(CURES)}."
        asked = f"On Mon, 3 May 2021 at 10:11, {name} <{mail}> wrote:"
        if form == "jsonl":
            yield {"id": number, "question": question, "answer": answer, "customer": mail, "product": thing}
            continue
        yield {
            "id": number,
            "status": "solved",
            "subject": f"Re: {thing}",
            "requester_id": 10**9 + number,
            "assignee_id": 5,
            "created_at": "2026-04-12T09:31:00Z",
            "via": {"channel": "email"},
            "tags": [thing],
            "requester": {"id": 10**9 + number, "email": mail, "locale": "en-US", "role": "end-user"},
            "satisfaction_rating": {"score": random_.choice(("good", "bad", "offered"))},
            "comments": [
                {"author_id": 10**9 + number, "public": True, "html_body": f"<p>{question}</p><p>Best,<br>{name}</p>"},
                {"author_id": 5, "public": False, "body": f"called {name}, see order {order}"},
                {
                    "author_id": 5,
                    "public": True,
                    "html_body": f"<div>Hi {name},<br><br>{answer}<br><br>Kind regards,<br>Maren</div>"
                    f"<div class='gmail_quote'>{asked}<blockquote>{question}</blockquote></div>",
                },
            ],
        }


def write(path: Path, count: int, form: str) -> None:
    """Write an export."""
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as handle:
        for ticket in tickets(count, form):
            handle.write(json.dumps(ticket) + "\n")


def bare_insert(source: Path, database: Path) -> float:
    """Return rows/s of what no import can do without: read, parse, insert and commit, 500 rows at a time."""
    began = time.perf_counter()
    count = 0
    db = sqlite3.connect(database)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE rows (id TEXT PRIMARY KEY, row TEXT)")
    with gzip.open(source, "rt", encoding="utf-8") as handle:
        for count, line in enumerate(handle, start=1):
            db.execute("INSERT INTO rows VALUES (?, ?)", (str(json.loads(line)["id"]), line))
            if count % 500 == 0:
                db.commit()
    db.commit()
    db.close()
    return count / (time.perf_counter() - began)


def run_alone(source: Path, database: Path, form: str) -> dict[str, Any]:
    """Import in a process of its own, so that its peak memory is its own."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.retrieval.imports",
        "--form",
        form,
        "--one",
        str(source),
        str(database),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(source: Path, database: Path, form: str) -> dict[str, Any]:
    """Import a file and return rows/s and the peak memory of the process."""
    from retrieval.importers import import_tickets
    from retrieval.redact import redact_all
    from retrieval.store import TicketStore

    redact_all(["Hello, my name is Anna and the tent is broken."])  # the model's loading is not the import's speed
    with TicketStore(database) as store:
        began = time.perf_counter()
        report = import_tickets(source, store, form=form, mapping={}, secret=SECRET)
        seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rate": report.read / seconds, "peak": peak, "added": report.added, "unchanged": report.unchanged}


if __name__ == "__main__":
    main()
