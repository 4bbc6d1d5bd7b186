"""Kills index builds at random moments, fills the disk, and cuts files off: the former index must still answer.

Run: python -m benchmarks.retrieval.crashes_index [--kills 20] [--tickets 6000]. Builders are processes of their own and
are killed with SIGKILL: in one round anywhere in a build that makes lists, in another around the swap, while a reader
opens and searches without pause. Prints what was tried and what still answered; fails on the first loss.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.machine import describe
from retrieval.errors import IndexMismatch, IndexMissing, IndexNotWritten
from retrieval.index import IndexOptions, build_index, load_index
from retrieval.release import current_release
from retrieval.store import TicketStore
from retrieval.tickets import Ticket
from retrieval.vectors.base import Vectors

OPTIONS = IndexOptions(exact_up_to=1000, recall=0.9)
MODULE = "benchmarks.retrieval.crashes_index"


class TopicEmbedder:
    """Texts of one topic (their last word) are near each other; no model is needed to crash an index."""

    name, dimension = "topics", 64
    fingerprint = hashlib.sha256(b"topics").hexdigest()

    def embed(self, texts: Sequence[str], *, progress: Callable[[int], None] | None = None) -> Vectors:
        """Return unit rows."""
        rows = np.stack([self._topic(text.split()[-1]) + 0.5 * self._topic(text) for text in texts])
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    def _topic(self, text: str) -> Vectors:
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        return np.random.default_rng(seed).standard_normal(self.dimension).astype(np.float32)


EMBEDDER = TopicEmbedder()


def main() -> None:
    """Run all rounds in a folder that is removed afterwards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--tickets", type=int, default=6000)
    parser.add_argument("--build", type=Path, help="how it calls itself")
    args = parser.parse_args()
    if args.build:
        build_for_ever(args.build)
    print(describe())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with TicketStore(folder / "tickets.db") as store:
            store.upsert(Ticket(f"T-{n}", question=f"case {n} of topic{n % 200}") for n in range(args.tickets))
            build_index(store, EMBEDDER, folder / "index", options=OPTIONS)
            kills(folder, args.kills)
            kills_at_swap(folder, args.kills)
            full_disk(folder, store)
            cut_off(folder, store)


def build_for_ever(folder: Path) -> None:
    """Build again and again, with a ticket more or less each time."""
    with TicketStore(folder / "tickets.db") as store:
        print("started", flush=True)
        while True:
            build_index(store, EMBEDDER, folder / "index", options=OPTIONS)


def kills(folder: Path, count: int) -> None:
    """Kill a builder anywhere."""
    rounds, moments, names = 0, random.Random(1), set()
    for _ in range(count):
        with builder(folder) as process:
            time.sleep(moments.uniform(0.0, 3.0))
            process.kill()
        names.add(current_release(folder / "index").name)
        rounds += answers(folder)
    print(
        f"kill -9 during build: {count} times, the index answered {rounds} times ({len(names)} releases were reached)"
    )


def kills_at_swap(folder: Path, count: int) -> None:
    """Kill a builder within milliseconds of a new release, while a reader opens and searches."""
    stop, failures, searches = threading.Event(), [], [0]

    def read() -> None:
        while not stop.is_set():
            try:
                searches[0] += answers(folder)
            except (IndexMissing, IndexMismatch, AssertionError) as exc:  # noqa: PERF203 - it must go on
                failures.append(str(exc))

    reader = threading.Thread(target=read)
    reader.start()
    moments = random.Random(2)
    for _ in range(count):
        before = current_release(folder / "index").name
        with builder(folder) as process:
            while current_release(folder / "index").name == before:
                time.sleep(0.001)
            time.sleep(moments.uniform(0.0, 0.02))
            process.kill()
        answers(folder)
    stop.set()
    reader.join()
    print(f"kill -9 at the swap: {count} times, {searches[0]} openings and searches meanwhile, {len(failures)} failed")
    if failures:
        raise SystemExit(failures[0])


def full_disk(folder: Path, store: TicketStore) -> None:
    """Build where no file may grow beyond a size, from nothing to nearly enough."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = current_release(folder / "index")
    largest, former = max(before.manifest.files.values()), resource.getrlimit(resource.RLIMIT_FSIZE)
    sizes = [int(largest * share) for share in (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99)]
    for size in sizes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, former[1]))
        try:
            build_index(store, EMBEDDER, folder / "index", options=OPTIONS)
            raise SystemExit(f"a build with files of at most {size} bytes did not fail")
        except IndexNotWritten as exc:
            message = str(exc)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, former)
        if current_release(folder / "index") != before:
            raise SystemExit("a failed build changed the index in use")
        answers(folder)
    print(f"full disk: {len(sizes)} sizes, the former index answered each time. The message: {message}")


def cut_off(folder: Path, store: TicketStore) -> None:
    """Cut each file of the release off at several lengths; then build again."""
    tried = 0
    for name in [*current_release(folder / "index").manifest.files, "manifest.json"]:
        for share in (0.0, 0.3, 0.99):
            path = current_release(folder / "index").path / name
            content = path.read_bytes()
            path.write_bytes(content[: int(len(content) * share)])
            try:
                answers(folder)
                raise SystemExit(f"{name} was cut to {share:.0%} and the index opened all the same")
            except (IndexMissing, IndexMismatch) as exc:
                if "frontdesk index build" not in str(exc):
                    raise SystemExit(f"no remedy in: {exc}") from exc
            build_index(store, EMBEDDER, folder / "index", options=OPTIONS)
            answers(folder)
            tried += 1
    print(f"cut off: {tried} files, each named with the remedy, each build afterwards good")


def builder(folder: Path) -> subprocess.Popen[bytes]:
    """Start a builder that has opened the store."""
    process = subprocess.Popen([sys.executable, "-m", MODULE, "--build", str(folder)], stdout=subprocess.PIPE)
    if process.stdout is None or process.stdout.readline() != b"started\n":
        raise SystemExit("the builder did not start")
    return process


def answers(folder: Path) -> int:
    """Open the index and search it; 1 when a ticket finds itself among all others."""
    index = load_index(folder / "index", EMBEDDER, options=OPTIONS)
    with TicketStore(folder / "tickets.db") as store:
        (rowid,) = store.rowids(["T-7"]).values()
    found = index.search(EMBEDDER.embed(["case 7 of topic7"])[0], 10)
    if found[0][0] != rowid:
        raise AssertionError(f"ticket 7 was not found first but {found[:2]}")
    return 1


if __name__ == "__main__":
    main()
