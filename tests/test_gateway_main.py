"""The gateway as a process of its own."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT

from bot.process import free_port


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has died")
def test_the_gateway_does_not_outlive_its_parent(tmp_path):
    environment = {**os.environ, "FRONTDESK_VAR": str(tmp_path), "FRONTDESK_GATEWAY_PORT": str(free_port())}
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'bot.gateway'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    started = {"cwd": ROOT, "env": environment, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", code], **started) as parent:
        gateway = int(parent.stdout.readline())
        wait_for(lambda: (tmp_path / "conversations.db").exists())
        parent.kill()
    wait_for(lambda: not alive(gateway))


def wait_for(happened, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
