"""The two processes that are killed, started again as ``frontdesk up`` would, and the disk that fills up."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "tests"))

from servers import PostgresServer  # noqa: E402

# A process that is gone is started again after this time; seconds.
RESTART = 0.2
# Room for the ledger of a hundred thousand messages; the filler takes what is left.
DISK_BYTES = 96 << 20
# PostgreSQL begins with 40 MB of its own.
POSTGRES_DISK_BYTES = 192 << 20


class Kept:
    """A process that is started again whenever it ends, until ``stop``."""

    def __init__(self, arguments: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self._arguments = arguments
        self._log = log
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self.starts = 0

    def start(self) -> None:
        """Start it, and again whenever it ends."""
        self._keeper = asyncio.create_task(self._keep())

    def kill(self) -> bool:
        """Kill it without warning; False when it is down at this moment."""
        if self._process is None or self._process.returncode is not None:
            return False
        self._process.kill()
        return True

    async def restart(self) -> None:
        """Stop it as asked for, and return when it is started again."""
        starts = self.starts
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.terminate()
        while self.starts == starts:  # noqa: ASYNC110  the keeper tells nobody
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """End it for good, as a stop that was asked for."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.terminate()
            await self._process.wait()

    async def _keep(self) -> None:
        while True:
            with self._log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", *self._arguments, env=dict(self._environment), stdout=log, stderr=log
                )
            self.starts += 1
            await self._process.wait()
            await asyncio.sleep(RESTART)


class KeptPostgres:
    """A PostgreSQL server of its own that is started again whenever it ends, until ``stop``."""

    def __init__(self, folder: Path) -> None:
        self._server = PostgresServer(folder)
        self._keeper: asyncio.Task[None] | None = None
        self.url = self._server.url
        self.starts = 0

    async def start(self) -> None:
        """Start it, and again whenever it ends."""
        await self._start()
        self._keeper = asyncio.create_task(self._keep())

    def kill(self) -> None:
        """Kill it with all its backends, without warning."""
        self._server.kill()

    async def stop(self) -> None:
        """End it for good."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        self._server.kill()

    async def _start(self) -> None:
        # On a full disk it ends again at once, until there is room.
        await asyncio.to_thread(self._server.start)
        self.starts += 1

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(RESTART)
            if self._server.process is not None and self._server.process.poll() is not None:
                await self._start()


class Disk:
    """A small file system of its own in memory; ``fill`` leaves no byte free."""

    def __init__(self, folder: Path) -> None:
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Write until nothing more fits."""
        with self._filler.open("ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                with suppress(OSError):
                    while file.write(b"x" * size):
                        pass

    def free(self) -> None:
        """Give the room back."""
        self._filler.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, size: int = DISK_BYTES) -> Iterator[tuple[Disk | None, str]]:
    """Mount a small disk on ``folder``; without the right to do so, say why there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    if sys.platform != "linux" or os.geteuid() != 0:
        yield None, "mounting a small disk needs Linux and root"
        return
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        yield None, f"mount: {done.stderr.strip()}"
        return
    try:
        yield Disk(folder), ""
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)
