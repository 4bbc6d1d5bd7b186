"""A new model goes live while customers talk; one that does not load changes nothing."""

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time

import pytest
from conftest import ROOT
from traffic import check_histories, crowd

from bot.live import read_live

HOURS = "what are your opening hours?"


@pytest.fixture
def models(scaled):
    """The models folder, as it was before once the test is over."""
    folder = scaled.var / "models"
    before = set(folder.glob("*.tar.gz"))
    yield folder
    for path in set(folder.glob("*.tar.gz")) - before:
        path.unlink()
    assert frontdesk(scaled, "reload").returncode == 0


def frontdesk(running, *arguments):
    environment = {**os.environ, "FRONTDESK_VAR": str(running.var), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)


def retold(models, name, text):
    """Put a copy of the newest model in place by a rename, as `train` does, with another answer about opening hours."""
    newest = max(models.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    with tarfile.open(newest) as old, tarfile.open(models / f"{name}.new", "w:gz") as new:
        for member in old:
            content = old.extractfile(member) if member.isfile() else None
            data = content.read() if content else b""
            if member.name == "metadata.json":
                metadata = json.loads(data)
                metadata["domain"]["responses"]["utter_opening_hours"] = [{"text": text}]
                data = json.dumps(metadata).encode()
                member.size = len(data)
            new.addfile(member, io.BytesIO(data) if content else None)
    os.replace(models / f"{name}.new", models / name)


def until(happened, seconds=90):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


def test_a_new_model_goes_live_without_a_dropped_turn(scaled, models):
    ports = read_live(scaled.var / "run" / "dialogue.json").ports
    live = scaled.var / "run" / "dialogue.json"
    switched = []

    def change():
        retold(models, "new.tar.gz", "We never close.")
        until(lambda: read_live(live).model == "new.tar.gz")
        switched.append(time.monotonic())

    async def talk_through_the_switch():
        customers = []
        while not switched or len(customers) < 2:
            customers += await crowd(scaled.url, 8, [HOURS] * 10, None if customers else change)
        return customers

    customers = asyncio.run(talk_through_the_switch())
    assert [trouble for customer in customers for trouble in customer.errors + customer.apologies] == []
    asyncio.run(check_histories(customers))
    for customer in customers:
        new = [replies[0]["text"] == "We never close." for replies in customer.replies]
        assert new == sorted(new), "from the old model to the new one, and not back"
    assert scaled.session().say(HOURS)[0]["text"] == "We never close."
    assert set(read_live(live).ports).isdisjoint(ports)
    until(lambda: len(scaled.pids_of("bot.dialogue")) == 2, seconds=20)
    os.kill(scaled.pid_of("bot.dialogue"), signal.SIGKILL)
    assert {scaled.session().say(HOURS)[0]["text"] for _ in range(8)} == {"We never close."}


def test_a_model_that_does_not_load_changes_nothing_and_the_operator_sees_why(scaled, models):
    before, live = read_live(scaled.var / "run" / "dialogue.json"), scaled.var / "run" / "dialogue.json"
    pids = set(scaled.pids_of("bot.dialogue"))
    (models / "broken.tar.gz").write_bytes(b"no archive")
    until(lambda: read_live(live).refused == "broken.tar.gz")
    assert read_live(live).ports == before.ports
    until(lambda: set(scaled.pids_of("bot.dialogue")) == pids, seconds=20)
    assert scaled.session().say(HOURS)[0]["rung"] == "template"
    assert f"{before.model} stays" in "".join(scaled.output)
    done = frontdesk(scaled, "doctor")
    assert done.returncode == 1
    assert "broken.tar.gz was not put in use" in done.stdout
    done = frontdesk(scaled, "reload")
    assert done.returncode == 1, "it is tried again, and told"
    assert "ReadError" in done.stderr
    os.kill(scaled.pid_of("bot.dialogue"), signal.SIGKILL)
    assert {scaled.session().say(HOURS)[0]["rung"] for _ in range(8)} == {"template"}, "its old model, not the newest"


def test_reload_needs_a_running_bot(tmp_path):
    environment = {**os.environ, "FRONTDESK_VAR": str(tmp_path)}
    command = [sys.executable, "-m", "bot", "reload"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, "No `frontdesk up` runs" in done.stderr) == (1, True)
