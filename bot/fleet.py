"""The dialogue workers of a running installation, and the change to a new model without a dropped turn.

New workers start beside those that run, on ports of their own. When all of them are ready, the gateway is told to send
turns to them (``bot.live``); the old ones finish what they have and stop. If a new one does not start, the old ones
stay, and the reason is kept for ``frontdesk train`` and ``frontdesk doctor``.
"""

from __future__ import annotations

import http.client
import json
import logging
import os
import time
import urllib.error
import urllib.request
import xmlrpc.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.errors import BotError
from bot.live import Live, read_live, write_live
from bot.log import tail
from bot.process import bind_error, free_port
from bot.programs import WorkerSet, write_configuration
from bot.settings import Settings
from bot.settings_dialogue import DialogueSettings

log = logging.getLogger(__name__)

READY_SECONDS = 180.0
# A worker has this much longer than its longest turn to finish what it has; seconds.
DRAIN_MARGIN = 5.0
LOOK_EVERY = 0.3
ANSWER_SECONDS = 5.0
# Looks in a row that find no turn: one may have been on its way during the first.
QUIET_LOOKS = 3
FAILURES = (BotError, OSError, ValueError, http.client.HTTPException, xmlrpc.client.Error)
# How a worker can fail to answer.
UNREADABLE = (OSError, ValueError, LookupError, TypeError, http.client.HTTPException)
ENDED = ("BACKOFF", "EXITED", "FATAL", "UNKNOWN")


class NotTakenOver(BotError):
    """New workers did not start; those that ran before still do."""


