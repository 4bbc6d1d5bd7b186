"""Frontdesk's model under plain `rasa run` and `rasa run actions`: the way Rasa users know, and a peer to measure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from conftest import ROOT, RunningFrontdesk

from bot.process import free_port


class PlainRasa:
    """`rasa run` and `rasa run actions` on free ports, with the model that Frontdesk trained."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.base = ""
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, seconds: float = 300) -> float:
        """Start both servers and return the seconds until the first answer."""
        port, actions = free_port(), free_port()
        self.base = f"http://127.0.0.1:{port}"
        endpoints = self.var / "endpoints.yml"
        endpoints.write_text(f"action_endpoint:\n  url: http://127.0.0.1:{actions}/webhook\n")
        model = sorted((self.var / "models").glob("*.tar.gz"))[-1]
        began = time.monotonic()
        self._spawn("run", "actions", "--port", str(actions))
        self._spawn("run", "--port", str(port), "--model", str(model), "--endpoints", str(endpoints), "-i", "127.0.0.1")
        while True:
            try:
                if self.say("hello"):
                    return time.monotonic() - began
            except OSError:
                time.sleep(0.5)
            if time.monotonic() - began > seconds:
                raise RuntimeError("plain Rasa did not start")

    def _spawn(self, *arguments: str) -> None:
        environment = {**os.environ, "FRONTDESK_VAR": str(self.var), "RASA_TELEMETRY_ENABLED": "false"}
        environment.update(OMP_NUM_THREADS="1", TF_CPP_MIN_LOG_LEVEL="3", SANIC_HOST="127.0.0.1")
        environment.update(answers_environment(self.var))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.processes.append(
            subprocess.Popen([sys.executable, "-m", "rasa", *arguments], cwd=ROOT, env=environment, **quiet)
        )

    def say(self, text: str, sender: str = "peer") -> list[dict[str, Any]]:
        """Send a message and return Rasa's messages."""
        body = json.dumps({"sender": sender, "message": text}).encode()
        request = urllib.request.Request(
            self.base + "/webhooks/rest/webhook", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            return list(json.load(response))

    def stop(self) -> None:
        """Stop both servers."""
        for process in self.processes:
            process.kill()
            process.wait()


def answers_environment(var: Path) -> dict[str, str]:
    """Return address and token of the running answers service, so that the peer's actions ask the same one."""
    running = RunningFrontdesk(var, 0)
    environ = Path(f"/proc/{running.pid_of('bot.answering')}/environ").read_bytes().decode().split("\0")
    return {
        k: v
        for k, _, v in (item.partition("=") for item in environ)
        if k in ("FRONTDESK_ANSWERS_PORT", "FRONTDESK_INNER_TOKEN")
    }
