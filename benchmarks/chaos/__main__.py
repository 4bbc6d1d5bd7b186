"""Counts what a gateway loses, doubles or puts out of order while it and its worker are killed and its disk fills up.

Run: python -m benchmarks.chaos [--ledger postgresql] [--messages 2000] [--visitors 40] [--people 10] [--every 125]
[--seed 1] [--json]. The gateway is the real one in a process of its own with its ledger on a small disk: SQLite, or a
PostgreSQL server of its own that is killed too. The dialogue is scripted, Slack is a local server. Which fault meets
which message follows from the seed; how they fall together does not.
Ends with 1 when anything was lost, doubled or out of order.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.chaos.plan import Tally
from benchmarks.chaos.processes import POSTGRES_DISK_BYTES, KeptPostgres, small_disk
from benchmarks.chaos.run import Plan, Run, Seen
from benchmarks.chaos.verdict import Verdict, judge_person, judge_visitor
from benchmarks.machine import describe
from bot.progress import advance

AIMS = ("lost", "doubled", "out of order")


def main() -> int:
    """Run once and print a table."""
    arguments = _arguments()
    tally = Tally()
    plan = Plan(arguments.messages, arguments.visitors, arguments.people, arguments.every, arguments.seed)
    with tempfile.TemporaryDirectory(prefix="chaos-") as name:
        folder = Path(arguments.keep or name)
        if arguments.ledger == "sqlite":
            with small_disk(folder / "var") as (disk, reason):
                seen = asyncio.run(watched(Run(plan, folder, disk, tally), plan.messages))
        else:
            # PostgreSQL may run as a user of its own, who must be able to come here.
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)
            with small_disk(folder / "postgres", POSTGRES_DISK_BYTES) as (disk, reason):
                run = Run(plan, folder, disk, tally, KeptPostgres(folder / "postgres"))
                seen = asyncio.run(watched(run, plan.messages))
    figures, verdict = compare(plan, seen, tally, arguments.ledger)
    if reason:
        figures["skipped"] = f"disk full: {reason}"
    print(json.dumps(figures, indent=1) if arguments.json else table(figures))
    for what, cases in verdict.cases.items():
        if what.startswith(AIMS) or arguments.cases and what != "answered":
            print(f"{what}: {', '.join(cases[:8])}", file=sys.stderr)
    return int(any(figures[aim] for aim in AIMS))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ledger", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--messages", type=int, default=2000, help="messages sent, without doubles and repeats")
    parser.add_argument("--visitors", type=int, default=40, help="conversations on the web")
    parser.add_argument("--people", type=int, default=10, help="conversations on Slack")
    parser.add_argument("--every", type=int, default=125, help="messages between two strikes on a process or the disk")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print figures as JSON instead of a table")
    parser.add_argument("--cases", action="store_true", help="name the messages behind the other figures too")
    parser.add_argument("--keep", default="", help="folder for logs and the worker's book, kept afterwards")
    return parser.parse_args()


async def watched(run: Run, messages: int) -> Seen:
    """Run with a progress bar."""
    with tqdm(total=messages, desc="messages", unit="", file=sys.stderr) as bar:

        async def watch() -> None:
            to = advance(bar)
            while True:
                to(run.tally.finished)
                await asyncio.sleep(0.5)

        watching = asyncio.create_task(watch())
        try:
            return await run.all()
        finally:
            watching.cancel()
            advance(bar)(run.tally.finished)


def compare(plan: Plan, seen: Seen, tally: Tally, ledger: str) -> tuple[dict[str, Any], Verdict]:
    """Return the figures and what is behind them."""
    verdict, done = Verdict(), seen.book.count("done")
    for visitor in seen.visitors:
        judge_visitor(verdict, plan.seed, visitor.sent, seen.histories[visitor.name], visitor.heard, done)
    for person in seen.people:
        judge_person(verdict, plan.seed, person.sent, person.posts(), done)
    faults: dict[str, int] = dict(tally.faults)
    for (what, _), times in seen.book.lines.items():
        if what.startswith("fault."):
            name = what.removeprefix("fault.").replace("_", " ")
            faults[name] = faults.get(name, 0) + times
    asked = seen.book.count("asked")
    figures: dict[str, Any] = {
        "machine": describe(),
        "ledger": ledger,
        "seed": plan.seed,
        "messages": sum(len(one.sent) for one in seen.visitors) + sum(len(one.sent) for one in seen.people),
        "conversations": len(seen.visitors) + len(seen.people),
        "seconds": round(seen.seconds, 1),
        "faults": dict(sorted(faults.items())),
        "faults injected": sum(faults.values()),
        "starts": seen.starts,
        "answers to senders": dict(sorted(tally.answers.items())),
        **{aim: sum(times for what, times in verdict.counts.items() if what.startswith(aim)) for aim in AIMS},
        "details": dict(sorted(verdict.counts.items())),
        "left pending in the ledger": seen.pending,
        "turns asked again": sum(asked.values()) - len(asked),
        "worked twice": sum(times - 1 for times in done.values()),
        "slowest acknowledgement of Slack (ms)": round(max((one.slowest for one in seen.people), default=0) * 1000),
    }
    return figures, verdict


def table(figures: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    rows = ["| what | count |", "|---|---|"]
    for name, value in figures.items():
        if isinstance(value, dict):
            rows.append(f"| **{name}** | |")
            rows += [f"| {key} | {one} |" for key, one in value.items()]
        else:
            rows.append(f"| {name} | {value} |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
