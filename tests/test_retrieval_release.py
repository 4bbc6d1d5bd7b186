"""Publishing a release: a kill at a random moment, a full disk and a failing step all leave the former one in use."""

from __future__ import annotations

import random
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import pytest
from fakes import KeywordEmbedder

from retrieval.errors import IndexNotWritten
from retrieval.index import build_index, load_index
from retrieval.release import current_release
from retrieval.store import TicketStore
from retrieval.tickets import Ticket

EMBEDDER = KeywordEmbedder("refund", "tent")
KILLS = 12


def build_for_ever(database: Path, directory: Path) -> None:
    with TicketStore(database) as store:
        while True:
            build_index(store, EMBEDDER, directory)


def filled(path: Path, count: int = 300) -> TicketStore:
    store = TicketStore(path)
    store.upsert(Ticket(f"T-{n}", question=f"refund for tent {n}", answer="yes") for n in range(count))
    return store


def names(directory: Path) -> set[str]:
    return {entry.name for entry in directory.iterdir() if entry.is_dir()}


def wait_for_a_release(directory: Path, built: set[str]) -> None:
    until = time.monotonic() + 60
    while current_release(directory).name in built and time.monotonic() < until:
        time.sleep(0.01)


def test_a_kill_at_a_random_moment_leaves_an_index_that_answers(tmp_path: Path) -> None:
    directory, database = tmp_path / "index", tmp_path / "tickets.db"
    with filled(database) as store:
        build_index(store, EMBEDDER, directory)
        built, moments = {current_release(directory).name}, random.Random(7)
        for attempt in range(KILLS):
            builder = get_context("fork").Process(target=build_for_ever, args=(database, directory))
            builder.start()
            if attempt % 3 == 0:  # on a busy machine none would come as far within the moments below
                wait_for_a_release(directory, built)
            time.sleep(moments.uniform(0.0, 0.3))
            builder.kill()
            builder.join()
            built.add(current_release(directory).name)
            index = load_index(directory, EMBEDDER, content_hash=store.content_hash())
            assert len(index) == len(index.search(EMBEDDER.embed(["refund"])[0], 300)) == 300
        assert len(built) > 1, "no builder came as far as a new release"
        assert build_index(store, EMBEDDER, directory).name in names(directory)
        assert len(names(directory)) == 1


@contextmanager
def small_files() -> Iterator[None]:
    """Let this process write no file longer than 20 kB, which looks like a full disk; its own output may be longer."""
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, former[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_leaves_the_former_index_and_names_the_remedy(tmp_path: Path) -> None:
    with filled(":memory:") as store:  # type: ignore[arg-type]
        before = build_index(store, EMBEDDER, tmp_path)
        store.upsert(Ticket(f"N-{n}", question=f"tent {n}", answer="no") for n in range(2000))
        assert EMBEDDER.embed(["x"]).shape[1] * 2 * 2 * 2300 > 20_000
        with small_files(), pytest.raises(IndexNotWritten, match=r"stays in use.*frontdesk index build"):
            build_index(store, EMBEDDER, tmp_path)
        assert current_release(tmp_path) == before
        assert names(tmp_path) == {before.name}
        assert len(load_index(tmp_path, EMBEDDER)) == 300


@pytest.mark.parametrize("step", ["building.np.save", "release._write", "release.os.replace"])
def test_a_failing_step_leaves_the_former_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def crash(*_: object) -> None:
        raise OSError("no space left")

    with filled(":memory:") as store:  # type: ignore[arg-type]
        before = build_index(store, EMBEDDER, tmp_path)
        module = "retrieval.vectors." if step.startswith("building") else "retrieval."
        monkeypatch.setattr(module + step, crash)
        with pytest.raises(IndexNotWritten, match="no space"):
            build_index(store, EMBEDDER, tmp_path)
        assert current_release(tmp_path) == before
        assert names(tmp_path) == {before.name}


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with filled(":memory:") as store, pytest.raises(IndexNotWritten, match="file"):  # type: ignore[arg-type]
        build_index(store, EMBEDDER, tmp_path / "file")