class Fleet:
    """The workers in use. Lives in ``frontdesk up``, which looks every second whether there is a newer model."""

    def __init__(self, settings: Settings, socket: Path, token: str, read: Callable[[], Settings]) -> None:
        """Choose the first workers; nothing is started yet.

        Args:
            settings: those of this start.
            socket: where supervisor listens.
            token: what the workers ask for.
            read: returns the settings as they are now; new workers are as many as these say.

        Raises:
            BotError: there is no model.
        """
        self._settings = settings
        self._read = read
        self._socket = socket
        self._token = token
        before = read_live(settings.live_file)
        model = newest_model(settings)
        if model == before.refused and (settings.models_dir / before.model).is_file():
            model = before.model
        self.workers = WorkerSet("a", _ports(settings.dialogue, ()), model)
        _taken(settings).unlink(missing_ok=True)
        refused = before if before.refused == newest_model(settings) else Live()
        write_live(settings.live_file, Live(self.workers.ports, model, refused.refused, refused.reason))
        self.configuration = write_configuration(settings, socket, [self.workers])

    def close(self) -> None:
        """Say that no worker takes turns any more."""
        write_live(self._settings.live_file, replace(read_live(self._settings.live_file), ports=()))

    def follow(self, say: Callable[[str], None]) -> None:
        """Take over a newer model if there is one, or the same with ``frontdesk reload``; says how it went."""
        try:
            model = newest_model(self._settings)
        except (BotError, OSError):
            return  # gone, or changed while it was looked for: the workers have theirs
        known = (self.workers.model, read_live(self._settings.live_file).refused)
        asked = reload_file(self._settings)
        if model in known and not asked.exists():
            return
        taken = _taken(self._settings)
        if asked.exists():
            os.replace(asked, taken)  # what is asked for from now on is served by the next change
        say(f"starting workers with model {model} ...")
        try:
            self._change_to(model)
            say(f"model {model} is in use")
        except FAILURES as exc:
            say(f"model {model} was not put in use, {self.workers.model} stays: {exc}")
            live = read_live(self._settings.live_file)
            write_live(self._settings.live_file, replace(live, refused=model, reason=str(exc)))
        finally:
            taken.unlink(missing_ok=True)

    def _change_to(self, model: str) -> None:
        old = self.workers
        ports = _ports(self._read().dialogue, old.ports)
        new = WorkerSet("b" if old.name == "a" else "a", ports, model)
        with self._supervisor() as supervisor:
            self._remove(supervisor, new, old)  # what an earlier change could not remove
            try:
                write_configuration(self._settings, self._socket, [old, new])
                supervisor.reloadConfig()
                supervisor.addProcessGroup(new.program)
                self._wait_until_ready(supervisor, new)
                write_live(self._settings.live_file, Live(new.ports, new.model))
            except BaseException:
                self._try_to_remove(supervisor, new, old)
                raise
            self.workers = new
            self._drain(old)
            self._try_to_remove(supervisor, old, new)

    def _try_to_remove(self, supervisor: Any, gone: WorkerSet, stays: WorkerSet) -> None:
        try:
            self._remove(supervisor, gone, stays)
        except FAILURES:
            log.exception("%s could not be stopped", gone.program)

    def _remove(self, supervisor: Any, gone: WorkerSet, stays: WorkerSet) -> None:
        """Stop a program and take it out of the configuration; one that is not there is no error."""
        if any(found["group"] == gone.program for found in supervisor.getAllProcessInfo()):
            supervisor.stopProcessGroup(gone.program)
            supervisor.removeProcessGroup(gone.program)
        write_configuration(self._settings, self._socket, [stays])
        supervisor.reloadConfig()

    def _wait_until_ready(self, supervisor: Any, workers: WorkerSet) -> None:
        """Block until all are ready, that is: have loaded the model and worked a first sentence.

        Raises:
            NotTakenOver: one has ended, or the time is over.
        """
        deadline, processes = time.monotonic() + READY_SECONDS, dict[str, int]()
        while time.monotonic() < deadline:
            for name in workers.processes:
                found = supervisor.getProcessInfo(f"{workers.program}:{name}")
                pid = int(found["pid"])
                if found["statename"] in ENDED or (pid and processes.setdefault(name, pid) != pid):
                    path = self._settings.var / "log" / f"{name}.log"
                    raise NotTakenOver(f"{name} ended. The end of {path}:\n{tail(path, 5)}")
            if all(self._is_ready(port) for port in workers.ports):
                return
            time.sleep(LOOK_EVERY)
        raise NotTakenOver(f"The workers were not ready after {READY_SECONDS:.0f} s. See {self._settings.var / 'log'}")

    def _drain(self, workers: WorkerSet) -> None:
        """Block until no turn runs on these workers, but no longer than a turn may take."""
        deadline, quiet = time.monotonic() + self._settings.gateway.turn_timeout_seconds + DRAIN_MARGIN, 0
        while quiet < QUIET_LOOKS and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY)
            busy = any(self._is_busy(port) for port in workers.ports)
            quiet = 0 if busy else quiet + 1

    def _is_ready(self, port: int) -> bool:
        try:
            return bool(self._ask(port, "/readyz")["ready"])
        except UNREADABLE:
            return False

    def _is_busy(self, port: int) -> bool:
        """Return whether a turn runs on a worker; one that is there and does not answer may have one."""
        try:
            return bool(self._ask(port, "/v1/turns")["running"])
        except urllib.error.URLError as exc:
            return not isinstance(exc.reason, ConnectionRefusedError)
        except UNREADABLE:
            return True

    def _ask(self, port: int, path: str) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"}
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            error.close()
            raise

    @contextmanager
    def _supervisor(self) -> Iterator[Any]:
        from supervisor.xmlrpc import SupervisorTransport

        transport = SupervisorTransport(serverurl=f"unix://{self._socket}")
        with xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport) as server:
            yield server.supervisor


def newest_model(settings: Settings) -> str:
    """Return the file name of the newest model.

    Raises:
        BotError: there is none.
    """
    from bot.dialogue.models import latest_model

    return latest_model(settings.models_dir).name


def reload_file(settings: Settings) -> Path:
    """Return the file that asks for new workers."""
    return settings.var / "run" / "reload"


def is_reloading(settings: Settings) -> bool:
    """Return whether such a request waits or is being served."""
    return reload_file(settings).exists() or _taken(settings).exists()


def _taken(settings: Settings) -> Path:
    """Return where the request is while it is served."""
    return reload_file(settings).with_name("reloading")


def _ports(settings: DialogueSettings, taken: tuple[int, ...]) -> tuple[int, ...]:
    """Return the pinned ports, or free ones where none are pinned or workers that are still in use have them."""
    pinned = settings.ports
    if pinned and not (taken and any(bind_error("127.0.0.1", port) for port in pinned)):
        return pinned
    found: set[int] = set()
    while len(found) < (len(pinned) or settings.workers):
        found.add(free_port())
    return tuple(found)
