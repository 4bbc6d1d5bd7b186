"""The gateway as a process of its own."""

import os
import socket
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


def test_a_secret_that_could_be_guessed_stops_the_start_with_one_sentence(tmp_path):
    environment = {**os.environ, "FRONTDESK_VAR": str(tmp_path), "FRONTDESK_IDENTIFY_SECRET": "hunter2"}
    command = [sys.executable, "-m", "bot.gateway"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "openssl rand -hex 32" in ended.stderr.splitlines()[-1]
    assert "hunter2" not in ended.stderr and "Traceback" not in ended.stderr


def test_half_a_request_and_none_at_all_hold_no_connection_open_for_long(tmp_path):
    port = free_port()
    environment = {**os.environ, "FRONTDESK_VAR": str(tmp_path), "FRONTDESK_GATEWAY_PORT": str(port)}
    code = "from bot.gateway import __main__ as gateway\ngateway.IDLE_TIMEOUT = 1.0\ngateway.main()"
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment) as gateway:
        try:
            wait_for(lambda: listens(port))
            for sent in (b"", b"GET /healthz HTTP/1.1\r\nHost: a\r\n"):
                with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
                    client.sendall(sent)
                    assert client.recv(1) == b"", "closed by the gateway"
        finally:
            gateway.terminate()


def test_a_request_that_is_no_http_leaves_nothing_in_the_log(tmp_path):
    port = free_port()
    environment = {**os.environ, "FRONTDESK_VAR": str(tmp_path), "FRONTDESK_GATEWAY_PORT": str(port)}
    started = {"cwd": ROOT, "env": environment, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-m", "bot.gateway"], **started) as gateway:
        try:
            wait_for(lambda: listens(port))
            with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization : Bearer a-secret-token\r\n\r\n")
                assert b" 400 " in client.recv(1000)
        finally:
            gateway.terminate()
        said = gateway.stderr.read()
    assert "a-secret-token" not in said
    assert "Traceback" not in said


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


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
