"""Kills imports at random moments, fills the disk, cuts the file off, and looks for anything lost, doubled or unsaid.

Run: python -m benchmarks.retrieval.crashes [--kills 20] [--tickets 4000]. After each accident the database is checked,
and the same import is started again until it ends: it must hold exactly what an undisturbed import holds, and it must
not redo what was committed.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import astuple
from pathlib import Path

from benchmarks.machine import describe
from benchmarks.retrieval.imports import SECRET, write
from retrieval.errors import ImportRefused
from retrieval.importers import ImportReport, import_tickets
from retrieval.store import BATCH, TicketStore

# Bytes that a file may have on the disk that is "full".
FULL_AT = 3_000_000


def main() -> None:
    """Print one line for each accident, and fail on the first loss."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--tickets", type=int, default=4000)
    parser.add_argument("--one", nargs=2, metavar=("FILE", "DATABASE"), help=argparse.SUPPRESS)
    parser.add_argument("--full", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        import_one(*map(Path, options.one), full=options.full)
        return
    print(describe())
    with tempfile.TemporaryDirectory() as folder:
        # A whole number of transactions: any other count means that one was torn.
        run(Path(folder), options.tickets // BATCH * BATCH, options.kills)
    print("nothing lost")


def run(folder: Path, tickets: int, kills: int) -> None:
    """Cause all accidents."""
    source, whole = folder / "export.jsonl.gz", folder / "whole.db"
    write(source, tickets, "zendesk")
    began = time.perf_counter()
    import_one(source, whole)
    seconds = time.perf_counter() - began
    wanted = contents(whole)
    print(f"{tickets} tickets, {seconds:.1f} s undisturbed")
    random_ = random.Random(11)
    broken = folder / "broken.db"
    number = 0
    while number < kills:
        at = random_.uniform(0, seconds)
        alive, kept = killed(source, broken, at)
        number += alive
        print(
            f"kill {number}: after {at:.1f} s, {kept} of {tickets} committed" if alive else "ended before", flush=True
        )
        if not alive or kept >= tickets * 0.9:
            finish(source, broken, wanted)
            remove(broken)
    finish(source, broken, wanted)
    full_disk(source, folder / "full.db", wanted)
    cut_off(source, folder / "cut.db", wanted)


def import_one(source: Path, database: Path, *, full: bool = False) -> ImportReport:
    """Import in this process; ``full`` lets no file grow beyond a limit, as a full disk does."""
    with TicketStore(database) as store:
        if full:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (FULL_AT, resource.RLIM_INFINITY))
        return import_tickets(source, store, form="zendesk", mapping={}, secret=SECRET)


def killed(source: Path, database: Path, seconds: float) -> tuple[bool, int]:
    """Import in another process, kill it, and return whether it was still at work and how many tickets are stored."""
    process = start(source, database)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate()
    return process.returncode == -signal.SIGKILL, whole_tickets(database)


def start(source: Path, database: Path, *more: str) -> subprocess.Popen[str]:
    """Start an import in another process."""
    command = [sys.executable, "-m", "benchmarks.retrieval.crashes", "--one", str(source), str(database), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def whole_tickets(database: Path) -> int:
    """Return the number of tickets; none may lack its words in the keyword index, its origin or its audit."""
    if not database.exists():
        return 0
    with TicketStore(database) as store:
        count = store.count()
    with sqlite3.connect(database) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        db.execute("INSERT INTO tickets_fts (tickets_fts) VALUES ('integrity-check')")
        assert db.execute("SELECT count(*) FROM origins").fetchone()[0] == count
        orphans = "SELECT count(*) FROM redactions WHERE ticket_rowid NOT IN (SELECT rowid FROM tickets)"
        assert db.execute(orphans).fetchone()[0] == 0
    assert count % BATCH == 0, f"{count} tickets: a batch was torn"
    return count


def finish(source: Path, database: Path, wanted: str) -> None:
    """Import again and compare with the undisturbed import."""
    kept = whole_tickets(database)
    began = time.perf_counter()
    report = import_one(source, database)
    seconds = time.perf_counter() - began
    assert report.unchanged == kept, f"{kept} tickets were committed, {report.unchanged} taken as such"
    assert contents(database) == wanted, "the database is not what an undisturbed import makes"
    print(f"started again: {report.unchanged} kept, {report.added} added, {seconds:.1f} s, the same", flush=True)


def contents(database: Path) -> str:
    """Return a hash of all tickets and of their audit."""
    digest = hashlib.sha256()
    with TicketStore(database) as store:
        for ticket in store.tickets():
            digest.update(repr((astuple(ticket), store.audit.of_ticket(ticket.id))).encode())
    return digest.hexdigest()


def full_disk(source: Path, database: Path, wanted: str) -> None:
    """Import to a disk that is full soon, then to one with room."""
    process = start(source, database, "--full")
    _, said = process.communicate()
    reason = said.strip().splitlines()[-1]
    assert "StorageFailed" in reason, reason
    print(f"disk full: {whole_tickets(database)} tickets committed; {reason.replace(str(database.parent), '')}")
    finish(source, database, wanted)


def cut_off(source: Path, database: Path, wanted: str) -> None:
    """Import half of a file, then the whole of it."""
    half = source.with_name("half.jsonl.gz")
    half.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    try:
        import_one(half, database)
        raise AssertionError("half of a gzip file was taken for a whole one")
    except ImportRefused as exc:
        with TicketStore(database) as store:
            print(f"truncated gzip: {store.count()} tickets stored; {str(exc).replace(str(half.parent), '')}")
            line = int(str(exc).split("after line ")[1].split(":")[0])
            assert store.count() == line, "lines before the damage are missing"
    report = import_one(source, database)
    assert contents(database) == wanted
    print(f"the whole file after it: {report.unchanged} kept, {report.added} added, the same")


def remove(database: Path) -> None:
    """Delete a database with its log."""
    for path in database.parent.glob(f"{database.name}*"):
        path.unlink()


if __name__ == "__main__":
    main()
