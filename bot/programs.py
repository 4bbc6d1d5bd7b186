"""The programs of one installation, as supervisor's configuration; it names no secret.

The dialogue workers are one program with several processes, called ``a`` or ``b``: a new model is started as the other
one beside those that run.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.settings import PROJECT_ROOT, Settings

# A Unix socket's path is at most 107 bytes long (unix(7)).
LONGEST_SOCKET = 100

HEAD = """[supervisord]
nodaemon=true
logfile={log}/supervisord.log
logfile_maxbytes=1MB
logfile_backups=1
pidfile={run}/supervisord.pid
directory={root}

[unix_http_server]
file={socket}
chmod=0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://{socket}
"""

PROGRAM = """
[program:{name}]
command="{python}" -m {module}
directory={root}
{more}autorestart=true
startsecs=1
startretries=1000
stopsignal=TERM
stopwaitsecs=10
redirect_stderr=true
stdout_logfile={log}/{file}.log
stdout_logfile_maxbytes=5MB
stdout_logfile_backups=2
"""

# Supervisor numbers the processes of a program, and the workers find their port by the number.
MANY = """process_name=%(program_name)s-%(process_num)d
numprocs={count}
environment=FRONTDESK_WORKER="%(process_num)d",FRONTDESK_DIALOGUE_PORTS="{ports}",FRONTDESK_MODEL="{model}"
"""


@dataclass(frozen=True)
class WorkerSet:
    """The dialogue workers of one model: ``name`` is ``a`` or ``b``, ``ports`` are in the order of their indexes."""

    name: str
    ports: tuple[int, ...]
    model: str

    @property
    def program(self) -> str:
        """The program's name in supervisor."""
        return f"dialogue-{self.name}"

    @property
    def processes(self) -> list[str]:
        """The names of its processes, which are also those of their logs."""
        return [f"{self.program}-{index}" for index in range(len(self.ports))]


def socket_of(settings: Settings) -> Path:
    """Return where supervisor listens to its owner; a short folder takes the place of a long one."""
    path = settings.var / "run" / "supervisor.sock"
    if len(str(path).encode()) <= LONGEST_SOCKET:
        return path
    return Path(tempfile.mkdtemp(prefix="frontdesk-")) / path.name


def remove_socket(settings: Settings, socket: Path) -> None:
    """Remove the short folder, if there is one, with what a supervisor that was killed has left in it."""
    if socket.parent != settings.var / "run":
        shutil.rmtree(socket.parent, ignore_errors=True)


def write_configuration(settings: Settings, socket: Path, sets: Iterable[WorkerSet]) -> Path:
    """Write supervisor's configuration with these sets of workers and return its path."""
    run, logs = settings.var / "run", settings.var / "log"
    run.mkdir(parents=True, exist_ok=True)
    logs.mkdir(parents=True, exist_ok=True)
    common = {
        "root": _quoted(PROJECT_ROOT),
        "log": _quoted(logs),
        "run": _quoted(run),
        "socket": _quoted(socket),
        "python": _quoted(sys.executable),
    }
    text = HEAD.format(**common)
    for name in ("gateway", "answers"):
        module = "bot.gateway" if name == "gateway" else "bot.answering"
        text += PROGRAM.format(name=name, module=module, more="", file=name, **common)
    for workers in sets:
        ports, model = json.dumps(workers.ports), _quoted(workers.model)
        many = MANY.format(count=len(workers.ports), ports=ports, model=model)
        file = f"{workers.program}-%(process_num)d"
        text += PROGRAM.format(name=workers.program, module="bot.dialogue", more=many, file=file, **common)
    path = run / "supervisord.conf"
    path.write_text(text, encoding="utf-8")
    return path


def _quoted(value: Path | str) -> str:
    """Supervisor expands ``%(name)s`` in every value."""
    return str(value).replace("%", "%%")
