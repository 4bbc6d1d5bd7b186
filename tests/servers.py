"""Database servers that tests start for themselves, on free ports and in folders of their own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg2

from bot.process import free_port

POSTGRES_FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
REDIS = shutil.which("redis-server")


def postgres_bin() -> Path | None:
    """The folder of PostgreSQL's programs: where Debian puts them, or on the path."""
    if POSTGRES_FOLDERS:
        return POSTGRES_FOLDERS[-1]
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


class Server:
    """A server process that can be killed and started again with its data."""

    port: int

    def __init__(self) -> None:
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        self.process = self._spawn()
        deadline = time.monotonic() + 20
        while not self.answers():
            assert time.monotonic() < deadline, f"{self.command()[0]} did not start"
            if self.process.poll() is not None:  # after a kill it may find its own leavings, and be too early
                time.sleep(0.2)
                self.process = self._spawn()
            time.sleep(0.05)

    def kill(self) -> None:
        """End it with all its children, as a power cut would."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _spawn(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


class PostgresServer(Server):
    """A PostgreSQL cluster; it refuses to run as root, so root becomes the Debian package's user."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        found = postgres_bin()
        assert found is not None
        # Not under pytest's folders, which are closed to other users.
        folder = folder or Path(tempfile.mkdtemp(prefix="frontdesk-postgres-"))
        self._bin, self._data = found, folder / "data"
        self._as: list[str] = []
        if os.getuid() == 0:
            self._as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
            shutil.chown(folder, "postgres")
        initialise = [str(self._bin / "initdb"), "-D", str(self._data), "-U", "frontdesk", "-A", "trust", "-E", "UTF8"]
        initialise += ["--wal-segsize=1"]  # a small disk is soon full
        subprocess.run([*self._as, *initialise, "--no-sync"], check=True, capture_output=True, cwd=folder)

    @property
    def url(self) -> str:
        return f"postgresql://frontdesk@127.0.0.1:{self.port}/postgres"

    def ledger(self) -> str:
        """The address of a new schema that is empty."""
        schema = f"ledger_{uuid.uuid4().hex}"
        self.rows(f"CREATE SCHEMA {schema}")
        return f"{self.url}?options=-csearch_path%3D{schema}"

    def command(self) -> list[str]:
        options = ["-h", "127.0.0.1", "-p", str(self.port), "-c", "unix_socket_directories=", "-c", "fsync=off"]
        return [*self._as, str(self._bin / "postgres"), "-D", str(self._data), *options]

    def answers(self) -> bool:
        try:
            return self.rows("SELECT 1") == [(1,)]
        except psycopg2.OperationalError:
            return False

    def kill(self) -> None:
        """End it as a power cut would; its children are groups of their own and would finish what they do."""
        if self.process is not None:
            listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
            children = listed.read_text().split() if listed.exists() else []
            for pid in (self.process.pid, *map(int, children)):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()

    def remove(self) -> None:
        """Kill it and delete its data."""
        self.kill()
        shutil.rmtree(self._data.parent)

    def rows_apart(self, query: str) -> None:
        """Run what no transaction may hold."""
        connection = psycopg2.connect(self.url)
        try:
            connection.autocommit = True
            connection.cursor().execute(query)
        finally:
            connection.close()

    def rows(self, query: str) -> list[Any]:
        connection = psycopg2.connect(self.url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()


class RedisServer(Server):
    """A Redis that keeps nothing on disk."""

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        assert REDIS is not None
        return [REDIS, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]

    def answers(self) -> bool:
        ping = ["redis-cli", "-p", str(self.port), "ping"]
        return subprocess.run(ping, check=False, capture_output=True).stdout.strip() == b"PONG"
